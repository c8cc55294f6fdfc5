import { rebaseUnsupportedError } from '../errors.ts'
import { GitError, notThere } from './git.ts'
import { writeCommitAs } from './landing.ts'
import type { Repository } from './workspace.ts'

/** Whether every one of the commits can be reached from `tip`. One that the repository does not have (any more) cannot. */
export async function holdsAll(repository: Repository, tip: string, commits: readonly string[]): Promise<boolean> {
  if (commits.length === 0) return true
  const args = ['rev-list', '--max-count=1', `^${tip}`, ...commits, '--']
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args, allow: [0, 128], saying: notThere, reading: true })
  return exitCode === 0 && stdout.length === 0
}

/** The values of a trailer over all commits that `tip` reaches. */
export async function trailerValues(repository: Repository, tip: string, trailer: string): Promise<Set<string>> {
  const args = ['rev-list', `--format=%(trailers:key=${trailer},valueonly)`, tip, '--']
  const { stdout } = await repository.git({ cwd: repository.root, args, reading: true })
  return new Set(stdout.toString('utf8').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('commit ')))
}

/** The attempt of each commit that `to` has and `from` does not, '' for one that names none; undefined where `to` does not go on from `from`. */
export async function attemptsBetween(repository: Repository, from: string, to: string): Promise<string[] | undefined> {
  if (!(await holdsAll(repository, to, [from]))) return undefined
  const args = ['rev-list', '--format=:%(trailers:key=Autopack-Attempt,valueonly,separator=%x20)', to, `^${from}`, '--']
  const { stdout } = await repository.git({ cwd: repository.root, args, reading: true })
  return [...stdout.toString('utf8').matchAll(/^:(.*)$/gm)].map(([, attempt]) => attempt!.trim())
}

/** How many commits `tip` has that `base` does not. */
export async function countAhead(repository: Repository, tip: string, base: string): Promise<number> {
  const { stdout } = await repository.git({ cwd: repository.root, args: ['rev-list', '--count', tip, `^${base}`, '--'], reading: true })
  return Number(stdout.toString('latin1').trim())
}

export type Replay =
  /** `commits`: old → new. A commit whose change the new base has already is left out: it maps to the one before it. */
  | { type: 'replayed'; tip: string; commits: Map<string, string> }
  /** `files` is empty where git does not name any. */
  | { type: 'conflict'; commit: string; subject: string; files: string[] }
  /** A merge commit cannot be replayed. */
  | { type: 'merge'; commit: string; subject: string }

/** Writes the commits of `onto..tip` anew on top of `onto`, with message, trailers and author as they are. Objects only: no ref moves, no worktree is touched. */
export async function replay(repository: Repository, tip: string, onto: string): Promise<Replay> {
  const { git, root } = repository
  const { stdout } = await git({ cwd: root, args: ['rev-list', '--reverse', '--topo-order', '--parents', tip, `^${onto}`, '--'], reading: true })
  const commits = new Map<string, string>()
  let head = onto
  for (const line of stdout.toString('latin1').trim().split('\n').filter(Boolean)) {
    const [commit, parent, second] = line.split(' ')
    const told = await tell(repository, commit!)
    if (second !== undefined || parent === undefined) return { type: 'merge', commit: commit!, subject: told.subject }
    const tree = await treeOf(repository, head)
    const merged = await mergeTrees(repository, { tree, parent, commit: commit!, author: told.author })
    if (merged.type === 'conflict') return { type: 'conflict', commit: commit!, subject: told.subject, files: merged.files }
    if (merged.tree !== tree) head = await writeCommitAs(repository, { tree: merged.tree, parent: head, message: told.message, author: told.author })
    commits.set(commit!, head)
  }
  return { type: 'replayed', tip: head, commits }
}

export type Picked = { type: 'picked'; tree: string } | { type: 'conflict'; files: string[] }

/** The tree that one commit makes of another tree. Objects only. */
export async function pick(repository: Repository, commit: string, onto: string): Promise<Picked> {
  const [parent, tree, told] = await Promise.all([revision(repository, `${commit}^`), treeOf(repository, onto), tell(repository, commit)])
  return await mergeTrees(repository, { tree, parent, commit, author: told.author })
}

/** The commit before a commit, and its tree; undefined when the repository does not have the commit (any more). */
export async function lookUp(repository: Repository, commit: string): Promise<{ parent: string; tree: string } | undefined> {
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args: ['rev-parse', '--verify', '--quiet', `${commit}^`], allow: [0, 1], reading: true })
  return exitCode === 0 ? { parent: stdout.toString('latin1').trim(), tree: await treeOf(repository, commit) } : undefined
}

/** What a commit changed since its parent, on another tree. */
async function mergeTrees({ git, root, commonDir }: Repository, request: { tree: string; parent: string; commit: string; author: Record<string, string> }): Promise<Picked> {
  const { tree, parent, commit, author } = request
  // The other tree under the old parent: so the three sides of the merge are the parent, that tree and the commit.
  const ours = (await git({ cwd: root, gitDir: commonDir, args: ['commit-tree', tree, '-p', parent, '-m', 'replay'], env: author })).stdout.toString('latin1').trim()
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', ours, commit]
  const merged = await git({ cwd: root, gitDir: commonDir, args, allow: [0, 1, 129] })
  if (merged.exitCode === 129) throw rebaseUnsupportedError()
  const [result, ...files] = merged.stdout.toString('utf8').split('\0').filter((part) => part !== '')
  if (merged.exitCode === 1) return { type: 'conflict', files: [...new Set(files)] }
  if (result === undefined) throw new GitError(args, merged.exitCode, merged.stderr)
  return { type: 'picked', tree: result }
}

const treeOf = (repository: Repository, commit: string) => revision(repository, `${commit}^{tree}`)

async function revision(repository: Repository, name: string): Promise<string> {
  return (await repository.git({ cwd: repository.root, args: ['rev-parse', '--verify', name], reading: true })).stdout.toString('latin1').trim()
}

/** Message and author of a commit; the author as git's environment takes it. */
async function tell(repository: Repository, commit: string): Promise<{ message: string; subject: string; author: Record<string, string> }> {
  const { stdout } = await repository.git({ cwd: repository.root, args: ['show', '--no-patch', '--format=%an%x00%ae%x00%ad%x00%s%x00%B', '--date=raw', commit], reading: true })
  const [name, email, date, subject, message] = stdout.toString('utf8').split('\0') as [string, string, string, string, string]
  const who = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date }
  return { message: message.trimEnd(), subject, author: { ...who, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email } }
}
