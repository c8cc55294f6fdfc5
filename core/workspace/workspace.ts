import type { Problem } from '../model/failure.ts'

/** The repository that a project lies in. Paths are absolute; `prefix` is the project root relative to the repository, '' or `dir/`. */
export interface Repository {
  /** Top of the working tree of the main checkout. */
  root: string
  /** `git rev-parse --git-common-dir`, absolute. */
  commonDir: string
  /** Absolute project root. */
  projectRoot: string
  prefix: string
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

/** An exclusive, registered worktree on a detached HEAD at the base, reused warm. */
export interface Workspace {
  /** Root of the worktree. */
  readonly path: string
  /** The project root inside the worktree. */
  readonly projectDir: string
  /** The commit that the attempt starts from. */
  readonly base: string
  readonly baseTree: string
  /** True when setup ran (cold), false when its cache served. Undefined without setup. */
  readonly setupRan: boolean | undefined
  /** Key of the setup that is in force; part of the baseline's cache key. '' without setup. */
  readonly setupKey: string
  /** Compares the whole tree with the base whatever HEAD, index or stash say; restores refs, hooks, config that a builder changed. */
  guard(scope: WriteScope): Promise<GuardResult>
  /** Puts the files of `tree` into the worktree and removes all else but what setup made: before checks on base or candidate. */
  materialise(tree: string): Promise<void>
  /** Paths that differ from `tree` now (what checks wrote), before they are discarded. */
  changedSince(tree: string): Promise<string[]>
  /** Paths that differ between two trees. */
  diffTrees(from: string, to: string): Promise<ChangedFile[]>
  /** Writes the binary patch base → present state, untracked files included. Returns its size in bytes; 0 and no file when there is no change. */
  savePatch(file: string): Promise<number>
  /** Commits exactly `tree` on top of the base and moves the run's branch with the old value; throws BranchMovedError. `guardWrite` runs right before the ref moves (fencing). */
  commit(request: { tree: string; message: string; trailers: Readonly<Record<string, string>>; guardWrite: () => Promise<void> }): Promise<{ commit: string; branch: string }>
  /** reset --hard to the base and a clean that takes ignored files and nested repositories too, except what setup made. */
  rollback(): Promise<void>
  /** Hands the worktree back to the pool, clean. */
  release(): Promise<void>
}

export class BranchMovedError extends Error {
  constructor(message: string) { super(message); this.name = 'BranchMovedError' }
}
