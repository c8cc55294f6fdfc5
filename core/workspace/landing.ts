import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { branchCheckedOutError, branchNameTakenError } from '../errors.ts'
import { refuseLock } from './ref-in-the-way.ts'
import { GitError, notThere } from './git.ts'
import { textOf } from './quietly.ts'
import { BranchMovedError } from './workspace.ts'
import type { Repository } from './workspace.ts'

/** Who commits where git knows nobody. */
const fallbackIdentity = {
  GIT_AUTHOR_NAME: 'Autopack', GIT_AUTHOR_EMAIL: 'autopack@localhost', GIT_COMMITTER_NAME: 'Autopack', GIT_COMMITTER_EMAIL: 'autopack@localhost',
}

/** What git says where it does not know who commits. */
const nobody = /user\.(?:name|email)|identity|ident name/i

export interface CommitRequest {
  tree: string
  parent: string
  /** Of a merge: the second parent. */
  merged?: string
  message: string
  trailers: Readonly<Record<string, string>>
}

/** Writes a commit object, under the user's configured identity, else ours. Moves nothing. */
export async function writeCommit(repository: Repository, request: CommitRequest): Promise<string> {
  const trailers = Object.entries(request.trailers).map(([key, value]) => `${key}: ${value.replace(/\s*\n\s*/g, ' ')}`)
  const input = `${request.message.trim()}\n${trailers.length > 0 ? `\n${trailers.join('\n')}\n` : ''}`
  const parents = [request.parent, ...(request.merged === undefined ? [] : [request.merged])]
  const args = ['commit-tree', request.tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-']
  const place = { cwd: repository.root, gitDir: repository.commonDir, args, input }
  const first = await repository.git({ ...place, allow: [0, 128], saying: nobody })
  if (first.exitCode === 0) return first.stdout.toString('latin1').trim()
  return (await repository.git({ ...place, env: fallbackIdentity })).stdout.toString('latin1').trim()
}

/** Writes a commit with the message as it stands, trailers included, for its old author; the committer is the user where git knows one. */
export async function writeCommitAs(repository: Repository, request: { tree: string; parent: string; message: string; author: Readonly<Record<string, string>> }): Promise<string> {
  const { GIT_AUTHOR_NAME = '', GIT_AUTHOR_EMAIL = '', GIT_AUTHOR_DATE = '' } = request.author
  const author = { GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_AUTHOR_DATE }
  const place = { cwd: repository.root, gitDir: repository.commonDir, args: ['commit-tree', request.tree, '-p', request.parent, '-F', '-'], input: `${request.message}\n` }
  const first = await repository.git({ ...place, env: author, allow: [0, 128], saying: nobody })
  const output = first.exitCode === 0 ? first : await repository.git({ ...place, env: { ...fallbackIdentity, ...author } })
  return output.stdout.toString('latin1').trim()
}

/**
 * Moves a branch of ours from `base` (or makes it; `isNew`: as far as is known, there is none) to `commit`. Throws BranchMovedError when its tip is anything else, or
 * when there is a ref `fence`, which is looked at in the same transaction: who lost a lease without knowing may be anywhere between the look at it and this.
 */
export async function moveBranch(
  repository: Repository, branch: string, commit: string, base: string, { reason = 'commit a phase', fence, isNew = false }: { reason?: string; fence?: string; isNew?: boolean } = {},
): Promise<void> {
  const none = '0'.repeat(commit.length)
  const update = (old: string) => repository.git({
    cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', '-m', `autopack: ${reason}`, '--stdin'], allow: [0, 1, 128],
    input: `${fenced(fence, commit.length)}update refs/heads/${branch} ${commit} ${old}\n`,
  })
  const moved = await update(isNew ? none : base)
  if (moved.exitCode === 0) return
  // No branch yet: the first phase of the run. Or one by now.
  const isOther = isNew ? /reference already exists/.test(moved.stderr) : /unable to resolve reference/.test(moved.stderr)
  const absent = isOther ? await update(isNew ? base : none) : moved
  if (absent.exitCode === 0) return
  if (/but expected|reference already exists/.test(absent.stderr)) throw new BranchMovedError(`the branch ${branch} is no longer at ${base}: somebody else moved it`)
  refuseLock(absent.stderr)
  if (/cannot create|exists;|cannot lock ref .* Not a directory|is a directory|there are still refs under|non-empty directory/i.test(absent.stderr)) throw branchNameTakenError(branch, absent.stderr.trim())
  throw new GitError(['update-ref'], absent.exitCode, absent.stderr)
}

/** Sets a ref of ours, whatever it was. Throws BranchMovedError when there is a ref `fence`. */
export async function setRef(repository: Repository, ref: string, commit: string, fence?: string): Promise<void> {
  const input = `${fenced(fence, commit.length)}update ${ref} ${commit}\n`
  const { exitCode, stderr } = await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', '--stdin'], input, allow: [0, 1, 128] })
  if (exitCode === 0) return
  if (/reference already exists/.test(stderr)) throw new BranchMovedError(`${ref} is not ours to set any more: the attempt was taken over`)
  refuseLock(stderr)
  throw new GitError(['update-ref'], exitCode, stderr)
}

const fenced = (fence: string | undefined, hashLength: number): string => (fence === undefined ? '' : `verify ${fence} ${'0'.repeat(hashLength)}\n`)

/** Throws UserError when a checkout other than `except` (its metadata folder) is on the branch: moving it would pull the ground from under that checkout. */
export async function refuseCheckedOut(repository: Repository, branch: string, except: string): Promise<void> {
  const { commonDir } = repository
  const worktrees = path.join(commonDir, 'worktrees')
  const others = (existsSync(worktrees) ? readdirSync(worktrees) : []).map((name) => path.join(worktrees, name))
  for (const folder of [commonDir, ...others.filter((one) => one !== except)]) {
    const head = textOf(path.join(folder, 'HEAD'))
    if (head.trim() !== `ref: refs/heads/${branch}`) continue
    const link = folder === commonDir ? repository.root : path.dirname((textOf(path.join(folder, 'gitdir')) || folder).trim())
    throw branchCheckedOutError(branch, link)
  }
}

/** A commit of ours with its trailers. */
export interface TrailedCommit { commit: string; trailers: Record<string, string> }

/** Trailers of the tip of a branch of ours (or of a full ref), with its commit; undefined when there is no such branch. */
export async function branchTipTrailers(repository: Repository, branch: string): Promise<TrailedCommit | undefined> {
  return await latestCommit(repository, [refOf(branch)])
}

/**
 * The commit of an attempt on a branch of ours (or a full ref): the tip, or one below it down to the commit `since`, for attempts may have been committed beside each
 * other. Tells after a crash whether an attempt got as far as its commit.
 */
export async function commitOfAttempt(repository: Repository, branch: string, attemptId: string, since?: string): Promise<TrailedCommit | undefined> {
  const tip = await branchTipTrailers(repository, branch)
  if (tip?.trailers['Autopack-Attempt'] === attemptId) return tip
  if (tip === undefined || since === undefined || tip.commit === since) return undefined
  const below = await latestCommit(repository, [`--grep=^Autopack-Attempt: ${attemptId}$`, tip.commit, `^${since}`])
  return below?.trailers['Autopack-Attempt'] === attemptId ? below : undefined
}

const refOf = (branch: string): string => (branch.startsWith('refs/') ? branch : `refs/heads/${branch}`)

async function latestCommit(repository: Repository, of: readonly string[]): Promise<TrailedCommit | undefined> {
  const args = ['rev-list', '--max-count=1', '--format=%H%n%B', ...of, '--']
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args, allow: [0, 128], saying: notThere, reading: true })
  if (exitCode !== 0 || stdout.length === 0) return undefined
  const [, commit, ...lines] = stdout.toString('utf8').trimEnd().split('\n')
  const trailers: Record<string, string> = {}
  const last = lines.lastIndexOf('')
  for (const line of lines.slice(last + 1)) {
    const match = /^(Autopack-[A-Za-z-]+): (.*)$/.exec(line)
    if (match) trailers[match[1]!] = match[2]!
  }
  return { commit: commit!, trailers }
}

/** The commit that a branch is at, or undefined when there is none. */
export async function branchTip(repository: Repository, branch: string): Promise<string | undefined> {
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args: ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}^{commit}`], allow: [0, 1], reading: true })
  return exitCode === 0 ? stdout.toString('latin1').trim() : undefined
}

/** Whether a branch is at a commit that is known to be there, as its own file says, which no packed one overrules. False where git has to be asked: a file takes a hundredth of the time. */
export function isBranchAt(repository: Pick<Repository, 'commonDir'>, branch: string, commit: string): boolean {
  return textOf(path.join(repository.commonDir, 'refs', 'heads', branch)) === `${commit}\n`
}
