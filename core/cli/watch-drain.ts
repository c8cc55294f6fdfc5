import type { Session } from '../drain/index.ts'
import type { AutopackEvent } from '../model/events.ts'
import { isAlive } from '../process/owner.ts'
import { installStopSignals } from '../process/signals.ts'
import { findWatched, readSession } from '../project/watch.ts'
import type { Owner } from '../store/store.ts'
import { chooseReporter } from './choose-reporter.ts'
import type { CliContext } from './context.ts'
import { followLog } from './follow-log.ts'
import { loadProject } from './project.ts'

/** How often the journal is looked at, in milliseconds. */
const pollMs = 250

/**
 * `drain --watch`: shows a drain of another process as it would show itself, from its journal and nothing else; writes nothing. Returns the exit code of the
 * drain, 3 where its process has gone without an end, 130 after Ctrl-C, which ends the watching and not the drain.
 */
export async function watchDrain(context: CliContext, wanted: string | true): Promise<number> {
  const { layout } = await loadProject(context)
  const { runtime, closed } = context
  // Whether a process of another machine runs cannot be told from here: it does until its session says otherwise.
  const works = (owner: Owner): boolean => owner.host !== runtime.host || isAlive(runtime, owner)
  // Its end is told a little after it is on record.
  const hasGone = ({ endedAt, holder }: Session): boolean => holder === undefined || !works(holder) || (endedAt !== undefined && holder.host !== runtime.host)
  const id = await findWatched(layout, wanted, works)
  const now = runtime.now()
  const reporter = await chooseReporter(context, (event) => Math.max(0, now - Date.parse(event.at)))
  const over = new AbortController()
  const stop = (): void => over.abort()
  const removeSignals = installStopSignals({ monotonic: runtime.monotonic, onFirst: stop, onSecond: () => context.exitNow(130) })
  closed.addEventListener('abort', stop)
  let exitCode: number | undefined
  /** What was there already. */
  let before: string[] | undefined = []
  const tell = (line: string): void => {
    const event = parse(line)
    if (!event) return
    if (event.type === 'drain-finished') exitCode = event.report.exitCode
    if (context.json) context.print(line)
    else reporter.event(event)
  }
  const journal = followLog(layout.drainSessionEvents(id), {
    redactor: { redact: (text) => text, cut: (_text, at) => at, margin: 0 }, closed: over.signal,
    print(text) {
      const lines = text.split('\n').filter((line) => line !== '')
      if (before) before.push(...lines)
      else lines.forEach(tell)
    },
  })
  try {
    while (!over.signal.aborted && exitCode === undefined) {
      const session = await readSession(layout, id)
      // Looked at before the journal: what it wrote last is not missed.
      const isGone = session !== undefined && hasGone(session)
      await journal.look(isGone)
      // A session that was resumed has told of its earlier processes as well.
      if (before) before.slice(Math.max(0, before.findLastIndex((line) => parse(line)?.type === 'drain-started'))).forEach(tell)
      before = undefined
      if (exitCode !== undefined) return exitCode
      if (isGone) {
        context.stderr.write(`The process of session ${id} is gone without an end: autopack ${session.command} --resume ${id} goes on.\n`)
        return 3
      }
      await runtime.sleep(pollMs, over.signal)
    }
    return exitCode ?? (closed.aborted ? 0 : 130)
  } finally {
    removeSignals()
    await reporter.close?.()
  }
}

function parse(line: string): AutopackEvent | undefined {
  try {
    return JSON.parse(line) as AutopackEvent
  } catch {
    // A line that a crash cut off.
    return undefined
  }
}
