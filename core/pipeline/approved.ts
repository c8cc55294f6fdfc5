import { lookUp, pick, type ChangedFile } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { fail, next, type Step } from './ending.ts'
import { branchOf } from './run-base.ts'

/** Work that a reviewer approved, and that waits to be taken over. */
export interface Approved {
  commit: string
  tree: string
  /** The commit on which it was judged. */
  base: string
  by: string
}

/** The approved work of the phase, if this attempt is there to take it over; undefined where there is something to build. */
export async function findApproved(attempt: Attempt): Promise<Step<Approved | undefined>> {
  const { claim, engine } = attempt
  // A first attempt has nothing that was reviewed before it.
  if (claim.number === 1) return next(undefined)
  const latest = (await engine.store.reviews({ run: claim.run.id, phase: claim.phase.id })).at(-1)
  if (latest?.decision?.type !== 'approve' || latest.settled) return next(undefined)
  const found = await lookUp(engine.repository, latest.commit)
  if (!found) {
    return fail({ stage: 'commit', class: 'patch_failed', message: `the approved commit ${latest.commit} is not in this repository any more`, output: 'requeue the phase to have it done anew' })
  }
  return next({ commit: latest.commit, tree: found.tree, base: found.parent, by: latest.decision.by })
}

/** What the approved work makes of the tree that the branch has now. A conflict is a failure, never a success. */
export async function pickApproved(attempt: Attempt, approved: Approved): Promise<Step<{ tree: string; changed: ChangedFile[] }>> {
  const { engine, claim } = attempt
  const workspace = attempt.workspace!
  const picked = approved.base === workspace.base ? { type: 'picked' as const, tree: approved.tree } : await pick(engine.repository, approved.commit, workspace.base)
  if (picked.type === 'conflict') {
    const branch = branchOf(engine, claim.run)
    const where = picked.files.length > 0 ? ` in ${picked.files.join(', ')}` : ''
    return fail({
      stage: 'commit', class: 'patch_failed', message: `the approved work (${approved.commit.slice(0, 12)}) conflicts with what is on ${branch} by now${where}`,
      problems: picked.files.map((file) => ({ code: 'conflict', path: file, message: `${file} was changed by the approved work and on ${branch}` })),
    })
  }
  const changed = await workspace.diffTrees(workspace.baseTree, picked.tree)
  attempt.candidate = { tree: picked.tree, files: changed.length }
  return next({ tree: picked.tree, changed })
}
