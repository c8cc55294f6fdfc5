import { severityOf } from '../model/check.ts'
import type { CheckDelta, CheckReport, CheckResult, TestCase } from '../model/check.ts'
import { emptyDelta, isFailing, usableBase } from './comparison.ts'
import type { Comparison } from './comparison.ts'
import { compareCauses } from './delta-causes.ts'
import { describeCollectionError, describeList, unusableReason, whyUnusable } from './describe.ts'

/** Judges one check by what changed. Pure; the order of tests does not matter. */
export function compareChecks(comparison: Comparison): CheckDelta {
  const { head } = comparison
  const unusable = unusableReason(head)
  if (unusable !== undefined || !head.report) return blockedBy(comparison, unusable ?? 'it has no report', 1)
  if (!head.report.hasTests) return compareCauses(comparison)
  return compareTests(comparison, head.report)
}

function blockedBy(comparison: Comparison, reason: string, count: number): CheckDelta {
  return { ...emptyDelta(comparison), verdict: { type: 'blocked', reason: `${comparison.check}: ${reason}` }, severity: severityOf(count) }
}

function compareTests(comparison: Comparison, head: CheckReport): CheckDelta {
  const { check, against, retry, baseRerun, inWriteScope, flakeHistory } = comparison
  const delta = emptyDelta(comparison)
  const base = usableBase(comparison)
  const before = new Map(base?.tests.map((test) => [test.id, test]))
  const now = new Map(head.tests.map((test) => [test.id, test]))
  const reasons: string[] = []

  const failing = head.tests.filter(isFailing).map((test) => test.id)
  const old = failing.filter((id) => isFailing(before.get(id)))
  // Acceptance must pass, whatever it did before: a failure of the base may be flaky there as well, and is retried like a new one.
  const candidates = against === 'none' ? failing : failing.filter((id) => !old.includes(id))
  const passedAgain = candidates.filter((id) => passedOn(retry, id))
  const failsOnBase = against === 'none' ? [] : candidates.filter((id) => !passedAgain.includes(id) && isFailing(testOf(baseRerun, id)))
  const persistent = candidates.filter((id) => !passedAgain.includes(id) && !failsOnBase.includes(id))
  const failedOnRetry = (retry?.report?.tests ?? []).filter(isFailing)
  const unsteady = failedOnRetry.filter((test) => now.get(test.id)?.status === 'passed').map((test) => test.id)
  delta.preexisting = old.filter((id) => against === 'baseline' || persistent.includes(id)).toSorted()
  delta.newFailures = persistent.filter((id) => !old.includes(id)).toSorted()
  delta.flaky = [...new Set([...passedAgain, ...failsOnBase, ...unsteady])].toSorted()
  delta.fixed = [...before.values()].filter((test) => isFailing(test) && now.get(test.id)?.status === 'passed').map((test) => test.id).toSorted()
  delta.collectionErrors = head.collectionErrors.filter((error) => !comparison.explains?.(error))

  if (delta.collectionErrors.length > 0) reasons.push(`could not be loaded: ${describeList(delta.collectionErrors.map(describeCollectionError))}`)
  if (persistent.length > 0) reasons.push(`${persistent.length === 1 ? 'test fails' : `${persistent.length} tests fail`}: ${describeList(persistent.toSorted())}`)

  const lost = [...before.values()].filter((test) => test.status === 'passed')
  // A runner that could not load a file may run nothing at all (pytest does not): who is missing then says nothing more.
  const gone = delta.collectionErrors.length > 0 ? [] : lost.filter((test) => !now.has(test.id) && !isExplained(test, comparison, head))
  const skipped = lost.filter((test) => now.get(test.id)?.status === 'skipped')
  delta.disappeared = gone.map((test) => test.id).toSorted()
  delta.newlySkipped = skipped.map((test) => test.id).toSorted()
  const blocks = (test: TestCase): boolean => against === 'baseline' && (test.file === undefined || !inWriteScope(test.file))
  delta.lost = [...gone, ...skipped].filter(blocks).map((test) => test.id).toSorted()
  for (const [tests, what] of [[gone, 'disappeared'], [skipped, 'became skipped']] as const) {
    const [blocking, excused] = [tests.filter(blocks), tests.filter((test) => !blocks(test))]
    if (blocking.length > 0) reasons.push(`${what}: ${describeList(blocking.map((test) => test.id).toSorted())}`)
    if (excused.length > 0) delta.warnings.push(`${what}: ${describeList(excused.map((test) => test.id).toSorted())}`)
  }

  const exit = unexplainedExit(comparison, head)
  if (exit.type === 'unexplained') reasons.push(exit.reason)
  if (exit.type === 'excused') delta.warnings.push(exit.reason)
  for (const id of delta.flaky) delta.warnings.push(`flaky: ${id}`)
  for (const id of persistent.toSorted()) if (flakeHistory.has(id)) delta.warnings.push(`was flaky before (${flakeHistory.get(id)} times): ${id}`)
  if (against === 'baseline' && base === undefined) delta.warnings.push(`the baseline is inconclusive (${whyUnusable(comparison.base)}) and excuses nothing`)

  delta.severity = severityOf(persistent.length + delta.collectionErrors.length)
  if (reasons.length > 0) delta.verdict = { type: 'blocked', reason: `${check}: ${reasons.join('; ')}` }
  return delta
}

type Exit = { type: 'none' } | { type: 'unexplained' | 'excused'; reason: string }

/** A non-zero exit that no failing test accounts for is a failure; the base excuses it only by the same confident causes. */
function unexplainedExit({ head, base, against }: Comparison, report: CheckReport): Exit {
  if (head.exitCode === 0) return { type: 'none' }
  const code = head.signal === null ? `exit code ${head.exitCode}` : `ended by ${head.signal}`
  if (report.tests.length === 0 && report.collectionErrors.length === 0) return { type: 'unexplained', reason: `${code} and the report has no tests` }
  if (report.tests.some(isFailing) || report.collectionErrors.length > 0) return { type: 'none' }
  const known = new Set(base?.exitCode === 0 ? [] : base?.causes.map((cause) => cause.fingerprint))
  const same = head.causes.length > 0 && head.causes.every((cause) => known.has(cause.fingerprint))
  if (against === 'baseline' && same && usableBase({ base: base!, head })) {
    return { type: 'excused', reason: `${code} although every test passed, as on the base: ${describeList(head.causes.map((cause) => cause.title))}` }
  }
  return { type: 'unexplained', reason: `${code} although every test of the report passed` }
}

/** A test is not missed where a plugin explains that its file cannot be loaded. */
function isExplained(test: TestCase, { explains }: Comparison, head: CheckReport): boolean {
  return test.file !== undefined && head.collectionErrors.some((error) => error.file === test.file && explains?.(error))
}

function testOf(result: CheckResult | undefined, id: string): TestCase | undefined {
  if (!result || unusableReason(result) !== undefined) return undefined
  return result.report?.tests.find((test) => test.id === id)
}

/** A rerun without a report (a `rerun` command that writes none) says by its exit code that all it ran passed. */
function passedOn(retry: CheckResult | undefined, id: string): boolean {
  if (!retry || unusableReason(retry) !== undefined || !retry.report) return false
  return retry.report.hasTests ? testOf(retry, id)?.status === 'passed' : retry.exitCode === 0
}
