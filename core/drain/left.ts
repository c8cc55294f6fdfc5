import type { Backlog } from './backlog.ts'
import type { Stop } from './counters.ts'
import { whyNotChosen } from './filter.ts'
import { selectNext, whyNotRunnable, type NotRunnable, type SelectionRules } from './select.ts'

/** Whether every phase is done. */
function isAllDone(backlog: Backlog): boolean {
  return backlog.runs.every((run) => run.phases.every((phase) => phase.state === 'COMPLETE' || phase.state === 'SKIPPED'))
}

/** The phases that a bucket parks, and nothing else holds back. */
export function parkedPhases(backlog: Backlog, rules: SelectionRules): Extract<NotRunnable, { type: 'parked' }>[] {
  return backlog.runs.flatMap((run) => run.phases.flatMap((phase) => {
    const why = whyNotRunnable(run, phase, rules)
    return why?.type === 'parked' ? [why] : []
  }))
}

/** `12 phases are parked by v1-3f9c2a71b04d`, for the reason why a drain ended. */
function parkedDetail(parked: readonly { fingerprint: string }[]): string {
  const fingerprints = [...new Set(parked.map((one) => one.fingerprint))]
  const more = fingerprints.length > 3 ? ` and ${fingerprints.length - 3} more` : ''
  return `${parked.length === 1 ? '1 phase is' : `${parked.length} phases are`} parked by ${fingerprints.slice(0, 3).join(', ')}${more}: autopack buckets`
}

/** Whether there is a phase that the drain could still execute if nothing were held, parked or excluded, and every pause were over. */
export function hasWork(backlog: Backlog, rules: SelectionRules): boolean {
  const { parked: _parked, waits: _waits, openRuns: _openRuns, ...unparked } = rules
  return selectNext(backlog.runs, { ...unparked, now: Number.POSITIVE_INFINITY, busyRuns: new Set(), heldRuns: new Map(), excluded: new Map() }) !== undefined
}

/** Runs with work left that a rule holds: without this the drain would seem to have forgotten them. */
function leftAlone(backlog: Backlog, held: ReadonlyMap<string, string>): string {
  const open = backlog.runs.filter((run) => held.has(run.record.id) && run.phases.some((phase) => phase.state === 'QUEUED'))
  return open.map((run) => `; ${run.record.id} is left alone: ${held.get(run.record.id)!}`).join('')
}

/** What other processes execute: a drain has ended its own when this is asked. */
function elsewhere(backlog: Backlog): string {
  const count = backlog.runs.flatMap((run) => run.phases).filter((phase) => phase.state === 'EXECUTING').length
  return count === 0 ? '' : `; another process is at work at ${count === 1 ? '1 phase' : `${count} phases`}`
}

/** How many phases a drain has before it, as far as it can tell at its beginning: those that are queued, and those that failed where it takes them. */
export function countSelectable(backlog: Backlog, { filter, oldFailures }: SelectionRules): number {
  const phases = backlog.runs.flatMap((run) => run.phases)
  return phases.filter((phase) => {
    const open = phase.state === 'QUEUED' ? !phase.holdReason : phase.state === 'FAILED' && oldFailures
    return open && (filter === undefined || whyNotChosen(filter, phase) === undefined)
  }).length
}

/** Why a drain ended, where nothing stopped it: there was nothing left to choose. `stoppedByName`: what of the work that is left somebody stopped. */
export function stopOfItself(backlog: Backlog, { stoppedByName, parked, executed, held }: {
  stoppedByName: ReadonlySet<string>
  parked: readonly { fingerprint: string }[]
  executed: number
  held: ReadonlyMap<string, string>
}): Stop {
  if (stoppedByName.size > 0) return { reason: 'stop_signal', detail: `autopack stop ${[...stoppedByName].join(', ')}` }
  if (parked.length > 0) return { reason: 'fingerprint_repeat', detail: parkedDetail(parked) }
  if (executed === 0 && isAllDone(backlog)) return { reason: 'drained', detail: 'nothing to do: every phase is done' }
  return { reason: 'drained', detail: `nothing runnable is left${elsewhere(backlog)}${leftAlone(backlog, held)}` }
}
