import { realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { distance } from 'fastest-levenshtein'
import { bareRepositoryError, baseNotFoundError, noCommitError, notARepositoryError, rootOutsideRepositoryError, rootMissingError } from '../errors.ts'
import { createGit, notThere, noWorkTree, splitZero } from './git.ts'
import { matchesScope, writable } from './scope.ts'
import type { Repository, WriteScope } from './workspace.ts'

/**
 * The repository that the project lies in. `configDir` is absolute, `root` is the config's project root, relative to it.
 * Symlinks are resolved, so that every later comparison of paths is one of text. Throws UserError: no repository, a bare one, no such root.
 */
export async function openRepository(request: { configDir: string; root: string; env: Readonly<Record<string, string | undefined>> }): Promise<Repository> {
  const git = createGit(request.env)
  const configDir = await realpath(request.configDir)
  const projectRoot = await existingFolder(path.resolve(configDir, request.root), request.root)
  const output = await git({ cwd: configDir, args: ['rev-parse', '--is-bare-repository', '--git-common-dir', '--show-toplevel'], allow: [0, 128], saying: noWorkTree, reading: true })
  const [bare, common, top] = output.stdout.toString('utf8').split('\n')
  if (bare === 'true') throw bareRepositoryError(configDir)
  if (output.exitCode !== 0 || !common || !top) throw notARepositoryError(configDir)
  const root = await realpath(top)
  const relative = path.relative(root, projectRoot)
  if (relative.startsWith('..') || path.isAbsolute(relative)) throw rootOutsideRepositoryError(request.root, root)
  const prefix = relative === '' ? '' : `${relative.split(path.sep).join('/')}/`
  return { root, commonDir: await realpath(path.resolve(configDir, common)), projectRoot, prefix, git }
}

async function existingFolder(folder: string, raw: string): Promise<string> {
  const found = await stat(folder).catch(() => undefined)
  if (!found?.isDirectory()) throw rootMissingError(raw, folder)
  return await realpath(folder)
}

/** The commit that a branch, tag or commit names, with its tree. Throws UserError that names near refs, or that there is no commit yet. */
export async function resolveBase(repository: Repository, ref: string, what = 'base'): Promise<{ commit: string; tree: string }> {
  const { git, root } = repository
  const found = await findCommit(repository, ref)
  if (found) return found
  const head = await git({ cwd: root, args: ['rev-parse', '--verify', '--quiet', 'HEAD'], allow: [0, 1], reading: true })
  if (head.exitCode !== 0 && (ref === 'HEAD' || (await refNames(repository)).length === 0)) throw noCommitError(root)
  throw baseNotFoundError(what, ref, nearest(ref, await refNames(repository)))
}

/** The commit that a ref or any other name of a commit stands for, with its tree; undefined when there is none, and for what git would read as an option. */
export async function findCommit(repository: Repository, name: string): Promise<{ commit: string; tree: string } | undefined> {
  if (name.startsWith('-') || name.includes('\0')) return undefined
  const args = ['rev-list', '--max-count=1', '--format=%T', `${name}^{commit}`, '--']
  const output = await repository.git({ cwd: repository.root, args, allow: [0, 128, 129], saying: notThere, reading: true })
  const match = /^commit ([0-9a-f]{40,64})\n([0-9a-f]{40,64})\n/.exec(output.stdout.toString('latin1'))
  return match ? { commit: match[1]!, tree: match[2]! } : undefined
}

async function refNames(repository: Repository): Promise<string[]> {
  const output = await repository.git({ cwd: repository.root, args: ['for-each-ref', '--format=%(refname:short)', 'refs/heads', 'refs/tags', 'refs/remotes'], reading: true })
  return output.stdout.toString('utf8').split('\n').filter((name) => name !== '')
}

function nearest(ref: string, names: readonly string[]): string[] {
  const limit = Math.max(2, Math.floor(ref.length / 3))
  return names
    .map((name) => ({ name, far: Math.min(distance(ref, name), distance(ref, name.slice(name.indexOf('/') + 1))) }))
    .filter((one) => one.far <= limit)
    .sort((left, right) => left.far - right.far)
    .slice(0, 3)
    .map((one) => one.name)
}

/** The branch that the main checkout is on, `refs/heads/` cut off, or undefined when its HEAD is detached. */
export async function headBranch(repository: Repository): Promise<string | undefined> {
  const output = await repository.git({ cwd: repository.root, args: ['symbolic-ref', '--quiet', 'HEAD'], allow: [0, 1], reading: true })
  const name = output.stdout.toString('utf8').trimEnd()
  return name.startsWith('refs/heads/') ? name.slice('refs/heads/'.length) : undefined
}

/**
 * Tracked, uncommitted changes of the main checkout, those in the write scope apart from the others.
 * `exclude`: absolute folders of ours (the runs directory) that never count.
 */
export async function isDirty(repository: Repository, scope: WriteScope, exclude: readonly string[] = []): Promise<{ inScope: string[]; others: string[] }> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=no', '--no-renames', '--ignore-submodules=none']
  const output = await repository.git({ cwd: repository.root, args, reading: true })
  const ours = exclude.map((folder) => path.relative(repository.root, folder).split(path.sep).join('/'))
  const changed = splitZero(output.stdout)
    .map((entry) => entry.toString('utf8').slice(3))
    .filter((file) => !ours.some((folder) => folder !== '' && (file === folder || file.startsWith(`${folder}/`))))
  const inScope = changed.filter((file) => writable(file, scope, repository.prefix) || matchesScope(file, scope.readOnly))
  return { inScope, others: changed.filter((file) => !inScope.includes(file)) }
}
