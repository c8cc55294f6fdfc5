import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { isInside, userCacheDir } from '../../layout/worktrees.ts'
import { shellQuote } from '../../model/command-text.ts'
import { iso } from '../../model/iso.ts'
import type { RepairFinding } from '../../model/repair.ts'
import { lockState, locksBelow, textOf } from '../../workspace/index.ts'
import { deadLockMs, ownLocks } from '../dead-locks.ts'
import { repairable, told, type RepairContext } from './context.ts'

/** What git locks in the folder of a repository, or of one of its worktrees. */
const names = ['index', 'HEAD', 'ORIG_HEAD', 'config', 'config.worktree', 'packed-refs', 'shallow']
/** Where nothing can be proven, an older one is told all the same. */
const surelyOldMs = 3_600_000

/** Locks that a git which died has left: ours can be removed, those of people are told. */
export function findDeadLocks({ repository, layout, config, runtime }: RepairContext): RepairFinding[] {
  if (!repository) return []
  const { commonDir, root } = repository
  const own = new Set(ownLocks({ repository, layout, config }))
  const worktrees = layout.worktrees({ repositoryRoot: root, cacheDir: userCacheDir(runtime), configured: config.workspace.dir }).dir
  const others = folders(path.join(commonDir, 'worktrees')).filter((folder) => !isInside(gitFileOf(folder), worktrees))
  const files = [...own, ...[commonDir, ...others].flatMap((folder) => names.map((name) => path.join(folder, `${name}.lock`))), ...locksBelow(path.join(commonDir, 'refs')).filter((file) => !own.has(file))]
  return files.filter((file) => existsSync(file)).flatMap((file) => {
    const state = lockState({ file, places: [commonDir, root, worktrees, ...others.map((folder) => path.dirname(gitFileOf(folder)))], now: runtime.now(), youngestMs: deadLockMs })
    if (state.type === 'none' || (state.type === 'unproven' && runtime.now() - state.since < surelyOldMs)) return []
    const finding = { kind: 'dead-lock' as const, subject: path.relative(commonDir, file), before: { file, since: iso(state.since) } }
    const problem = `a lock of git from ${iso(state.since)}${state.type === 'dead' ? ', whose git is gone' : `, of a git that may be gone: ${state.why}`}`
    if (state.type === 'dead' && own.has(file)) return [repairable({ ...finding, problem, change: 'remove it', after: { file: null }, action: { type: 'remove-lock', path: file } })]
    return [told({ ...finding, problem: `${problem}; git refuses to work there`, fix: `where no git is at work in this repository: rm ${shellQuote(file)}` })]
  })
}

/** The `.git` of the worktree that a folder of `.git/worktrees` is about. */
const gitFileOf = (folder: string): string => textOf(path.join(folder, 'gitdir')).trim()

function folders(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []
}
