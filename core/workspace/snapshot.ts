import { existsSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { findCommit } from './repository.ts'
import { takeEverything } from './salvage.ts'
import { scratchObjects } from './scratch.ts'
import { setupFolders } from './setup.ts'
import type { SetupRequest } from './setup.ts'
import { gitAt } from './tree.ts'
import type { TreePlace } from './tree.ts'
import { writeCommit } from './landing.ts'
import { createGit } from './git.ts'
import type { Repository } from './workspace.ts'

export interface SnapshotRequest {
  repository: Repository
  /** A worktree of ours, or what is left of one. */
  folder: string
  /** Our private index of it, if there is one: it is read and not changed. */
  indexFile: string
  /** The commit with which it is compared. */
  base: string
  setup: Pick<SetupRequest, 'cache'> | undefined
  /** The allow-listed environment: git may run filters that a builder's files name. */
  env: Readonly<Record<string, string>>
  /** A file of its own, absolute, that is removed again. */
  scratch: string
  /** Where objects go, if not to the repository: for who only wants to know. */
  objectsIn?: string
}

/**
 * What lies in a folder as a commit on top of its base: everything but what the repository ignores and what setup made. Undefined where that is the base itself.
 * Objects only. Throws where the base is not in the repository any more.
 */
export async function snapshot(request: SnapshotRequest): Promise<string | undefined> {
  const { folder, scratch, objectsIn } = request
  const elsewhere = (repository: Repository) => (objectsIn === undefined ? repository : scratchObjects(repository, objectsIn))
  const repository = elsewhere(request.repository)
  const base = await findCommit(repository, request.base)
  if (!base) throw new Error(`the commit ${request.base} that it was made from is not in this repository any more`)
  const place: TreePlace = {
    repository: elsewhere({ ...request.repository, git: createGit(request.env) }), worktree: { path: folder, metadata: '', indexFile: scratch }, hashLength: base.commit.length as 40 | 64,
    keep: setupFolders(request.setup as SetupRequest | undefined, repository.prefix),
  }
  await mkdir(path.dirname(scratch), { recursive: true })
  try {
    if (existsSync(request.indexFile)) await copyFile(request.indexFile, scratch)
    else await gitAt(place, { args: ['read-tree', base.tree] })
    const tree = await takeEverything(place, base.tree, undefined)
    return tree === base.tree ? undefined : await writeCommit(repository, { tree, parent: base.commit, message: `What lay in ${path.basename(folder)}`, trailers: {} })
  } finally {
    await rm(scratch, { force: true })
  }
}
