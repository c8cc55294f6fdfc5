/** The branch that a run is taken into: who has it checked out, and how it moves. It is somebody's, and never forced. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { GitError, splitZero } from './git.ts'
import { textOf } from './quietly.ts'
import { refuseLock } from './ref-in-the-way.ts'
import { BranchMovedError } from './workspace.ts'
import type { Repository } from './workspace.ts'

export interface Checkout {
  folder: string
  /** What is under way there, which would go on from where the branch was. */
  underWay: 'rebase' | 'bisect' | undefined
}

/** The checkouts that are on a branch, or come back to it. */
export async function checkoutsOf(repository: Repository, branch: string): Promise<Checkout[]> {
  const { commonDir, git, root } = repository
  const { stdout } = await git({ cwd: root, args: ['worktree', 'list', '--porcelain'], reading: true })
  const found = new Map<string, Checkout>()
  for (const block of stdout.toString('utf8').split('\n\n')) {
    const folder = /^worktree (.+)$/m.exec(block)?.[1]
    if (folder !== undefined && /^branch (.+)$/m.exec(block)?.[1] === `refs/heads/${branch}`) found.set(folder, { folder, underWay: undefined })
  }
  // In the middle of a rebase a checkout is on no branch.
  const worktrees = path.join(commonDir, 'worktrees')
  for (const metadata of [commonDir, ...(existsSync(worktrees) ? readdirSync(worktrees) : []).map((name) => path.join(worktrees, name))]) {
    const underWay = underWayIn(metadata, branch)
    if (underWay === undefined) continue
    const link = metadata === commonDir ? undefined : textOf(path.join(metadata, 'gitdir')).trim()
    const folder = link ? path.dirname(link) : metadata === commonDir ? root : metadata
    found.set(folder, { folder, underWay })
  }
  return [...found.values()]
}

function underWayIn(metadata: string, branch: string): Checkout['underWay'] {
  if (['rebase-merge', 'rebase-apply'].some((name) => textOf(path.join(metadata, name, 'head-name')).trim() === `refs/heads/${branch}`)) return 'rebase'
  return textOf(path.join(metadata, 'BISECT_START')).trim() === branch ? 'bisect' : undefined
}

/** Tracked files of a checkout with changes that are not committed. */
export async function uncommittedIn(repository: Repository, folder: string): Promise<string[]> {
  const output = await repository.git({ cwd: folder, args: ['status', '--porcelain=v1', '-z', '--untracked-files=no', '--no-renames'], reading: true, settings: 'theirs' })
  return splitZero(output.stdout).map((entry) => entry.toString('utf8').slice(3))
}

export type FastForwarded = { type: 'moved' } | { type: 'refused'; reason: string }

/** What a person would do in their checkout, with `env` besides: git writes the files, or refuses and changes none. */
export async function fastForwardCheckout(repository: Repository, folder: string, commit: string, env: Readonly<Record<string, string>> = {}): Promise<FastForwarded> {
  const { exitCode, stderr, stdout } = await repository.git({ cwd: folder, args: ['merge', '--ff-only', '--no-edit', '--no-autostash', commit], allow: [0, 1, 2, 128], settings: 'theirs', env })
  return exitCode === 0 ? { type: 'moved' } : { type: 'refused', reason: (stderr.trim() || stdout.toString('utf8').trim()).split('\n').map((line) => line.trim()).join(' ') }
}

export interface RefMove { ref: string; to: string; /** Undefined: whatever it is. */ from?: string }

/** Moves refs together, or none of them. Throws BranchMovedError when one of them is elsewhere by now, or when there is a ref `fence`. */
export async function moveRefs(repository: Repository, moves: readonly RefMove[], { reason, fence, env = {} }: { reason: string; fence: string; env?: Readonly<Record<string, string>> }): Promise<void> {
  const none = '0'.repeat(moves[0]!.to.length)
  const input = ['start', `verify ${fence} ${none}`, ...moves.map(({ ref, to, from }) => `update ${ref} ${to}${from === undefined ? '' : ` ${from}`}`), 'prepare', 'commit', ''].join('\n')
  const args = ['update-ref', '-m', `autopack: ${reason}`, '--stdin']
  const { exitCode, stderr } = await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args, input, env, allow: [0, 1, 128] })
  if (exitCode === 0) return
  if (/but expected|reference already exists|unable to resolve reference/.test(stderr)) throw new BranchMovedError(`a branch was moved meanwhile: ${stderr.trim()}`)
  refuseLock(stderr)
  throw new GitError(args, exitCode, stderr)
}
