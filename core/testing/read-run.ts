import { readFile } from 'node:fs/promises'
import { formatUserError } from '../errors.ts'
import type { UserError } from '../errors.ts'
import { attemptPaths } from '../layout/run-paths.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { AutopackEvent } from '../model/events.ts'

type PhaseFinished = Extract<AutopackEvent, { type: 'phase-finished' }>

/** How one attempt at a phase went. */
export interface PhaseRun extends Omit<PhaseFinished, 'type' | 'at'> {
  /** The events of this attempt, in order. */
  events: AutopackEvent[]
  /** Whether the builder was called: whether tokens could be spent. */
  built: boolean
  /** What the builder was given to read; '' when the attempt did not get that far. */
  prompt: string
  /** What it committed: the text of each file that it made or changed, by its path relative to the repository; null for one that it took away. */
  changed: Record<string, string | null>
}

/** What `autopack run` or `autopack drain` did. */
export interface DrainRun {
  exitCode: number
  /** What a person would have read of errors and warnings of the command itself. */
  stderr: string
  events: AutopackEvent[]
  /** Notices, what plugins log among them. */
  notices: string[]
  /** What `afterDrain` was given, with the sections that plugins added; undefined when nothing could be drained. */
  report: DrainReport | undefined
  /** Every attempt at every phase, in the order in which they ended. */
  phases: PhaseRun[]
  /** The last attempt at a phase. @throws Error, with what the command printed, when there was none. */
  phase(id: string): PhaseRun
}

type ReadChanges = (commit: string) => Promise<Record<string, string | null>>

/** The events of a command with `--json` as what a test asks for. */
export async function readRun(result: { exitCode: number; stderr: string; events: AutopackEvent[] }, changesOf: ReadChanges): Promise<DrainRun> {
  const { exitCode, events } = result
  const stderr = result.stderr.split('\n').map(asText).join('\n')
  const phases: PhaseRun[] = []
  for (const event of events) if (event.type === 'phase-finished') phases.push(await readPhase(event, events, changesOf))
  return {
    exitCode, stderr, events, phases,
    notices: events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])),
    report: events.find((event) => event.type === 'drain-finished')?.report,
    phase(id) {
      const found = phases.findLast((phase) => phase.phase === id)
      if (found) return found
      const others = [...new Set(phases.map((phase) => phase.phase))]
      throw new Error(`no attempt at phase ${JSON.stringify(id)} ended; ended: ${others.join(', ') || 'none'}\n${stderr}`)
    },
  }
}

/** An error that is printed as JSON, as the text that it stands for. */
function asText(line: string): string {
  if (!line.startsWith('{"error":')) return line
  const { error, errors = [error] } = JSON.parse(line) as { error: UserError; errors?: UserError[] }
  return errors.map(formatUserError).join('\n\n')
}

async function readPhase(finished: PhaseFinished, all: readonly AutopackEvent[], changesOf: ReadChanges): Promise<PhaseRun> {
  const { type: _type, at: _at, ...facts } = finished
  const events = all.filter((event) => 'attempt' in event && event.run === facts.run && event.phase === facts.phase && event.attempt === facts.attempt)
  return {
    ...facts, events,
    built: events.some((event) => event.type === 'stage-started' && event.stage === 'build'),
    prompt: await readFile(attemptPaths(facts.attemptDir).prompt, 'utf8').catch(() => ''),
    changed: facts.commit === undefined ? {} : await changesOf(facts.commit),
  }
}
