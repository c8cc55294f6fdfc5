import { checkResultSchema, type CheckResult } from '../model/check.ts'
import { treesBefore } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { failureOfBase } from './check-failure.ts'
import type { PlannedCheck } from './checks.ts'
import type { Roots } from './paths.ts'
import { keyOf } from './run-check.ts'

/** How far back in the history of a base it is looked: enough for what was kept of a run and of the branch that it began on. */
const mostCommits = 100

/** The latest commit before the base on which the check is known to have passed: what it had there, and its tree. */
export async function passedEarlier(attempt: Attempt, check: PlannedCheck, roots: Roots): Promise<{ tree: string; result: CheckResult } | undefined> {
  const { repository, store } = attempt.engine
  for (const tree of await treesBefore(repository, attempt.workspace!.base, mostCommits)) {
    const stored = await store.baseline(keyOf(attempt, check, roots, tree))
    const kept = stored === undefined ? undefined : checkResultSchema.safeParse(JSON.parse(stored))
    if (kept?.success && failureOfBase(check, kept.data) === undefined) return { tree, result: kept.data }
  }
  return undefined
}
