import { causesOf, classDefaults, type FailureContext } from '../failure/index.ts'
import type { CheckResult } from '../model/check.ts'
import type { BuiltInClass } from '../model/failure.ts'
import { failureOfBase } from './check-failure.ts'
import type { PlannedCheck } from './checks.ts'

/**
 * For how long a kept result stands by itself, in milliseconds. What is older stands while its command ran in this process since, on whatever tree: what a
 * machine lost meanwhile shows on all of them.
 */
export const standsForMs = 3_600_000

/**
 * Whether a failed execution may say something about the machine and not about the tree: a package that is missing or was upgraded, a full disk. Once that is
 * mended, the same tree has another result; a kept one would block the phase for good.
 */
export const mayBeTheMachine = (result: CheckResult, context: FailureContext): boolean => beyondThePhase(result, context).length > 0

/** Whether it most likely does. */
export const isOfTheMachine = (result: CheckResult, context: FailureContext): boolean => beyondThePhase(result, context).some((cause) => cause.confidence !== 'low')

function beyondThePhase({ exitCode, report, tail }: CheckResult, context: FailureContext): ReturnType<typeof causesOf> {
  if (exitCode === 0 || (report?.hasTests === true && report.collectionErrors.length === 0)) return []
  return causesOf(tail, context).filter((cause) => classDefaults[cause.class as BuiltInClass]?.blame !== 'phase')
}

/** Whether what passed on a tree now fails on the same tree, for a reason that no change of the tree explains. A test that fails now and then is none. */
export const brokeSince = (check: PlannedCheck, kept: CheckResult, now: CheckResult, context: FailureContext): boolean =>
  now.ended === 'exit' && isOfTheMachine(now, context) && failureOfBase(check, kept) === undefined
