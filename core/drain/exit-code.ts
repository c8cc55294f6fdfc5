import type { Stop } from './counters.ts'

/** The exit code of a drain: the first of interrupted, machine, stopped with work left, failed, fine. */
export function exitCodeOf(stop: Stop, left: { work: boolean; failed: boolean; executed: number }): number {
  if (stop.reason === 'interrupted') return 130
  if (stop.reason === 'preflight_failed' || stop.reason === 'infrastructure' || stop.reason === 'auth') return 4
  if (stop.reason !== 'drained' && left.work) return 3
  if (left.failed && left.executed === 0) return 3
  return left.failed ? 1 : 0
}
