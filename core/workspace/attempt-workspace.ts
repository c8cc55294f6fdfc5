import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import { countPatch, diffHash, diffStat, putPatch, writePatch } from './diff.ts'
import type { WrittenPatch } from './diff.ts'
import { judge, takeCandidate } from './guard.ts'
import type { IndexEntry } from './index-file.ts'
import { forgetSharedState, keepSharedState, settledFiles } from './kept-state.ts'
import { branchTip, moveBranch, refuseCheckedOut, setRef, writeCommit } from './landing.ts'
import { absentAmong, entriesAmong, filesAmong, listFiles, readEntries } from './listing.ts'
import { takeEverything } from './salvage.ts'
import { changedBytes } from './same-bytes.ts'
import { ensureSetup } from './setup.ts'
import type { SetupRequest, SetupRunner, SetupState } from './setup.ts'
import { readSharedState, restoreSharedState } from './shared-state.ts'
import type { SharedState } from './shared-state.ts'
import { writeState } from './state.ts'
import { clearPresent, indexTree } from './marks.ts'
import { putTree } from './put-tree.ts'
import { joinSets } from './sparse-set.ts'
import { detachHead, differences, gitAt, ignoredPaths, treeChanges } from './tree.ts'
import type { TreePlace } from './tree.ts'
import { ensureFolder, publishIndex, repairMetadata } from './worktree.ts'
import type { ChangedFile, GuardResult, Repository, SharedBranch, Workspace, WriteScope } from './workspace.ts'

/** What a workspace knows of its worktree; it changes as trees are put in place. */
export interface WorkspaceContext {
  /** With the git of the caller's environment, for refs and commits; that of `place` has the allow-listed one. */
  repository: Repository
  place: TreePlace
  base: { commit: string; tree: string }
  branch: string
  /** Where the branch is when the attempt begins; undefined where it is at the base, if it is there. */
  branchTip: string | undefined
  reftable: boolean
  /** Left out: nobody else of this process works on the run. */
  shared: SharedBranch | undefined
  setup: SetupRequest | undefined
  runner: SetupRunner
  /** The tree that our index describes; '' when it is some tree, undefined when there is no index. */
  current: string | undefined
  /** What our index holds, and which tree that is; read along the way, so that nobody has to ask git for it. */
  listed: { tree: string; entries: readonly IndexEntry[] } | undefined
  setupState: SetupState | undefined
  setupRan: boolean | undefined
}

/** Up to this size a patch is counted here: quicker than a git that is started for it. */
const countedPatchBytes = 4 * 1024 * 1024

/** The workspace of one attempt, over a worktree that is at its base. */
export function createAttemptWorkspace(context: WorkspaceContext): Workspace {
  const { repository, place, branch, shared, setup } = context
  let { base } = context
  const { worktree } = place
  const keepUnder = `refs/autopack/kept/${branch.replace(/^autopack\//, '')}`
  let before: SharedState | undefined
  /** Where that is on disk. */
  let keptIn: string | undefined
  let candidate: { tree: string; diffHash: string; changed: readonly ChangedFile[] } | undefined
  /** The patch of the candidate. */
  let saved: { tree: string; file: string; patch: Promise<WrittenPatch> } | undefined
  /** The tree that lies in the worktree, and nothing else but what setup made, while nobody has run there since it was put in place. */
  let untouched: string | undefined = base.tree
  /** What was put back before the guard could tell of it. */
  const undone: Problem[] = []
  /** Where the next attempt will most likely start. */
  let tip = base

  const exclusively = <Value>(work: () => Promise<Value>): Promise<Value> => (shared ? shared.exclusively(work) : work())

  const restoreShared = async (): Promise<Problem[]> => {
    const state = before
    if (!state) return []
    return await exclusively(async () => {
      // Others of the run may have been committed since: that was no builder.
      if (shared?.tip !== undefined) state.refs.refs.set(`refs/heads/${branch}`, shared.tip)
      return await restoreSharedState(repository, worktree, branch, state, keepUnder)
    })
  }

  const forgetShared = () => {
    before = undefined
    if (keptIn !== undefined) forgetSharedState(keptIn)
    keptIn = undefined
  }

  const ensurePlace = async () => {
    await ensureFolder(worktree)
    // It went with the folder that holds both: what it described is not known any more.
    if (!existsSync(worktree.indexFile)) context.current = undefined
  }

  const put = async (tree: string, head: string) => {
    await ensurePlace()
    await repairMetadata(worktree, head, context.reftable)
    untouched = undefined
    context.listed = { tree, entries: await putTree(place, tree, context.current) }
    context.current = tree
    if (setup) {
      const result = await ensureSetup(place, setup, context.runner, tree, context.setupState)
      context.setupState = result.state
      // The commands may have touched tracked files too.
      if (result.ran) await putTree(place, tree, tree)
    }
    await publish(head)
    untouched = tree
  }

  const publish = async (head: string) => {
    if (context.reftable) await detachHead(place, head)
    await publishIndex(worktree)
  }

  const guard = async (scope: WriteScope): Promise<GuardResult> => {
    const restored = [...undone.splice(0), ...(await restoreShared())]
    // Compared once: what changes from now on was not the builder.
    forgetShared()
    untouched = undefined
    const gone = !existsSync(worktree.path)
    await ensurePlace()
    await repairMetadata(worktree, base.commit, context.reftable)
    const taken = await takeCandidate(place, base.tree, context.current, scope)
    context.current = taken.tree
    context.listed = taken
    const changed = taken.changes.map(({ path: file, status }): ChangedFile => ({ path: file, status }))
    const deleted: Problem[] = gone ? [{ code: 'workspace-deleted', message: `the builder deleted the worktree ${worktree.path}` }] : []
    const problems = judge(taken.changes, [...deleted, ...restored, ...taken.problems], scope, repository.prefix)
    if (problems.length > 0) return { type: 'violation', problems, changed }
    candidate = { tree: taken.tree, diffHash: taken.diffHash, changed }
    return { type: 'clean', tree: taken.tree, changed }
  }

  const changedSince = async (tree: string): Promise<string[]> => {
    if (place.sparse) await indexTree(place, tree, context.current)
    else if (context.current !== tree) await gitAt(place, { args: ['read-tree', '--reset', tree] })
    context.current = tree
    await clearPresent(place)
    const found = await differences(place, false)
    return [...(await changedBytes(place, found.changed, found.untracked)), ...found.untracked].map((name) => name.toString('utf8')).sort()
  }

  const patchOf = (tree: string, file: string): NonNullable<typeof saved> => {
    const patch = putPatch(repository, base.tree, tree, file)
    // What failed is tried again when it is asked for again.
    patch.then(({ synced }) => synced).catch(() => { saved = undefined })
    return { tree, file, patch }
  }

  const savePatch = async (file: string, { sync = true }: { sync?: boolean } = {}): Promise<number> => {
    if (candidate !== undefined) {
      const { size, synced } = await (saved?.tree === candidate.tree && saved.file === file ? saved : (saved = patchOf(candidate.tree, file))).patch
      if (sync) await synced
      return size
    }
    // First of all: a config that the builder left could name filters.
    undone.push(...(await restoreShared()))
    await ensurePlace()
    const tree = await takeEverything(place, base.tree, context.current)
    context.current = tree
    return await writePatch(repository, base.tree, tree, file)
  }

  return {
    path: worktree.path,
    projectDir: path.resolve(worktree.path, repository.prefix),
    get base() { return base.commit },
    get baseTree() { return base.tree },
    setupRan: context.setupRan,
    get setupKey() { return context.setupState?.key ?? '' },
    beforeBuild: async (keepIn, others = []) => {
      const settled = await settledFiles(others)
      before = { ...(await readSharedState(repository, worktree, branch)), ...(settled && { settled }) }
      if (keepIn !== undefined) keepSharedState(keepIn, before)
      keptIn = keepIn
      candidate = undefined
      saved = undefined
      untouched = undefined
      undone.length = 0
    },
    touched: () => void (untouched = undefined),
    get sparseKey() { return place.sparse?.key ?? '' },
    absent: (paths) => absentAmong(context.listed?.entries ?? [], paths),
    widen: async (places) => {
      const { sparse } = place
      if (!sparse) return
      place.sparse = joinSets(sparse, places)
      if (place.sparse?.key !== sparse.key) await put(base.tree, base.commit)
    },
    guard,
    materialise: async (tree) => {
      if (untouched !== tree) await put(tree, base.commit)
    },
    baseEntries: async (paths) => {
      const known = context.listed?.tree === base.tree ? entriesAmong(context.listed.entries, paths) : undefined
      return known ?? (await readEntries(repository, base.commit, paths))
    },
    filesAt: async (tree, places) => (context.listed?.tree === tree ? filesAmong(context.listed.entries, places) : await listFiles(repository, tree, places)),
    changedSince,
    diffTrees: async (from, to) => (await treeChanges(place, from, to)).map(({ path: file, status }) => ({ path: file, status })),
    diffHash: async (from, to) => (from === base.tree && to === candidate?.tree ? candidate.diffHash : (await diffHash(repository, from, to))!),
    diffStat: async (from, to) => {
      // A file that became a link, or the like, stands twice in a patch; a huge patch is git's to count.
      const known = from === base.tree && to === candidate?.tree && to === saved?.tree && !candidate.changed.some(({ status }) => status === 'type-changed')
      const size = known ? (await saved!.patch).size : Number.POSITIVE_INFINITY
      if (size > countedPatchBytes) return await diffStat(repository, from, to)
      return { files: candidate!.changed.length, ...countPatch(size === 0 ? Buffer.alloc(0) : readFileSync(saved!.file)) }
    },
    ignored: (paths) => ignoredPaths(place, paths),
    savePatch,
    commit: async (request) => {
      const commit = await writeCommit(repository, { ...request, parent: base.commit })
      await refuseCheckedOut(repository, branch, worktree.metadata)
      await exclusively(async () => {
        await request.guardWrite()
        if (request.ref !== undefined) return await setRef(repository, request.ref, commit, request.fence)
        const moved = { commit, tree: request.tree }
        await moveBranch(repository, branch, commit, context.branchTip ?? base.commit, { isNew: context.branchTip === undefined, ...(request.fence !== undefined && { fence: request.fence }) }).catch(async (error: unknown) => {
          // Git may have failed when that was done; who does not know would put it back.
          if (shared && (await branchTip(repository, branch).catch(() => undefined)) === commit) shared.moved(moved)
          throw error
        })
        tip = moved
        before?.refs.refs.set(`refs/heads/${branch}`, commit)
        shared?.moved(moved)
      })
      return { commit, branch }
    },
    goOnFrom: async (onto, made) => {
      candidate = { ...made, diffHash: (await diffHash(repository, onto.tree, made.tree))! }
      saved = undefined
      base = tip = onto
      context.branchTip = onto.commit
    },
    rollback: async () => {
      await restoreShared()
      forgetShared()
      candidate = undefined
      await put(base.tree, base.commit)
    },
    release: async ({ clean = true } = {}) => {
      await restoreShared()
      forgetShared()
      candidate = undefined
      const inPlace = tip.commit === base.commit && untouched === tip.tree
      if (!inPlace && !clean && context.current === tip.tree) {
        await repairMetadata(worktree, tip.commit, context.reftable)
        await publish(tip.commit)
      } else if (!inPlace) await put(tip.tree, tip.commit)
      await writeState(worktree.indexFile, { ...tip, ...(context.setupState && { setup: context.setupState }), ...(place.sparse && { sparse: place.sparse.key }) })
    },
  }
}
