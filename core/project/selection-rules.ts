import type { SelectionRules } from '../drain/index.ts'
import type { DrainRules } from '../model/drain.ts'
import type { Chosen } from './choose.ts'

/** The rules of selection of a drain that has executed nothing yet. */
export function selectionRules(command: 'run' | 'drain', rules: DrainRules, { filter }: Chosen, now: number): SelectionRules {
  return {
    now, maxAttemptsPerPhase: rules.maxAttemptsPerPhase, absoluteAttemptCap: rules.absoluteAttemptCap, skipRunsWithQueued: rules.skipRunsWithQueued,
    ...(rules.parallel > 1 && { begun: new Map() }),
    busyRuns: new Set(), heldRuns: new Map(), excluded: new Map(), oldFailures: command === 'drain', failedHere: new Set(), filter,
  }
}
