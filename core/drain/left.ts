import type { Backlog } from './backlog.ts'
import { selectNext, type SelectionRules } from './select.ts'

/** Whether every phase is done. */
export function isAllDone(backlog: Backlog): boolean {
  return backlog.runs.every((run) => run.phases.every((phase) => phase.state === 'COMPLETE' || phase.state === 'SKIPPED'))
}

/** Whether there is a phase that the drain could still execute if nothing were held or excluded, and every pause were over. */
export function hasWork(backlog: Backlog, rules: SelectionRules): boolean {
  return selectNext(backlog.runs, { ...rules, now: Number.POSITIVE_INFINITY, busyRuns: new Set(), heldRuns: new Map(), excluded: new Map() }) !== undefined
}

/** Runs with work left that a rule holds: without this the drain would seem to have forgotten them. */
export function leftAlone(backlog: Backlog, held: ReadonlyMap<string, string>): string {
  const open = backlog.runs.filter((run) => held.has(run.record.id) && run.phases.some((phase) => phase.state === 'QUEUED'))
  return open.map((run) => `; ${run.record.id} is left alone: ${held.get(run.record.id)!}`).join('')
}
