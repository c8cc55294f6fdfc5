import type { PhaseResult } from '../model/phase-result.ts'
import { BranchMovedError } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { receiptContent, record } from './conclude.ts'
import { fail, next, type Step } from './ending.ts'
import { startReceipt } from './receipt.ts'
import { reviewRef } from './review-ref.ts'

/**
 * Commits exactly the tree that was judged. The receipt comes first, for its hash stands in the commit's trailers; the commit before the record in the store,
 * for recovery finds an attempt by the trailer of the branch's tip.
 */
export async function commitCandidate(attempt: Attempt, tree: string, review: { reason: string } | undefined): Promise<Step<PhaseResult>> {
  const { engine, claim } = attempt
  const workspace = attempt.workspace!
  const spec = claim.phase.spec
  const outcome = review ? 'review' : 'complete'
  const diff = await workspace.diffHash(workspace.baseTree, tree)
  await attempt.saving
  const { hash: receiptHash, written } = await startReceipt(attempt.paths.dir, attempt.paths.receipt, receiptContent(attempt, { outcome, charged: true }, diff))
  const title = spec.goal.trim().split('\n')[0]!
  try {
    const { commit } = await workspace.commit({
      tree,
      message: `${spec.id}: ${title}`,
      trailers: { 'Autopack-Run': claim.run.id, 'Autopack-Phase': spec.id, 'Autopack-Attempt': claim.attemptId, 'Autopack-Receipt': receiptHash },
      guardWrite: async () => {
        await written
        await engine.store.assertCurrent(claim)
      },
      ...(review && { ref: reviewRef(engine, claim) }),
    })
    const diffStat = await workspace.diffStat(workspace.baseTree, tree)
    const result = await record(attempt, { outcome, state: review ? 'REVIEW' : 'COMPLETE', charged: true, commit, ...(review && { reason: review.reason }) }, receiptHash, diffStat)
    if (!review) engine.tips.set(claim.run.id, { commit, tree })
    return next(result)
  } catch (error) {
    if (!(error instanceof BranchMovedError)) throw error
    return fail({ stage: 'commit', class: 'patch_failed', message: error.message })
  }
}
