import { realpathSync } from 'node:fs'
import path from 'node:path'
import { sha256 } from './hash.ts'
import { caselessKeyFor } from './key.ts'

/** What decides where worktrees lie. All paths are absolute. */
export interface WorktreePlace {
  /** Top of the main checkout's working tree. */
  repositoryRoot: string
  /** The user's cache folder: see `userCacheDir`. */
  cacheDir: string
  /** `workspace.dir` of the config; wins. */
  configured?: string | undefined
}

export interface WorktreePaths {
  /** Holds the worktrees of this project, and what belongs to them; all of it can be made anew. */
  readonly dir: string
  worktree(run: { key: string }): string
  /** A further one of a run of which several phases are executed at once; `number` from 2. */
  besideWorktree(run: { key: string }, number: number): string
  /** The folders that hold them. */
  isBesideDir(name: string): boolean
  /** Where a run goes on whose worktree somebody may still write to; `name` is used once. */
  freshWorktree(name: string): string
  readonly freshDir: string
  readonly setupDir: string
  readonly quarantineDir: string
  /** What a setup made, by the setup's key. */
  setupCache(key: string): string
  /** Holds our private git index files, each with what is known of its worktree. */
  readonly indexDir: string
  /** One of our private git index files. */
  indexFile(name: string): string
  /** That of a worktree in `dir`. */
  indexOf(worktree: string): string
  /** Where a worktree goes whose owner may still write to it. */
  quarantine(name: string): string
}

/**
 * `{runsDir}/workspaces/{project}` when the runs directory is outside the repository, else below the user's cache folder: a worktree nested
 * in the main checkout would find the main checkout's node_modules and configuration.
 */
export function worktreePaths(place: WorktreePlace & { runsDir: string; projectKey: string }): WorktreePaths {
  const dir = worktreesDir(place)
  // No run key starts with a dot or an `@`, so these folders never meet a worktree. Those that hold worktrees have no dot: to many a tool what lies below
  // a hidden folder is not there, and a phase must not fail for the place in which it is executed.
  return {
    dir,
    worktree: (run) => path.join(dir, run.key),
    besideWorktree: (run, number) => path.join(dir, `@beside-${number}`, run.key),
    // With a dot, as they were called before.
    isBesideDir: (name) => /^[@.]beside-\d+$/.test(name),
    freshWorktree: (name) => path.join(dir, '@fresh', caselessKeyFor(name)),
    freshDir: path.join(dir, '@fresh'),
    setupDir: path.join(dir, '.setup'),
    quarantineDir: path.join(dir, '.quarantine'),
    setupCache: (key) => path.join(dir, '.setup', caselessKeyFor(key)),
    indexDir: path.join(dir, '.index'),
    indexFile: (name) => path.join(dir, '.index', caselessKeyFor(name)),
    indexOf: (worktree) => path.join(dir, '.index', caselessKeyFor(path.relative(dir, worktree))),
    quarantine: (name) => path.join(dir, '.quarantine', caselessKeyFor(name)),
  }
}

function worktreesDir(place: WorktreePlace & { runsDir: string; projectKey: string }): string {
  const repository = realPathOf(place.repositoryRoot)
  const runsDir = realPathOf(place.runsDir)
  if (place.configured === undefined && !isInside(runsDir, repository)) return path.join(place.runsDir, 'workspaces', place.projectKey)
  // Several checkouts and runs directories may share one cache folder.
  const hash = sha256(`${repository}\0${runsDir}`).slice(0, 10)
  const base = place.configured ?? path.join(place.cacheDir, 'autopack', 'workspaces')
  return path.join(base, `${place.projectKey}@${hash}`)
}

/** `XDG_CACHE_HOME` where it is absolute, else `~/Library/Caches` on macOS, else `~/.cache`. */
export function userCacheDir(from: { env: Readonly<Record<string, string | undefined>>; home: string; platform: NodeJS.Platform }): string {
  const named = from.env['XDG_CACHE_HOME']
  if (named && path.isAbsolute(named)) return named
  return from.platform === 'darwin' ? path.join(from.home, 'Library', 'Caches') : path.join(from.home, '.cache')
}

/** Whether `inner` is `outer` or lies below it. */
export function isInside(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner)
  return relative === '' || (relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative))
}

/** Resolves the symbolic links of the part that exists. */
function realPathOf(absolute: string): string {
  const missing: string[] = []
  for (let existing = path.resolve(absolute); ; existing = path.dirname(existing)) {
    try {
      return path.join(realpathSync(existing), ...missing)
    } catch {
      if (path.dirname(existing) === existing) return path.resolve(absolute)
      missing.unshift(path.basename(existing))
    }
  }
}
