import { rmdirSync, rmSync } from 'node:fs'
import { mayHoldMarks, readIndex } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import { findPresent, indexTree } from './marks.ts'
import { removeAny } from './remove.ts'
import { filledSubmodules, rawPath, resetTo, strayRepositories, survey } from './tree.ts'
import type { TreePlace } from './tree.ts'

/**
 * Puts exactly the files of `tree` there; removes everything else but `keep`. Cheap when nothing is to be done.
 * `current` is the tree that our index describes: '' some, undefined when there is no index. `surveyed` serves while nobody wrote in between.
 * Returns the entries of the tree.
 */
export async function putTree(
  place: TreePlace, tree: string, current: string | undefined, surveyed?: Awaited<ReturnType<typeof survey>>,
): Promise<IndexEntry[]> {
  const { worktree } = place
  if (place.sparse || mayHoldMarks(worktree.indexFile)) return await putPart(place, tree, current, surveyed)
  // Without an index git takes every file for untracked.
  if (current === undefined) rmSync(worktree.indexFile, { force: true })
  const found = surveyed && (surveyed.complete || current !== tree) ? surveyed : await survey(place, current === tree)
  for (const name of found.untracked) await removeAny(rawPath(worktree, name))
  if (current !== tree || found.changed.length > 0) await resetTo(place, tree)
  const entries = (await readIndex(worktree.indexFile, place.hashLength)) ?? []
  await removeHidden(place, entries)
  return entries
}

/** What git passes over in silence. */
async function removeHidden(place: TreePlace, entries: readonly IndexEntry[]): Promise<void> {
  const { worktree } = place
  for (const file of strayRepositories(worktree, entries)) await removeAny(rawPath(worktree, file))
  for (const folder of await filledSubmodules(place, entries)) await removeAny(rawPath(worktree, folder), true)
}

/** The same with what the place's set holds of the tree; nothing else of it stays on disk. */
async function putPart(place: TreePlace, tree: string, current: string | undefined, surveyed: Awaited<ReturnType<typeof survey>> | undefined): Promise<IndexEntry[]> {
  const { worktree } = place
  rmSync(`${worktree.indexFile}.lock`, { force: true })
  if (current === undefined) rmSync(worktree.indexFile, { force: true })
  const { entries, same } = await indexTree(place, tree, current)
  const present = findPresent(worktree, entries)
  for (const { name } of [...present.files, ...present.replaced]) await removeAny(rawPath(worktree, name))
  const found = same && surveyed?.complete ? surveyed : await survey(place, true)
  for (const name of found.untracked) await removeAny(rawPath(worktree, name))
  if (found.changed.length > 0) await resetTo(place, tree)
  await removeHidden(place, entries)
  for (const folder of present.folders) removeEmpty(rawPath(worktree, folder))
  return entries
}

/** One that holds something, of the set or of the setup, stays. */
function removeEmpty(folder: Buffer): void {
  try {
    rmdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error
  }
}
