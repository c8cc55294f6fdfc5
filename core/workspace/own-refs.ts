import { notThere } from './git.ts'
import type { Repository } from './workspace.ts'

export interface OwnRef { ref: string; commit: string }

/** Branches of runs and refs of reviews of a project, by its key. What is kept after a rebase or a review (`refs/autopack/kept/`) is not among them. */
export async function listOwnRefs(repository: Repository, projectKey: string): Promise<OwnRef[]> {
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', `refs/heads/autopack/${projectKey}/`, `refs/autopack/review/${projectKey}/`]
  const { stdout } = await repository.git({ cwd: repository.root, args, reading: true })
  return stdout.toString('utf8').split('\n').filter(Boolean).map((line) => ({ commit: line.slice(0, line.indexOf(' ')), ref: line.slice(line.indexOf(' ') + 1) }))
}

export interface PhaseCommit {
  commit: string
  run: string
  phase: string
  attemptId: string
  /** The class of the verdict against which a person accepted it; left out: nobody had to. */
  overruled?: string
}

/** Commits of phases among the latest `most` of a branch, the latest first. */
export async function phaseCommits(repository: Repository, branch: string, most: number): Promise<PhaseCommit[]> {
  const trailer = (name: string) => `%(trailers:key=Autopack-${name},valueonly,separator=%x20)`
  const args = ['rev-list', `--max-count=${most}`, `--format=%H%x00${trailer('Run')}%x00${trailer('Phase')}%x00${trailer('Attempt')}%x00${trailer('Overruled')}`, `refs/heads/${branch}`, '--']
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args, allow: [0, 128], saying: notThere, reading: true })
  if (exitCode !== 0) return []
  return stdout.toString('utf8').split('\n').filter((line) => line.includes('\0')).map((line) => {
    const [commit = '', run = '', phase = '', attemptId = '', overruled = ''] = line.split('\0').map((part) => part.trim())
    return { commit, run, phase, attemptId, ...(overruled !== '' && { overruled }) }
  }).filter((one) => one.phase !== '')
}

/** Deletes a ref of ours that is still where it was found. False: git refused, because it moved, is checked out, or is not merged. */
export async function deleteMergedRef(repository: Repository, { ref, commit }: OwnRef): Promise<boolean> {
  const place = { cwd: repository.root, gitDir: repository.commonDir }
  const held = await repository.git({ ...place, args: ['merge-base', '--is-ancestor', commit, 'HEAD'], allow: [0, 1, 128], saying: notThere, reading: true })
  if (held.exitCode !== 0) return false
  // Git itself looks once more whether a branch is merged, and whether a checkout is on it.
  const args = ref.startsWith('refs/heads/') ? ['branch', '--delete', ref.slice('refs/heads/'.length)] : ['update-ref', '-d', ref, commit]
  return (await repository.git({ ...place, args, allow: [0, 1, 128] })).exitCode === 0
}

export interface DatedRef extends OwnRef {
  /** Of the commit, in epoch milliseconds. */
  at: number
}

/** Refs below a prefix. */
export async function refsBelow(repository: Repository, prefix: string): Promise<DatedRef[]> {
  const args = ['for-each-ref', '--format=%(objectname) %(committerdate:unix) %(refname)', prefix]
  const { stdout } = await repository.git({ cwd: repository.root, args, reading: true })
  return stdout.toString('utf8').split('\n').filter(Boolean).map((line) => {
    const [commit = '', seconds = '0', ...name] = line.split(' ')
    return { commit, at: Number(seconds) * 1_000, ref: name.join(' ') }
  })
}

/** Not the branches of runs, whether they were pushed or not. An exclusion holds for the next of the others alone. */
const others = ['--exclude=autopack/*', '--branches', '--tags', '--exclude=*/autopack/*', '--remotes']

/** Whether somebody's own branch, a tag or a remote has all of the commits; false for one that is gone. */
export async function isElsewhere(repository: Repository, commits: readonly string[]): Promise<boolean> {
  if (commits.length === 0) return true
  const args = ['rev-list', '--max-count=1', ...commits, '--not', ...others, '--']
  const { exitCode, stdout } = await repository.git({ cwd: repository.root, args, allow: [0, 128], saying: notThere, reading: true })
  return exitCode === 0 && stdout.length === 0
}

/** Deletes a ref that is still where it was found. */
export async function deleteRef(repository: Repository, { ref, commit }: OwnRef): Promise<boolean> {
  return (await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', '-d', ref, commit], allow: [0, 1, 128] })).exitCode === 0
}

/** Writes commits to a bundle, from which `git fetch FILE 'refs/*:refs/kept/*'` brings them back; what other branches, tags and remotes have is left out. Throws where git cannot. */
export async function writeBundle(repository: Repository, file: string, commits: readonly string[]): Promise<void> {
  const { root, commonDir, git } = repository
  const place = { cwd: root, gitDir: commonDir }
  // A bundle holds refs.
  const refs = commits.map((commit): OwnRef => ({ ref: `refs/autopack/bundle/${commit}`, commit }))
  const input = refs.map(({ ref, commit }) => `update ${ref} ${commit}\n`).join('')
  await git({ ...place, args: ['update-ref', '--stdin'], input })
  try {
    await git({ ...place, args: ['bundle', 'create', file, ...refs.map(({ ref }) => ref), '--not', ...others] })
    await git({ ...place, args: ['bundle', 'verify', '--quiet', file], reading: true })
  } finally {
    for (const ref of refs) await deleteRef(repository, ref)
  }
}
