import type { Problem } from '../model/failure.ts'
import type { Git } from './git.ts'
import type { BaseEntry } from './listing.ts'
import type { SparsePlaces } from './sparse-set.ts'

/** The repository that a project lies in. Paths are absolute; `prefix` is the project root relative to the repository, '' or `dir/`. */
export interface Repository {
  /** Top of the working tree of the main checkout. */
  root: string
  /** `git rev-parse --git-common-dir`, absolute. */
  commonDir: string
  /** Absolute project root. */
  projectRoot: string
  prefix: string
  /** Runs git with our own settings and environment. */
  git: Git
}

export interface ChangedFile {
  /** Relative to the repository, `/` separated, as git knows it. */
  path: string
  status: 'added' | 'modified' | 'deleted' | 'type-changed'
}

/** What the builder may change. Every path and pattern is relative to the repository. */
export interface WriteScope {
  /** Files, folders (ending in `/`) or globs. Empty: everything below the project root. */
  write: readonly string[]
  readOnly: readonly string[]
  /** Config, TS plans, `protect`: never writable. */
  protect: readonly string[]
}

export type GuardResult =
  /** `tree`: the candidate tree, written with our own index. `changed` may be empty: builder_no_change. */
  | { type: 'clean'; tree: string; changed: ChangedFile[] }
  /** Nothing is lost: the patch can still be saved. */
  | { type: 'violation'; problems: Problem[]; changed: ChangedFile[] }

/** The branch of a run of which this process executes several phases at once, each in a worktree of its own. */
export interface SharedBranch {
  /** Where this process knows it to be; undefined while there is none. */
  readonly tip: string | undefined
  /** Told of each commit of this process that it was moved to. */
  moved(to: { commit: string; tree: string }): void
  /** Lets one in after the other: nobody compares refs, and puts them back, while somebody moves the branch. */
  exclusively<Value>(work: () => Promise<Value>): Promise<Value>
}

/** An exclusive, registered worktree on a detached HEAD at the base, reused warm. */
export interface Workspace {
  /** Root of the worktree. */
  readonly path: string
  /** The project root inside the worktree. */
  readonly projectDir: string
  /** The commit that the attempt starts from, or goes on from since `goOnFrom`. */
  readonly base: string
  readonly baseTree: string
  /** True when setup ran (cold), false when its cache served. Undefined without setup. */
  readonly setupRan: boolean | undefined
  /** Key of the setup that is in force; part of the baseline's cache key. '' without setup. */
  readonly setupKey: string
  /** Key of what of the repository lies on disk, part of the baseline's cache key. '' where all of it does. */
  readonly sparseKey: string
  /** Those of the paths (relative to the repository, without trailing slash) that the tree in place has, and that do not lie on disk: files, and folders as a whole. */
  absent(paths: readonly string[]): string[]
  /** Has these files, folders or globs on disk from now on as well; the base is put in place where that makes a difference. */
  widen(places: SparsePlaces): Promise<void>
  /** Call right before the builder is spawned: remembers the repository's shared config, hooks, info, refs and stash, with which `guard` and `rollback` compare. `keepIn`: a file that holds it until then, for `restoreAfterCrash`. `others`: those files of builders that are at work now. */
  beforeBuild(keepIn?: string, others?: readonly string[]): Promise<void>
  /** Compares the whole tree with the base whatever HEAD, index or stash say; restores refs, hooks, config that a builder changed. */
  guard(scope: WriteScope): Promise<GuardResult>
  /** Puts the files of `tree` into the worktree and removes all else but what setup made: before checks on base or candidate. Nothing is looked at while nobody has run since. */
  materialise(tree: string): Promise<void>
  /** Call when anybody else may write into the worktree from now on (a check, a plugin; `beforeBuild` says it for builders): the next `materialise` looks again. */
  touched(): void
  /** What the base has at these paths (relative to the repository, without trailing slash); what it does not have is absent. */
  baseEntries(paths: readonly string[]): Promise<Map<string, BaseEntry>>
  /** Files of a tree at and below some places, relative to the repository. No place: all files. */
  filesAt(tree: string, places: readonly string[]): Promise<string[]>
  /** Paths that differ from `tree` now (what checks wrote), before they are discarded. */
  changedSince(tree: string): Promise<string[]>
  /** Paths that differ between two trees. */
  diffTrees(from: string, to: string): Promise<ChangedFile[]>
  /** Those of the paths (relative to the repository) that lie in the worktree but are ignored by the repository's rules, so not part of any candidate. */
  ignored(paths: readonly string[]): Promise<string[]>
  /**
   * SHA-256, hexadecimal, of the raw difference between two trees (modes, object hashes, names): the receipt's proof of what was judged, the same on every machine
   * and with every git.
   */
  diffHash(from: string, to: string): Promise<string>
  /** Files and lines that differ between two trees; binary files count as files only. */
  diffStat(from: string, to: string): Promise<{ files: number; added: number; removed: number }>
  /**
   * Writes the binary patch from the base to what the builder made: the candidate tree once `guard` was clean (what checks wrote later does not count),
   * else the present state, untracked files and those of nested repositories included. Returns its size in bytes; 0 and no file when there is no change. Asked again for the same file, it waits for the one write.
   * With `sync: false` it outlives this process, and is still on its way to the disk: ask again, without, before anything relies on that.
   */
  savePatch(file: string, options?: { sync?: boolean }): Promise<number>
  /** Commits exactly `tree` on top of the base and moves the run's branch with the old value; throws BranchMovedError, where the fence is up too. `guardWrite` runs right before the ref moves (fencing). */
  commit(request: {
    tree: string
    message: string
    trailers: Readonly<Record<string, string>>
    guardWrite: () => Promise<void>
    /** Another full ref of ours (`refs/autopack/…`) to set in the place of the run's branch: for a phase that waits in REVIEW. */
    ref?: string
    /** A ref of ours that must not exist when the other moves: see `fenceOf`. */
    fence?: string
  }): Promise<{ commit: string; branch: string }>
  /** The run's branch has moved on: from now on the base is this commit, and the candidate is `tree`, what was judged merged with it. The patch is to be saved anew. */
  goOnFrom(base: { commit: string; tree: string }, candidate: { tree: string; changed: readonly ChangedFile[] }): Promise<void>
  /** reset --hard to the base and a clean that takes ignored files and nested repositories too, except what setup made. */
  rollback(): Promise<void>
  /** Hands the worktree back to the pool, clean; with `clean: false` what ran last is left for the next `acquireWorkspace` to remove, which looks at everything anyway. */
  release(options?: { clean?: boolean }): Promise<void>
}

export class BranchMovedError extends Error {
  constructor(message: string) { super(message); this.name = 'BranchMovedError' }
}
