import { formatDuration } from '../model/duration.ts'
import type { AutopackEvent } from '../model/events.ts'
import type { Reporter } from '../model/plugin.ts'
import type { Usage } from '../model/usage.ts'
import { formatUsage, plainLine, truncate } from './format.ts'
import { createLinesReporter } from './lines.ts'
import type { LinesOptions } from './lines.ts'
import { startFrame } from './live-frame.ts'
import type { Frame } from './live-frame.ts'

export interface LiveOptions extends LinesOptions {
  /** Writes to the terminal as it is: the view is drawn by it. */
  write(text: string): void
  /** Milliseconds on a clock that never goes back. */
  monotonic(): number
  /** How long ago an event was, in milliseconds. Default: it is now. */
  ageOf?: (event: AutopackEvent) => number
}

/** One phase in progress, as the view shows it. */
interface ActivePhase {
  name: string
  builder: string
  attempt: number
  stage: string
  detail: string | undefined
  lastMs: number | undefined
  stageStartedAt: number
  usage: Usage | undefined
  line: string | undefined
}

/**
 * For a terminal: what runs now, for how long against last time, what it costs and its last line of output, below the lines of what has ended.
 * The view is taken down while a line is printed and put up again below it.
 */
export function createLiveReporter(options: LiveOptions): Reporter {
  const active = new Map<string, ActivePhase>()
  let pending: string[] = []
  let frame: Frame | undefined
  let work: Promise<void> = Promise.resolve()
  let asked = false
  const lines = createLinesReporter({ ...options, print: (line) => void pending.push(line) })

  const titles = () => [...active.values()].map((phase) => ({ title: titleOf(phase, options), output: phase.line && plainLine(phase.line) }))
  const redraw = () => {
    // Events come in bursts: one redraw answers them all.
    if (asked) return
    asked = true
    work = work.then(async () => {
      await frame?.end()
      asked = false
      const printed = pending
      pending = []
      frame = undefined
      printed.forEach(options.print)
      if (active.size > 0) frame = await startFrame(titles, options.style, options.write)
    })
  }

  return {
    name: 'live',
    event(event) {
      const changed = updateActive(active, event, options.monotonic() - (options.ageOf?.(event) ?? 0))
      // The view says these better.
      if (event.type !== 'phase-started' && event.type !== 'stage-started') lines.event(event)
      if (changed || pending.length > 0) redraw()
    },
    async close() {
      active.clear()
      redraw()
      await work
    },
  }
}

/** Keeps the phases in progress up to date; true when one came or went. */
function updateActive(active: Map<string, ActivePhase>, event: AutopackEvent, now: number): boolean {
  if (event.type === 'phase-started') {
    active.set(keyOf(event), {
      name: `${event.run}/${event.phase}`, builder: event.builder, attempt: event.attempt,
      stage: 'start', detail: undefined, lastMs: undefined, stageStartedAt: now, usage: undefined, line: undefined,
    })
    return true
  }
  if (event.type === 'phase-finished') return active.delete(keyOf(event))
  if (event.type === 'stage-started') {
    const phase = active.get(keyOf(event))
    if (phase) Object.assign(phase, { stage: event.stage, detail: event.detail, lastMs: event.lastMs, stageStartedAt: now, line: undefined })
  } else if (event.type === 'progress') {
    const phase = active.get(keyOf(event))
    if (phase) Object.assign(phase, { line: event.line ?? phase.line, usage: event.usage ?? phase.usage })
  }
  return false
}

function keyOf(event: { run: string; phase: string }): string {
  return JSON.stringify([event.run, event.phase])
}

/** `demo/slug  build (claude) 42s, 1m 05s last time · 12.3k tokens · $0.04`. */
function titleOf(phase: ActivePhase, options: LiveOptions): string {
  const { style } = options
  const running = formatDuration(Math.floor((options.monotonic() - phase.stageStartedAt) / 1_000) * 1_000).replace('.0s', 's').replace('0ms', '0s')
  const what = phase.stage === 'build' ? `build (${phase.builder})` : [phase.stage, phase.detail].filter(Boolean).join(' ')
  const parts = [
    `${what} ${running}${phase.lastMs === undefined ? '' : `, ${formatDuration(phase.lastMs)} last time`}`,
    phase.usage && formatUsage(phase.usage),
    phase.attempt > 1 ? `attempt ${phase.attempt}` : undefined,
  ]
  const name = truncate(phase.name, Math.max(12, Math.floor(options.columns / 2)))
  return `${style.bold(name)}  ${parts.filter(Boolean).join(' · ')}`
}
