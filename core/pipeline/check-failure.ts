import { compareChecks } from '../checks/index.ts'
import type { CheckDelta, CheckResult } from '../model/check.ts'
import type { FailureInput, Problem } from '../model/failure.ts'
import type { PlannedCheck } from './checks.ts'

/** An execution of a check with the verdict on it. `flakes`: how often each test passed and failed by turns before. */
export interface Verdict { head: CheckResult; delta: CheckDelta; flakes: ReadonlyMap<string, number> }

/** What goes to the classifiers; undefined when the check passed. */
export function failureOf(check: PlannedCheck, { head, delta, flakes }: Verdict): FailureInput | undefined {
  if (delta.verdict.type === 'passed') return undefined
  const tests = new Map(head.report?.tests.map((test) => [test.id, test]))
  const failing = [...delta.newFailures, ...(check.against === 'none' ? delta.preexisting : [])]
  return {
    stage: 'delta', message: delta.verdict.reason, check: check.spec.name, command: head.argv,
    exitCode: head.exitCode, signal: head.signal, output: head.tail, logPath: head.logPath,
    ...(head.ended === 'timeout' && { class: 'timeout' }),
    ...(failing.length > 0 && failing.every((id) => flakes.has(id)) && { flakeHistory: true }),
    problems: [
      ...failing.map((id) => {
        const test = tests.get(id)
        // A command without a report has causes and no tests.
        return { code: head.report?.hasTests === false ? 'new-cause' : 'failing-test', message: test?.message ? `${id}: ${test.message}` : id, ...(test?.file !== undefined && { path: test.file }) }
      }),
      ...delta.collectionErrors.map((error) => ({ code: 'collection-error', message: error.message, ...(error.file !== undefined && { path: error.file }) })),
      ...lostTests('disappeared-test', delta.disappeared, delta.lost),
      ...lostTests('skipped-test', delta.newlySkipped, delta.lost),
    ],
  }
}

/** Tests that passed on the base and no longer do, where the check blocks for them; those of the write scope are warnings. */
function lostTests(code: 'disappeared-test' | 'skipped-test', ids: readonly string[], blocking: readonly string[]): Problem[] {
  return ids.filter((id) => blocking.includes(id)).map((id) => ({ code, message: id }))
}

/** How a check fails on a base, told as a failure of a candidate is, so that the two have one fingerprint; undefined where it passes. */
export function failureOfBase(check: PlannedCheck, base: CheckResult): FailureInput | undefined {
  const delta = compareChecks({ check: check.spec.name, against: 'none', head: base, inWriteScope: () => false, flakeHistory: new Map() })
  const failure = failureOf({ ...check, against: 'none' }, { head: base, delta, flakes: new Map() })
  return failure && { ...failure, stage: 'baseline' }
}
