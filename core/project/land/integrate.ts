import type { LandConflict } from '../../model/landing.ts'
import type { Engine } from '../../pipeline/engine.ts'
import type { RunRecord } from '../../store/store.ts'
import { commitsBetween, holdsAll, mergeCommits, replay, resolveBase, writeCommit, type ToldCommit } from '../../workspace/index.ts'

export interface Integration {
  strategy: 'fast-forward' | 'rebase' | 'merge'
  /** What the target is to be. */
  to: string
  tree: string
  /** Commits of the run's branch as they were → as they are now. */
  commits: [string, string][]
  /** Why it is no rebase. */
  reason?: string
}

export type Integrated =
  | { type: 'integrated'; integration: Integration }
  /** The target has all of it. */
  | { type: 'up-to-date' }
  /** `at`: the first commit that does not go on top of the target by itself. */
  | { type: 'conflict'; files: LandConflict[]; at: ToldCommit | undefined }

export interface Sides {
  run: RunRecord
  /** The run's branch, and where it is. */
  branch: string
  tip: string
  target: string
  onto: string
}

/**
 * Puts the work of a run on top of the target: as it is where the target has not moved, else each commit anew, with its message and trailers. What can only be
 * merged as a whole becomes a merge. Objects only: nothing is moved, and nothing has to be undone after a conflict.
 */
export async function integrate(repository: Engine['repository'], sides: Sides): Promise<Integrated> {
  const { tip, onto } = sides
  if (await holdsAll(repository, onto, [tip])) return { type: 'up-to-date' }
  const ours = await commitsBetween(repository, onto, tip)
  if (await holdsAll(repository, tip, [onto])) {
    const { tree } = await resolveBase(repository, tip)
    return { type: 'integrated', integration: { strategy: 'fast-forward', to: tip, tree, commits: ours.map(({ commit }) => [commit, commit]) } }
  }
  const replayed = await replay(repository, tip, onto)
  if (replayed.type === 'replayed') {
    if (replayed.tip === onto) return { type: 'up-to-date' }
    const { tree } = await resolveBase(repository, replayed.tip)
    return { type: 'integrated', integration: { strategy: 'rebase', to: replayed.tip, tree, commits: [...replayed.commits] } }
  }
  const merged = await mergeCommits(repository, onto, tip)
  if (merged.type === 'conflict') {
    const files = await Promise.all(merged.files.map((file) => bothSides(repository, sides, file)))
    return { type: 'conflict', files, at: replayed.type === 'conflict' ? ours.find(({ commit }) => commit === replayed.commit) : undefined }
  }
  const reason = replayed.type === 'merge'
    ? `${sides.branch} holds a merge (${replayed.commit.slice(0, 12)})`
    : `${replayed.commit.slice(0, 12)} ${JSON.stringify(replayed.subject)} by itself conflicts with ${sides.target}, and the whole does not`
  return { type: 'integrated', integration: { strategy: 'merge', to: await mergeCommit(repository, sides, merged.tree), tree: merged.tree, commits: ours.map(({ commit }) => [commit, commit]), reason } }
}

async function mergeCommit(repository: Engine['repository'], { run, tip, target, onto }: Sides, tree: string): Promise<string> {
  return await writeCommit(repository, { tree, parent: onto, merged: tip, message: `Merge run ${run.id} into ${target}`, trailers: { 'Autopack-Run': run.id } })
}

async function bothSides(repository: Engine['repository'], { tip, onto }: Sides, file: { path: string; kind: string }): Promise<LandConflict> {
  const [ours, theirs] = await Promise.all([commitsBetween(repository, onto, tip, file.path), commitsBetween(repository, tip, onto, file.path)])
  const told = (commits: readonly ToldCommit[]) => commits.map(({ phase, ...commit }) => ({ ...commit, phase: phase ?? null }))
  return { ...file, ours: told(ours), theirs: told(theirs) }
}
