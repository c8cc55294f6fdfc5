import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Engine } from '../pipeline/engine.ts'
import { lockState, locksBelow, quietly } from '../workspace/index.ts'
import { recordRepair } from './repair/journal.ts'

/** A lock of our own is made and gone within milliseconds; where nothing says whose it was, it is left alone for this long. */
export const deadLockMs = 60_000

export interface LockRules {
  /** Who asks, for the record of repairs. */
  by: string
  /** Older ones were there before, and are somebody else's: epoch milliseconds. */
  notBefore?: number
  youngestMs: number
}

/** Removes those of the locks whose git is proven to be gone, and puts each on the record of repairs. Returns what was removed. */
export function removeDeadLocks(engine: Engine, files: readonly string[], { by, notBefore, youngestMs }: LockRules): string[] {
  const { repository, runtime } = engine
  const removed: string[] = []
  for (const file of files) {
    const found = statSync(file, { throwIfNoEntry: false })
    // Clocks of file systems lag behind by some milliseconds.
    if (!found || (notBefore !== undefined && found.mtimeMs < notBefore - 1_000)) continue
    const state = lockState({ file, places: [repository.commonDir, repository.root, engine.worktrees.dir], now: runtime.now(), youngestMs })
    if (state.type !== 'dead') continue
    const subject = path.relative(repository.commonDir, file)
    const known = { kind: 'dead-lock', subject, problem: 'its git is gone', before: { file, since: new Date(state.since).toISOString(), content: (quietly(() => readFileSync(file, 'latin1')) ?? '').slice(0, 200) }, after: { file: null } }
    const id = runtime.randomHex(8)
    recordRepair(engine, id, by, 'intended', known)
    // Moved first: of two that remove it, one does. Not beside it, where git would take it for a ref.
    const aside = path.join(repository.commonDir, `autopack-lock-${runtime.pid}`)
    try {
      renameSync(file, aside)
      rmSync(aside)
    } catch (error) {
      // Somebody else was quicker.
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      recordRepair(engine, id, by, isGone ? 'gone' : 'failed', known)
      if (!isGone) engine.emit({ type: 'notice', level: 'warning', message: `a lock that a git which died has left cannot be removed: ${(error as Error).message}` })
      continue
    }
    removed.push(file)
    recordRepair(engine, id, by, 'repaired', known)
    engine.emit({ type: 'notice', level: 'warning', message: `removed a lock that a git which died has left: ${file}` })
  }
  return removed
}

/** Locks on what nobody but Autopack moves: branches of runs, and refs of ours. */
export function ownLocks({ repository, layout, config }: Pick<Engine, 'repository' | 'layout' | 'config'>): string[] {
  return [path.join('refs/heads/autopack', layout.keyFor(config.project)), 'refs/autopack'].flatMap((folder) => locksBelow(path.join(repository.commonDir, folder)))
}

/** Removes what a git that died has left of locks on our own refs: before anything of ours moves them. */
export function removeOwnLocks(engine: Engine, by: string): string[] {
  const locks = ownLocks(engine)
  // Without a runs directory there is no record, and nothing of it was ours.
  return locks.length === 0 || !existsSync(engine.layout.runsDir) ? [] : removeDeadLocks(engine, locks, { by, youngestMs: deadLockMs })
}
