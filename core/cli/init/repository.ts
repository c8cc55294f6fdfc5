import { access, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { noWorkTree, type Git } from '../../workspace/index.ts'

export type RepositoryState = 'complete' | 'without-commit' | 'missing'

export async function repositoryState(dir: string, git: Git): Promise<RepositoryState> {
  const inside = await git({ cwd: dir, args: ['rev-parse', '--is-inside-work-tree'], allow: [0, 128], saying: noWorkTree, reading: true })
  if (inside.exitCode !== 0) return 'missing'
  const head = await git({ cwd: dir, args: ['rev-parse', '--verify', '--quiet', 'HEAD'], allow: [0, 1, 128], reading: true })
  return head.exitCode === 0 ? 'complete' : 'without-commit'
}

/** Folders and files that nobody wants in a first commit. */
const neverCommitted: readonly string[] = ['node_modules', '.venv', 'venv', '__pycache__', 'target', '.env']

/** A `.gitignore` where there is none and it is needed; whether one was written. */
export async function writeGitignore(dir: string): Promise<boolean> {
  const there = (name: string) => access(path.join(dir, name)).then(() => true, () => false)
  const found: string[] = []
  for (const name of neverCommitted) if (await there(name)) found.push(name)
  if (found.length === 0 || (await there('.gitignore'))) return false
  await writeFile(path.join(dir, '.gitignore'), `${found.map((name) => (name.startsWith('.env') ? name : `${name}/`)).join('\n')}\n`, { flag: 'wx' })
  return true
}

/** Makes a repository where there is none, and a first commit of everything. Where git knows no identity, the commit is Autopack's. */
export async function makeFirstCommit(dir: string, git: Git, state: RepositoryState): Promise<void> {
  if (state === 'missing') await git({ cwd: dir, args: ['init', '--quiet', '--initial-branch', 'main'] })
  const identity = await git({ cwd: dir, args: ['config', 'user.email'], allow: [0, 1], reading: true })
  const own = { GIT_AUTHOR_NAME: 'Autopack', GIT_AUTHOR_EMAIL: 'autopack@localhost', GIT_COMMITTER_NAME: 'Autopack', GIT_COMMITTER_EMAIL: 'autopack@localhost' }
  await git({ cwd: dir, args: ['add', '--all'] })
  await git({ cwd: dir, args: ['-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'Start'], ...(identity.exitCode !== 0 && { env: own }) })
}
