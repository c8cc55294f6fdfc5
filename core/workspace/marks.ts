/** Marks in our index of what does not lie on disk (git's skip-worktree), so that it counts as unchanged: there, and nowhere that a builder reaches. */
import { copyFileSync, renameSync, rmSync } from 'node:fs'
import { joinZero } from './git.ts'
import { gitlinkMode, mayHoldMarks, parentOf, readIndex } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import { gitAt, look } from './tree.ts'
import type { TreePlace } from './tree.ts'
import type { Worktree } from './worktree.ts'

/**
 * Makes our index describe the tree, with what is outside the place's set marked. Touches no file of the worktree.
 * `same`: whether it was so before. What was marked and no longer is counts as deleted until it is written.
 */
export async function indexTree(place: TreePlace, tree: string, current: string | undefined): Promise<{ entries: IndexEntry[]; same: boolean }> {
  const { worktree } = place
  const moved = current !== tree
  // In another file, and renamed: an index without its marks would tell of thousands of deleted files to whoever comes after a crash.
  const next = { ...place, worktree: { ...worktree, indexFile: `${worktree.indexFile}.next` } }
  const target = moved ? next : place
  if (moved) {
    for (const file of [next.worktree.indexFile, `${next.worktree.indexFile}.lock`]) rmSync(file, { force: true })
    if (current !== undefined) copyFileSync(worktree.indexFile, next.worktree.indexFile)
    await gitAt(next, { args: ['read-tree', '--reset', tree] })
  }
  const entries = (await readIndex(target.worktree.indexFile, place.hashLength)) ?? []
  const held = place.sparse?.holds(entries)
  const [toMark, toClear]: IndexEntry[][] = [[], []]
  entries.forEach((entry, at) => {
    const absent = held?.[at] === false
    if (absent !== entry.absent) (absent ? toMark : toClear)!.push(entry)
    entry.absent = absent
  })
  await mark(target, '--skip-worktree', toMark!)
  await mark(target, '--no-skip-worktree', toClear!)
  if (moved) renameSync(next.worktree.indexFile, worktree.indexFile)
  return { entries, same: !moved && toMark!.length === 0 && toClear!.length === 0 }
}

async function mark(place: TreePlace, how: '--skip-worktree' | '--no-skip-worktree', entries: readonly Pick<IndexEntry, 'name'>[]): Promise<void> {
  if (entries.length > 0) await gitAt(place, { args: ['update-index', '-z', how, '--stdin'], input: joinZero(entries.map(({ name }) => name)) })
}

/** An index in the place of one that is lost: the tree, with the marks that a copy of it has, the one that a builder's git works with. */
export async function rebuildIndex(place: TreePlace, tree: string, copy: string): Promise<void> {
  await gitAt(place, { args: ['read-tree', tree] })
  const [entries, marked] = await Promise.all([place.worktree.indexFile, copy].map((file) => readIndex(file, place.hashLength)))
  const absent = new Set((marked ?? []).filter((entry) => entry.absent).map(({ name }) => name.toString('latin1')))
  await mark(place, '--skip-worktree', (entries ?? []).filter(({ name }) => absent.has(name.toString('latin1'))))
}

/** Clears the marks of what lies on disk all the same, whoever wrote it: it is compared from now on. */
export async function clearPresent(place: TreePlace): Promise<void> {
  const { worktree, hashLength } = place
  if (!mayHoldMarks(worktree.indexFile)) return
  await mark(place, '--no-skip-worktree', findPresent(worktree, (await readIndex(worktree.indexFile, hashLength)) ?? []).files)
}

/**
 * What of the marked entries lies on disk, no link followed. `replaced`: files in whose place there is a folder, which git passes over when it lists folders
 * as a whole. `folders`: those that are there, relative, latin1, the deepest first.
 */
export function findPresent(worktree: Worktree, entries: readonly IndexEntry[]): { files: IndexEntry[]; replaced: IndexEntry[]; folders: string[] } {
  const there = new Map<string, boolean>([['', true]])
  const isThere = (folder: string): boolean => {
    const known = there.get(folder)
    if (known !== undefined) return known
    const found = isThere(parentOf(folder)) && look(worktree, folder)?.isDirectory() === true
    there.set(folder, found)
    return found
  }
  const [files, replaced]: [IndexEntry[], IndexEntry[]] = [[], []]
  for (const entry of entries) {
    if (!entry.absent) continue
    const name = entry.name.toString('latin1')
    if (!isThere(parentOf(name))) continue
    const found = look(worktree, entry.name)
    if (!found) continue
    if (!found.isDirectory()) files.push(entry)
    else if (entry.mode === gitlinkMode) there.set(name, true)
    else replaced.push(entry)
  }
  const folders = [...there].filter(([folder, found]) => found && folder !== '').map(([folder]) => folder)
  return { files, replaced, folders: folders.sort((left, right) => right.length - left.length) }
}
