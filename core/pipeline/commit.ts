import { writeJson } from '../layout/atomic.ts'
import type { PhaseResult } from '../model/phase-result.ts'
import { BranchMovedError, fenceOf } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { receiptContent, record } from './conclude.ts'
import { fail, next, type Step } from './ending.ts'
import { startReceipt } from './receipt.ts'
import { reviewRef } from './review-ref.ts'
import type { ReviewRequest } from './review-request.ts'

export interface CommitHow {
  /** Plugins asked for a review: the commit goes to a ref of its own and the phase to REVIEW. */
  requests?: readonly ReviewRequest[]
  /** The work was reviewed before. */
  approvedBy?: string
}

/**
 * Commits exactly the tree that was judged. The receipt comes first, for its hash stands in the commit's trailers; the commit before the record in the store,
 * for recovery finds an attempt by the trailer of a commit on the branch.
 */
export async function commitCandidate(attempt: Attempt, tree: string, { requests = [], approvedBy }: CommitHow = {}): Promise<Step<PhaseResult>> {
  const { engine, claim } = attempt
  const workspace = attempt.workspace!
  const spec = claim.phase.spec
  const review = requests.length > 0
  const outcome = review ? 'review' : 'complete'
  const reason = review ? requests.map((request) => request.reason).join('; ') : approvedBy === undefined ? undefined : `approved by ${approvedBy}`
  // Before the receipt, which has its hash: after a crash it is all that is left of what was asked.
  if (review) await writeJson(attempt.paths.review, engine.redactAll({ requests }))
  const diff = await workspace.diffHash(workspace.baseTree, tree)
  if (attempt.saving) await workspace.savePatch(attempt.paths.changesPatch)
  const { hash: receiptHash, written } = await startReceipt(attempt.paths.dir, attempt.paths.receipt, receiptContent(attempt, { outcome, charged: true }, diff))
  const title = spec.goal.trim().split('\n')[0]!
  try {
    const committing = workspace.commit({
      tree,
      message: `${spec.id}: ${title}`,
      trailers: { 'Autopack-Run': claim.run.id, 'Autopack-Phase': spec.id, 'Autopack-Attempt': claim.attemptId, 'Autopack-Receipt': receiptHash, ...(approvedBy !== undefined && { 'Autopack-Approved-By': approvedBy }) },
      guardWrite: async () => {
        await written
        await engine.store.assertCurrent(claim)
      },
      fence: fenceOf(claim.attemptId),
      ...(review && { ref: reviewRef(engine, claim) }),
    })
    // Counted while git commits.
    const counting = workspace.diffStat(workspace.baseTree, tree)
    counting.catch(() => undefined)
    const { commit } = await committing
    const diffStat = await counting
    attempt.diffStat = diffStat
    const result = await record(attempt, { outcome, state: review ? 'REVIEW' : 'COMPLETE', charged: true, commit, ...(reason !== undefined && { reason }) }, receiptHash, diffStat)
    if (!review) engine.tips.set(claim.run.id, { commit, tree })
    return next(result)
  } catch (error) {
    if (!(error instanceof BranchMovedError)) throw error
    return fail({ stage: 'commit', class: 'patch_failed', message: error.message })
  }
}
