import { filesWithMarkers, holdsAll, mergeCommits, resolveBase, writeCommit } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { fail, next, type Step } from './ending.ts'
import { branchOf, type RunBase } from './run-base.ts'

/** What a phase with `merge` starts from, beside the run's branch. */
export interface MergeBase {
  /** What was merged, and its tree: the baseline is that of the other side, which has no conflicts. */
  ref: string
  tree: string
  /** Relative to the repository: files that hold both sides, between markers. Empty: they go together by themselves. */
  files: string[]
}

/** The merge of the run's branch with the ref that the phase names, as the commit to start from. The branch moves once the phase is complete. */
export async function mergeInto(attempt: Attempt, base: RunBase): Promise<RunBase> {
  const { engine, claim } = attempt
  const ref = claim.phase.spec.merge
  if (ref === undefined) return base
  const { repository } = engine
  const other = await resolveBase(repository, ref)
  attempt.merge = { ref, tree: other.tree, files: [] }
  if (await holdsAll(repository, base.commit, [other.commit])) return base
  const merged = await mergeCommits(repository, base.commit, other.commit)
  if (merged.type === 'conflict') attempt.merge.files = merged.files.map((file) => file.path)
  const message = `Merge ${ref} into ${branchOf(engine, claim.run)}${merged.type === 'conflict' ? `\n\nIn conflict: ${attempt.merge.files.join(', ')}` : ''}`
  const commit = await writeCommit(repository, { tree: merged.tree, parent: base.commit, merged: other.commit, message, trailers: { 'Autopack-Run': claim.run.id, 'Autopack-Merge': ref } })
  return { ...base, commit, tree: merged.tree, tip: base.tip ?? base.commit }
}

/** Fails a phase that left a conflict as git marked it. */
export async function refuseMarkers({ merge, engine }: Attempt, tree: string): Promise<Step<undefined>> {
  const left = merge ? await filesWithMarkers(engine.repository, tree, merge.files) : []
  if (left.length === 0) return next(undefined)
  return fail({
    stage: 'deliverables', class: 'patch_failed', message: `the conflict with ${merge!.ref} is still marked in ${left.join(', ')}`,
    problems: left.map((file) => ({ code: 'conflict', path: file, message: `${file} still holds lines that begin with <<<<<<< and >>>>>>>` })),
  })
}

/** The tree that the checks of a candidate are compared with. */
export const baselineTree = ({ merge, workspace }: Attempt): string => merge?.tree ?? workspace!.baseTree
