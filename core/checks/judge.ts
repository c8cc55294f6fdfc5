import type { CheckDelta, CheckResult } from '../model/check.ts'
import { unreachable } from '../model/unreachable.ts'
import type { Comparison } from './comparison.ts'
import { nextStep } from './plan.ts'

/** Executes a check again: `tests` by the check's `rerun` command where it has one, else (or when empty) the whole check. */
export interface CheckExecutions {
  /** On the candidate tree. */
  retry(tests: readonly string[]): Promise<CheckResult>
  /** On the base tree; puts the candidate back afterwards. Left out: failures outside the diff's reach stay new. */
  rerunOnBase?(tests: readonly string[]): Promise<CheckResult>
}

export interface Judgement {
  delta: CheckDelta
  /** What was executed besides head, for `ci/retry.json` and the receipt. */
  retry?: CheckResult
  baseRerun?: CheckResult
}

/** From the executions on base and head to the verdict, with at most one retry and one rerun on the base. */
export async function judgeCheck(comparison: Omit<Comparison, 'retry' | 'baseRerun'>, changed: readonly string[], execute: CheckExecutions): Promise<Judgement> {
  const known: { retry?: CheckResult; baseRerun?: CheckResult } = {}
  for (;;) {
    const step = nextStep({ ...comparison, ...known }, changed)
    switch (step.type) {
      case 'done': return { delta: step.delta, ...known }
      case 'retry':
        known.retry = await execute.retry(step.tests)
        break
      case 'rerun-on-base':
        // Without an executor the base's first result stands for the second: it excuses nothing more.
        known.baseRerun = execute.rerunOnBase ? await execute.rerunOnBase(step.tests) : comparison.base!
        break
      default: return unreachable(step)
    }
  }
}
