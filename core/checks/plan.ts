import type { CheckDelta, TestCase } from '../model/check.ts'
import type { Comparison } from './comparison.ts'
import { isFailing } from './comparison.ts'
import { compareChecks } from './delta.ts'
import { unusableReason } from './describe.ts'
import { isWithinReach } from './reach.ts'

/** What has to be executed before the verdict stands. */
export type CheckStep =
  /** Execute again on the candidate; `tests`: the new failures, for a `rerun` command (empty: the whole check). */
  | { type: 'retry'; tests: string[] }
  /** Execute again on the base: these failed twice and lie outside the reach of the diff. */
  | { type: 'rerun-on-base'; tests: string[] }
  | { type: 'done'; delta: CheckDelta }

/** Pure: says from what was executed so far what is next. `changed`: the files of the diff, relative to the project root. */
export function nextStep(comparison: Comparison, changed: readonly string[]): CheckStep {
  const delta = compareChecks(comparison)
  if (delta.verdict.type === 'passed' || unusableReason(comparison.head) !== undefined) return { type: 'done', delta }
  const failing = comparison.against === 'none' ? [...delta.newFailures, ...delta.preexisting] : delta.newFailures
  const hasTests = comparison.head.report?.hasTests === true
  if (!comparison.retry) {
    // Nothing that fails was found by name: a report that is cut short or all green does not get better by another execution.
    return hasTests && failing.length === 0 ? { type: 'done', delta } : { type: 'retry', tests: hasTests ? withoutOrdinals(failing) : [] }
  }
  const outside = comparison.base && !comparison.baseRerun && comparison.against === 'baseline' ? outsideReach(comparison, delta, changed) : []
  return outside.length > 0 ? { type: 'rerun-on-base', tests: withoutOrdinals(outside) } : { type: 'done', delta }
}

/** Tests of the base only: what the phase added cannot fail there. */
function outsideReach({ head, base }: Comparison, delta: CheckDelta, changed: readonly string[]): string[] {
  const onBase = new Set(base?.report?.tests.map((test) => test.id))
  const byId = new Map<string, TestCase>(head.report?.tests.filter(isFailing).map((test) => [test.id, test]))
  return delta.newFailures.filter((id) => onBase.has(id) && byId.has(id) && !isWithinReach(byId.get(id)!, changed))
}

/** `name #2` is our way to keep two tests of one name apart; the tool knows `name` only. */
function withoutOrdinals(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.replace(/ #\d+$/, '')))]
}
