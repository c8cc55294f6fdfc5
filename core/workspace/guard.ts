import { createHash } from 'node:crypto'
import { lstat, readlink, realpath } from 'node:fs/promises'
import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import { joinZero } from './git.ts'
import { gitlinkMode, parentOf, readIndex, symlinkMode } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import { isLfsHookIn } from './lfs-hooks.ts'
import { emptyPointers } from './lfs-pointers.ts'
import { clearPresent } from './marks.ts'
import { changedBytes } from './same-bytes.ts'
import { isGlob, scopeProblem } from './scope.ts'
import { differences, filledSubmodules, gitAt, indexChanges, rawPath, stage, strayRepositories } from './tree.ts'
import type { Differences, TreeChange, TreePlace } from './tree.ts'
import type { WriteScope } from './workspace.ts'

export interface Candidate {
  tree: string
  changes: TreeChange[]
  /** `diffHash` of the base's tree and this one. */
  diffHash: string
  /** What our index, and so the tree, holds. */
  entries: IndexEntry[]
  /** What keeps the files from being a tree that could be committed. */
  problems: Problem[]
}

/**
 * Takes the files of the worktree into our index and writes the candidate tree. HEAD, the worktree's index and its stash play no part.
 * `scope`: files that it names outright count though the repository ignores them, and what git-lfs writes outside of it does not.
 */
export async function takeCandidate(place: TreePlace, baseTree: string, current: string | undefined, scope?: WriteScope): Promise<Candidate> {
  const problems: Problem[] = []
  await clearPresent(place)
  const found = await differences(place, false)
  const names = await changedBytes(place, found.changed, found.untracked)
  const isOutside = scope && scopeProblem(place.repository.prefix, scope)
  for (const name of found.untracked) {
    if (isOutside?.(name.toString('utf8')) && isLfsHookIn(place.worktree, name)) continue
    if (name.at(-1) !== 0x2f) names.push(name)
    else problems.push(nestedRepository(name.subarray(0, -1).toString('utf8')))
  }
  problems.push(...unreadable(found.unread))
  names.push(...(await ignoredButNamed(place, scope?.write ?? [], names)))
  problems.push(...(await stageEach(place, names)))
  const untouched = names.length === 0 && current === baseTree
  const [tree, { changes, hash }] = untouched ? [baseTree, noChanges()] : await Promise.all([writeTree(place), indexChanges(place, baseTree)])
  const entries = (await readIndex(place.worktree.indexFile, place.hashLength)) ?? []
  for (const file of strayRepositories(place.worktree, entries)) problems.push(nestedRepository(path.posix.dirname(Buffer.from(file, 'latin1').toString('utf8'))))
  for (const folder of await filledSubmodules(place, entries)) problems.push(submodule(Buffer.from(folder, 'latin1').toString('utf8')))
  for (const change of changes) {
    if (change.newMode === gitlinkMode || change.oldMode === gitlinkMode) problems.push(submodule(change.path))
    if (change.newMode !== 0 && rawPath(place.worktree, change.raw).length >= mostPathBytes) problems.push(tooLong(place, change))
    if (change.newMode === symlinkMode) problems.push(...(await leavingLink(place, change)))
  }
  problems.push(...(await emptyPointers(place, baseTree, changes)))
  problems.push(...caseCollisions(changes, entries))
  return { tree, changes, diffHash: hash, entries, problems }
}

const noChanges = (): { changes: TreeChange[]; hash: string } => ({ changes: [], hash: createHash('sha256').digest('hex') })

async function writeTree(place: TreePlace): Promise<string> {
  return (await gitAt(place, { args: ['write-tree'] })).stdout.toString('latin1').trim()
}

/** Problems of a candidate under a write scope, the worst first, at most a hundred. */
export function judge(changes: readonly TreeChange[], problems: readonly Problem[], scope: WriteScope, prefix: string): Problem[] {
  const problemOf = scopeProblem(prefix, scope)
  const all = [...problems]
  for (const change of changes) {
    const problem = problemOf(change.path)
    if (problem) all.push({ ...problem, message: `${problem.message} (${change.status})` })
  }
  if (all.length <= maxProblems) return all
  return [...all.slice(0, maxProblems), { code: 'more', message: `and ${all.length - maxProblems} more` }]
}
const maxProblems = 100

async function ignoredButNamed(place: TreePlace, named: readonly string[], known: readonly Buffer[]): Promise<Buffer[]> {
  const files = named.filter((file) => !file.endsWith('/') && !isGlob(file))
  if (files.length === 0) return []
  const present: Buffer[] = []
  for (const file of files) {
    const found = await lstat(rawPath(place.worktree, Buffer.from(file))).catch(() => undefined)
    if (found && !found.isDirectory()) present.push(Buffer.from(file))
  }
  const taken = new Set(known.map(String))
  const missing = present.filter((file) => !taken.has(file.toString()))
  if (missing.length === 0) return []
  const tracked = new Set(((await readIndex(place.worktree.indexFile, place.hashLength)) ?? []).map(({ name }) => name.toString()))
  return missing.filter((file) => !tracked.has(file.toString()))
}

/** Stages all at once; when git refuses one, finds it by halves. */
async function stageEach(place: TreePlace, names: readonly Buffer[]): Promise<Problem[]> {
  const refused = await stage(place, names)
  if (refused === undefined) return []
  if (/is beyond a symbolic link/.test(refused)) {
    const gone = await beyondLinks(place, names)
    if (gone.length > 0) {
      await gitAt(place, { args: ['update-index', '-z', '--force-remove', '--stdin'], input: joinZero(gone) })
      return await stageEach(place, names.filter((name) => !gone.includes(name)))
    }
  }
  if (names.length === 1) {
    const name = names[0]!.toString('utf8')
    return [{ path: name, code: 'unreadable', message: `git cannot take ${name}: ${refused.split('\n').at(-1)!.replace(/^(?:fatal|error): /, '')}` }]
  }
  const half = Math.ceil(names.length / 2)
  return [...(await stageEach(place, names.slice(0, half))), ...(await stageEach(place, names.slice(half)))]
}

/** A folder gave way to a link: what was in it is gone, whatever the link leads to. */
async function beyondLinks(place: TreePlace, names: readonly Buffer[]): Promise<Buffer[]> {
  const links = new Map<string, boolean>()
  const isLink = async (folder: string): Promise<boolean> => {
    if (folder === '') return false
    if (!links.has(folder)) {
      const found = await lstat(rawPath(place.worktree, folder)).catch(() => undefined)
      links.set(folder, found?.isSymbolicLink() === true || (await isLink(parentOf(folder))))
    }
    return links.get(folder)!
  }
  const gone: Buffer[] = []
  for (const name of names) if (await isLink(parentOf(name.toString('latin1')))) gone.push(name)
  return gone
}

/** What Linux takes as a path, the end included; git goes further, by paths relative to where it is, and nothing else could open the file. */
const mostPathBytes = 4_096

function tooLong({ worktree }: TreePlace, { path: file, raw }: TreeChange): Problem {
  return { path: shortened(file), code: 'path-too-long', message: `${shortened(file)} has ${rawPath(worktree, raw).length} bytes with the worktree's folder in front, and a system takes ${mostPathBytes - 1}` }
}

function unreadable(unread: Differences['unread']): Problem[] {
  const folders = new Map(unread.map(({ folder, reason }) => [shortened(folder), reason]))
  return [...folders].map(([folder, reason]) => ({ path: folder, code: 'unreadable', message: `git cannot look into ${folder}: ${reason}` }))
}

const shortened = (file: string): string => (file.length <= 200 ? file : `${file.slice(0, 120)}…${file.slice(-60)}`)

function nestedRepository(folder: string): Problem {
  return { path: folder, code: 'nested-repository', message: `${folder} holds a git repository of its own; its files cannot be part of this one: remove ${folder}/.git` }
}

function submodule(folder: string): Problem {
  return { path: folder, code: 'submodule', message: `${folder} is a submodule; Autopack does not change submodules` }
}

async function leavingLink(place: TreePlace, change: TreeChange): Promise<Problem[]> {
  const file = rawPath(place.worktree, change.raw)
  const target = await readlink(file).catch(() => undefined)
  if (target === undefined) return []
  const top = place.worktree.path
  const inside = (one: string) => one === top || one.startsWith(top + path.sep)
  const lexical = path.resolve(path.join(top, path.posix.dirname(change.path)), target)
  const real = await realpath(file).then(String, () => lexical)
  if (!path.isAbsolute(target) && inside(lexical) && inside(real)) return []
  return [{ path: change.path, code: 'symlink-escape', message: `${change.path} is a symlink that leaves the worktree: ${target}` }]
}

/** Names that are one file where case, or the form of Unicode, does not count: such a tree cannot be checked out on macOS or Windows. */
function caseCollisions(changes: readonly TreeChange[], entries: readonly IndexEntry[]): Problem[] {
  const fold = (name: string) => name.normalize('NFC').toLowerCase()
  const wanted = new Map<string, Set<string>>()
  for (const { path: file, status } of changes) {
    if (status !== 'added') continue
    const parts = file.split('/')
    for (let length = 1; length <= parts.length; length++) wanted.set(fold(parts.slice(0, length).join('/')), new Set())
  }
  if (wanted.size === 0) return []
  for (const { name } of entries) {
    const parts = name.toString('utf8').split('/')
    let part = ''
    for (const next of parts) {
      part = part === '' ? next : `${part}/${next}`
      wanted.get(fold(part))?.add(part)
    }
  }
  return [...wanted.values()].filter((names) => names.size > 1).map((names) => {
    const all = [...names]
    return { path: all[0]!, code: 'case-collision', message: `${all.join(' and ')} differ only in case or Unicode form, and are one file on some systems` }
  })
}
