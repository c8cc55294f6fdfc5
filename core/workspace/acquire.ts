import type { ProcessRunner } from '../model/process.ts'
import { resolveBase } from './repository.ts'
import { createGit, GitError } from './git.ts'
import { hasIndex } from './index-file.ts'
import { refuseCheckedOut } from './landing.ts'
import { createAttemptWorkspace } from './attempt-workspace.ts'
import type { WorkspaceContext } from './attempt-workspace.ts'
import { ensureSetup, neededBySetup, setupFolders } from './setup.ts'
import type { SetupRequest, SetupRunner } from './setup.ts'
import { isReftable } from './shared-refs.ts'
import { takeState } from './state.ts'
import { putTree } from './put-tree.ts'
import { createSparseSet } from './sparse-set.ts'
import type { SparsePlaces } from './sparse-set.ts'
import { detachHead, survey } from './tree.ts'
import type { TreePlace } from './tree.ts'
import { ensureFolder, openWorktree, publishIndex, removeWorktree, repairMetadata } from './worktree.ts'
import type { Repository, SharedBranch, Workspace } from './workspace.ts'

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
  /** Where the branch is now; left out where it is at the base, and where there is none yet, which is looked at first. */
  branchTip?: string
  /** Its tree, where that is known: git is not asked then. */
  baseTree?: string
  /** Where several phases of the run are executed at once: see `SharedBranch`. */
  shared?: SharedBranch
  setup?: SetupRequest
  /** What of the repository is to lie on disk. Default: all of it. */
  sparse?: SparsePlaces
  /** Runs the setup's commands. */
  exec: ProcessRunner
  /** The allow-listed environment: for the setup, and for git where it may run filters. */
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
  const reftable = await isReftable(repository.commonDir)
  const runner: SetupRunner = { exec: request.exec, env: request.env, ...(request.signal && { signal: request.signal }) }
  const keep = setupFolders(setup, repository.prefix)
  const sparse = request.sparse && createSparseSet({ ...request.sparse, also: [...request.sparse.also, ...neededBySetup(setup, repository.prefix)] })

  // What touches files can run filters, and those can come from a config that a builder or a check wrote: they get the allow-listed environment only.
  const confined = { ...repository, git: createGit(request.env) }

  const open = async (): Promise<WorkspaceContext> => {
    const resolving = request.baseTree === undefined ? resolveBase(repository, request.base) : Promise.resolve({ commit: request.base, tree: request.baseTree })
    // Awaited further down; until then a rejection must not count as unhandled.
    resolving.catch(() => undefined)
    const { worktree, created } = await openWorktree(repository, request.path, indexFile, async () => (await resolving).commit, reftable)
    const state = created ? undefined : await takeState(indexFile)
    // Without a readable index the files are unknown: all are written anew.
    const known = !created && (await hasIndex(indexFile))
    await ensureFolder(worktree)
    const asBefore = state?.commit === request.base && state.sparse === sparse?.key
    // Where marks are to be changed, or the tree has others, it would be looked at twice.
    const looking = known && (!sparse || asBefore) ? survey({ repository: confined, worktree, keep }, asBefore) : undefined
    const [base, surveyed] = await Promise.all([resolving, looking])
    const place: TreePlace = { repository: confined, worktree, hashLength: base.commit.length as 40 | 64, keep, sparse }
    await repairMetadata(worktree, base.commit, reftable)
    const entries = await putTree(place, base.tree, known ? (state?.tree ?? '') : undefined, surveyed)
    return { repository, place, base, branch, branchTip: request.branchTip, reftable, shared: request.shared, setup, runner, current: base.tree, listed: { tree: base.tree, entries }, setupState: state?.setup, setupRan: undefined }
  }
  const context = await open().catch(async (error: unknown) => {
    if (!(error instanceof GitError)) throw error
    // A damaged index or folder: made anew, once.
    await removeWorktree(repository, request.path, indexFile)
    return await open()
  })
  const { base } = context
  if (reftable) await detachHead(context.place, base.commit)
  await publishIndex(context.place.worktree)
  if (setup) await applySetup(context, setup)
  return createAttemptWorkspace(context)
}

async function applySetup(context: WorkspaceContext, setup: SetupRequest): Promise<void> {
  const result = await ensureSetup(context.place, setup, context.runner, context.base.tree, context.setupState)
  context.setupState = result.state
  context.setupRan = result.ran
  // The commands may have touched tracked files too.
  if (result.ran) await putTree(context.place, context.base.tree, context.current)
}
