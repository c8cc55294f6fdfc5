import type { ProcessRunner } from '../model/process.ts'
import { resolveBase } from './repository.ts'
import { GitError } from './git.ts'
import { readIndex } from './index-file.ts'
import { refuseCheckedOut } from './landing.ts'
import { createLease } from './lease.ts'
import type { LeaseContext } from './lease.ts'
import { ensureSetup, setupFolders } from './setup.ts'
import type { SetupRequest, SetupRunner } from './setup.ts'
import { isReftable } from './shared-refs.ts'
import { takeState } from './state.ts'
import { detachHead, putTree } from './tree.ts'
import { ensureFolder, openWorktree, publishIndex, removeWorktree, repairMetadata } from './worktree.ts'
import type { Repository, Workspace } from './workspace.ts'

export interface AcquireRequest {
  repository: Repository
  /** Where the worktree lies or is to lie: `WorktreePaths.worktree`. Absolute, outside the main checkout. */
  path: string
  /** Our private index of this worktree: `WorktreePaths.indexFile`. Absolute, outside the worktree; `{indexFile}.state` lies beside it. */
  indexFile: string
  /** The run's branch without `refs/heads/`: `autopack/{project}/{run key}`. */
  branch: string
  /** The commit to start from. */
  base: string
  setup?: SetupRequest
  /** Runs the setup's commands, in the environment `env`. Needed with `setup` only. */
  exec: ProcessRunner
  env: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/**
 * Takes the run's worktree, warm where there is one, and brings it to the base. The caller holds the lease and registers the path.
 * Whatever the last owner left is repaired; a folder that cannot be is made anew. Throws UserError: nested, foreign, branch checked out, setup failed.
 */
export async function acquireWorkspace(request: AcquireRequest): Promise<Workspace> {
  const { repository, branch, indexFile, setup } = request
  await refuseCheckedOut(repository, branch, '')
  const base = await resolveBase(repository, request.base)
  const reftable = await isReftable(repository.commonDir)
  const keep = setupFolders(setup, repository.prefix)
  const hashLength = base.commit.length as 40 | 64

  const runner: SetupRunner = { exec: request.exec, env: request.env, ...(request.signal && { signal: request.signal }) }

  const open = async () => {
    const { worktree, created } = await openWorktree(repository, request.path, indexFile, base.commit)
    const context: LeaseContext = { place: { repository, worktree, hashLength, keep }, base, branch, reftable, setup, runner, current: undefined, setupState: undefined, setupRan: undefined }
    const state = created ? undefined : await takeState(indexFile)
    // Without a readable index the files are unknown: all are written anew.
    if (!created && (await readIndex(indexFile, hashLength))) context.current = state?.tree ?? ''
    context.setupState = state?.setup
    await ensureFolder(worktree)
    await repairMetadata(worktree, base.commit, reftable)
    await putTree(context.place, base.tree, context.current)
    context.current = base.tree
    return context
  }
  const context = await open().catch(async (error: unknown) => {
    if (!(error instanceof GitError)) throw error
    // A damaged index or folder: made anew, once.
    await removeWorktree(repository, request.path, indexFile)
    return await open()
  })
  if (reftable) await detachHead(context.place, base.commit)
  await publishIndex(context.place.worktree)
  if (setup) await applySetup(context, setup)
  return createLease(context)
}

async function applySetup(context: LeaseContext, setup: SetupRequest): Promise<void> {
  const result = await ensureSetup(context.place, setup, context.runner, context.base.tree, context.setupState)
  context.setupState = result.state
  context.setupRan = result.ran
  // The commands may have touched tracked files too.
  if (result.ran) await putTree(context.place, context.base.tree, context.current)
}
