import type { CheckDelta, TestCase } from '../model/check.ts'
import type { Comparison } from './comparison.ts'
import { isFailing } from './comparison.ts'
import { compareChecks } from './delta.ts'
import { unusableReason } from './describe.ts'
import { isWithinReach } from './reach.ts'

/**
 * More tests than these are not named one by one: a command line has its limit (128 KiB for one argument on Linux), and a second execution
 * that cannot be started would leave every one of them unjudged. To run the whole check then costs little more.
 */
const mostNamed = 200

/** What has to be executed before the verdict stands. */
export type CheckStep =
  /** Execute again on the candidate; `tests`: the new failures, for a `rerun` command (empty: the whole check). */
  | { type: 'retry'; tests: string[] }
  /** Execute again on the base: these failed twice and lie outside the reach of the diff (empty: too many to name; the whole check). */
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
    return hasTests && failing.length === 0 ? { type: 'done', delta } : { type: 'retry', tests: hasTests ? testsToName(failing) : [] }
  }
  const outside = comparison.base && !comparison.baseRerun && comparison.against === 'baseline' ? outsideReach(comparison, delta, changed) : []
  return outside.length > 0 ? { type: 'rerun-on-base', tests: testsToName(outside) } : { type: 'done', delta }
}

/** Tests of the base only: what the phase added cannot fail there. */
function outsideReach({ head, base }: Comparison, delta: CheckDelta, changed: readonly string[]): string[] {
  const onBase = new Set(base?.report?.tests.map((test) => test.id))
  const byId = new Map<string, TestCase>(head.report?.tests.filter(isFailing).map((test) => [test.id, test]))
  return delta.newFailures.filter((id) => onBase.has(id) && byId.has(id) && !isWithinReach(byId.get(id)!, changed))
}

/** `name #2` is our way to keep two tests of one name apart; the tool knows `name` only. */
function testsToName(ids: readonly string[]): string[] {
  const names = [...new Set(ids.map((id) => id.replace(/ #\d+$/, '')))]
  return names.length > mostNamed ? [] : names
}
