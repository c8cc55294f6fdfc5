import { shellQuote } from '../model/command-text.ts'
import type { EventBody } from '../model/events.ts'
import type { Backlog } from './backlog.ts'
import { queuedFirst, whyNotRunnable, type SelectionRules } from './select.ts'

export interface SkippedRun {
  run: string
  /** Ids of the failed phases that are left alone. */
  failed: string[]
  reason: string
  /** The drain takes its queued phases as well: they are only not through yet. */
  goesOn: boolean
}

/** Runs whose failed phases `skipRunsWithQueued` leaves alone, in order. Runs at work, and runs that are held, are left out: of those something else is said. */
export function skippedRuns({ runs }: Pick<Backlog, 'runs'>, rules: SelectionRules): SkippedRun[] {
  return runs.flatMap((run) => {
    if (rules.busyRuns.has(run.record.id) || rules.heldRuns.has(run.record.id) || !run.phases.some((phase) => phase.state === 'FAILED')) return []
    const failed = run.phases.filter((phase) => phase.state === 'FAILED' && !whyNotRunnable(run, phase, rules)).map((phase) => phase.id)
    const queued = failed.length === 0 ? [] : queuedFirst(run, rules)
    if (queued.length === 0) return []
    return [{ run: run.record.id, failed, reason: reasonOf(failed, queued.map((phase) => phase.id)), goesOn: queued.some((phase) => !whyNotRunnable(run, phase, rules)) }]
  })
}

function reasonOf(failed: readonly string[], queued: readonly string[]): string {
  const names = queued.slice(0, 3).join(', ') + (queued.length > 3 ? ` and ${queued.length - 3} more` : '')
  return `${failed.length === 1 ? '1 failed phase is' : `${failed.length} failed phases are`} left alone: queued ones of this run go first, and ${names} can be executed (skipRunsWithQueued)`
}

/** Runs that are told of by name; of more the number. */
const mostTold = 10

/** What is said of runs that are skipped: each with the reason and the command that would change it. */
export function skippedNotice(skipped: readonly SkippedRun[]): EventBody[] {
  const events: EventBody[] = skipped.slice(0, mostTold).map(({ run, reason }) => ({ type: 'notice', level: 'info', run, message: `${reason}; next: autopack drain --run ${shellQuote(run)}` }))
  const more = skipped.length - events.length
  return more === 0 ? events : [...events, { type: 'notice', level: 'info', message: `the failed phases of ${more} more runs are left alone for the same reason (--no-skip-runs-with-queued takes them all)` }]
}
