import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { writePatch } from './diff.ts'
import { createGit } from './git.ts'
import { takeCandidate } from './guard.ts'
import { hasIndex } from './index-file.ts'
import { rebuildIndex } from './marks.ts'
import { nestedFiles } from './nested.ts'
import { resolveBase } from './repository.ts'
import { setupFolders } from './setup.ts'
import type { SetupRequest } from './setup.ts'
import { gitAt, stage } from './tree.ts'
import type { TreePlace } from './tree.ts'
import { findWorktree } from './worktree.ts'
import type { Repository } from './workspace.ts'

/** Everything that lies in the worktree as a tree, the files of nested repositories too: not for a commit, but for a patch that loses nothing. */
export async function takeEverything(place: TreePlace, baseTree: string, current: string | undefined): Promise<string> {
  const taken = await takeCandidate(place, baseTree, current)
  const nested = await nestedFiles(place.worktree, taken.problems.filter((one) => one.code === 'nested-repository').map((one) => one.path!))
  if (nested.length === 0) return taken.tree
  await stage(place, nested)
  return (await gitAt(place, { args: ['write-tree'] })).stdout.toString('latin1').trim()
}

export interface SalvageRequest {
  repository: Repository
  /** Where the worktree lies, and our private index of it: as for `acquireWorkspace`. */
  path: string
  indexFile: string
  /** The commit that the attempt started from. */
  base: string
  setup: SetupRequest | undefined
  /** The allow-listed environment: git may run filters that the builder's files name. */
  env: Readonly<Record<string, string>>
  /** The patch to write. */
  file: string
}

/**
 * Saves what a builder left in a worktree whose owner is dead, before the next owner cleans it: what was paid for is not lost with the process that paid.
 * Changes no file of the worktree. Returns the patch's size in bytes; 0 and no file when there is no worktree, or nothing in it. The caller holds the lease.
 */
export async function salvagePatch(request: SalvageRequest): Promise<number> {
  const { repository, indexFile } = request
  const worktree = await findWorktree(repository, request.path, indexFile)
  if (!worktree || !existsSync(worktree.path)) return 0
  const base = await resolveBase(repository, request.base)
  const place: TreePlace = {
    repository: { ...repository, git: createGit(request.env) }, worktree, hashLength: base.commit.length as 40 | 64, keep: setupFolders(request.setup, repository.prefix),
  }
  // A git of ours that was killed at work leaves its lock.
  await rm(`${indexFile}.lock`, { force: true })
  if (!(await hasIndex(indexFile))) await rebuildIndex(place, base.tree, path.join(worktree.metadata, 'index'))
  const tree = await takeEverything(place, base.tree, undefined)
  return await writePatch(repository, base.tree, tree, request.file)
}
