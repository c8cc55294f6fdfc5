/** The private index and the files of a worktree: what is there, staged into a tree, and a tree put there. */
import { createHash } from 'node:crypto'
import { lstatSync, readFileSync, rmSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { chmod, lstat, readdir } from 'node:fs/promises'
import { plain } from './diff.ts'
import { joinZero, splitZero } from './git.ts'
import type { GitOutput, GitRequest } from './git.ts'
import { foldersOf, gitlinkMode, readIndex } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import { removeAny } from './remove.ts'
import type { SparseSet } from './sparse-set.ts'
import type { Worktree } from './worktree.ts'
import type { ChangedFile, Repository } from './workspace.ts'

export interface TreePlace {
  repository: Repository
  worktree: Worktree
  /** Hexadecimal digits of an object's name in this repository. */
  hashLength: 40 | 64
  /** Folders that setup made, relative to the repository, without trailing slash: neither part of a tree nor removed. */
  keep: readonly string[]
  /** What is to lie on disk; undefined: everything. */
  sparse?: SparseSet | undefined
}

/** Runs git on the worktree with the repository's own folder and our index. */
export function gitAt(place: Pick<TreePlace, 'repository' | 'worktree'>, request: Omit<GitRequest, 'cwd' | 'gitDir' | 'workTree' | 'indexFile'>): Promise<GitOutput> {
  const { repository, worktree } = place
  return repository.git({ ...request, cwd: worktree.path, gitDir: repository.commonDir, workTree: worktree.path, indexFile: worktree.indexFile })
}

export interface Differences {
  /** Tracked files that changed or went, raw names. */
  changed: Buffer[]
  /** Untracked files; with `everything` also ignored ones, and folders (ending in `/`) without tracked files as a whole. */
  untracked: Buffer[]
  /** Folders that git could not look into, with its reason: too deep, or not to be read. */
  unread: { folder: string; reason: string }[]
}

/** How the files differ from what our index knows: by content where the stat data differ. `everything`: ignored ones too; `untracked` leaves out the changed. */
export async function differences(place: Omit<TreePlace, 'hashLength'>, everything: boolean, only?: 'untracked'): Promise<Differences> {
  const excludes = place.keep.flatMap((folder) => ['--exclude', `/${escapePattern(folder)}`])
  const args = ['ls-files', '-z', '-t', '--others', ...(only ? [] : ['--modified', '--deleted']), ...(everything ? ['--directory'] : ['--exclude-standard']), ...excludes]
  const { stdout, stderr } = await gitAt(place, { args, reading: true })
  const changed = new Map<string, Buffer>()
  const untracked: Buffer[] = []
  for (const entry of splitZero(stdout)) {
    const name = entry.subarray(2)
    if (entry[0] === 0x3f) untracked.push(name)
    else changed.set(name.toString('latin1'), name)
  }
  const unread = stderr.split('\n').flatMap((line) => {
    // Of a long name git cuts off the end, and the reason with it.
    const [, folder, reason = 'file name too long'] = /^warning: could not open directory '(.*?)(?:\/?': (.+))?$/.exec(line) ?? []
    return folder === undefined ? [] : [{ folder, reason: reason.toLowerCase() }]
  })
  return { changed: [...changed.values()], untracked, unread }
}

function escapePattern(name: string): string {
  return name.replace(/[\\*?[\]!# ]/g, '\\$&')
}

/** Absolute raw path: names need not be UTF-8. */
export function rawPath(worktree: Worktree, name: Buffer | string): Buffer {
  return Buffer.concat([Buffer.from(worktree.path), Buffer.from('/'), typeof name === 'string' ? Buffer.from(name, 'latin1') : name])
}

/** What is at a path, no link followed. Undefined too where nobody can look: too deep, or in a folder that may not be looked into, of which git tells. */
export function look(worktree: Worktree, name: Buffer | string): Stats | undefined {
  try {
    return lstatSync(rawPath(worktree, name), { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** A file's content; undefined where it may not be read, which git tells when it is to take it. */
export function read(worktree: Worktree, name: Buffer): Buffer | undefined {
  try {
    return readFileSync(rawPath(worktree, name))
  } catch {
    return undefined
  }
}

/** What is to be looked at before a tree is put in place; it need not be known which, so whoever acquires a worktree asks for both at once. */
export async function survey(place: Omit<TreePlace, 'hashLength'>, expectSame: boolean): Promise<Differences & { complete: boolean }> {
  rmSync(`${place.worktree.indexFile}.lock`, { force: true })
  // read-tree looks at every file itself: what changed need not be asked for when it runs anyway.
  return { ...(await differences(place, true, expectSame ? undefined : 'untracked')), complete: expectSame }
}

/** Writes the files of a tree that differ from it, and makes our index describe it. */
export async function resetTo(place: TreePlace, tree: string): Promise<void> {
  const args = ['read-tree', '--reset', '-u', tree]
  const first = await gitAt(place, { args, allow: [0, 1, 128] })
  // git goes on past a file that it cannot write, and says so.
  if (first.exitCode === 0 && first.stderr === '') return
  await clearTheWay(place, tree)
  await gitAt(place, { args })
  // What it could not remove at first is unknown to the index by now.
  for (const name of (await survey(place, false)).untracked) await removeAny(rawPath(place.worktree, name))
}

/** A file's folder may have become unwritable; git could then neither replace nor remove it. */
async function clearTheWay(place: TreePlace, tree: string): Promise<void> {
  const before = foldersOf((await readIndex(place.worktree.indexFile, place.hashLength)) ?? [])
  const wanted = splitZero((await gitAt(place, { args: ['ls-tree', '-r', '-d', '-z', '--name-only', '--full-tree', tree], reading: true })).stdout).map((name) => name.toString('latin1'))
  // From the top down: what lies below one that may not be looked into is seen once it is open.
  for (const folder of [...new Set([...before, ...wanted])].sort()) {
    const file = rawPath(place.worktree, folder)
    const found = await lstat(file).catch(() => undefined)
    if (found?.isDirectory() && (found.mode & 0o700) !== 0o700) await chmod(file, (found.mode & 0o777) | 0o700).catch(() => undefined)
  }
}

/** `.git` of any kind in a folder of tracked files: git passes over it in silence. Relative, latin1. */
export function strayRepositories(worktree: Worktree, entries: readonly IndexEntry[]): string[] {
  const stray: string[] = []
  for (const folder of foldersOf(entries)) {
    if (folder !== '' && look(worktree, `${folder}/.git`)) stray.push(`${folder}/.git`)
  }
  return stray
}

/** Submodules of a tree, relative, latin1: those that setup fills, and the others, which are empty in a worktree of ours. */
export function submodulesIn(entries: readonly IndexEntry[], keep: readonly string[]): { kept: string[]; empty: string[] } {
  const kept = new Set(keep.map((folder) => Buffer.from(folder).toString('latin1')))
  const all = entries.filter(({ mode }) => mode === gitlinkMode).map(({ name }) => name.toString('latin1'))
  return { kept: all.filter((name) => kept.has(name)), empty: all.filter((name) => !kept.has(name)) }
}

/** Submodules with something in them that setup did not put there; git would pass over it. Relative, latin1. */
export async function filledSubmodules({ worktree, keep }: TreePlace, entries: readonly IndexEntry[]): Promise<string[]> {
  const filled: string[] = []
  for (const name of submodulesIn(entries, keep).empty) {
    const inside = await readdir(rawPath(worktree, name), { encoding: 'buffer' }).catch(() => [])
    if (inside.length > 0) filled.push(name)
  }
  return filled
}

/** What git says of a name or file that it cannot take, and what it says where the repository or the disk is at fault: then the last word may still name a file. */
const refusal = /^(?!.*(?:failed to insert into database|No space left|quota exceeded|Read-only file system|Input\/output error|unable to (?:create temporary|write))).*(?:unable to process path|beyond a symbolic link|is a directory|invalid path|filter)/is

/** Brings our index to what the files of these names are, ignored ones too. Returns undefined, or what git says it could not take. Throws what is no fault of theirs. */
export async function stage(place: TreePlace, names: readonly Buffer[]): Promise<string | undefined> {
  if (names.length === 0) return undefined
  const output = await gitAt(place, { args: ['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], input: joinZero(names), allow: [0, 1, 128], saying: refusal })
  return output.exitCode === 0 ? undefined : output.stderr.trim()
}

/** Those of the paths that the rules in force in the worktree ignore and that are not tracked. */
export async function ignoredPaths(place: TreePlace, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return []
  // A leading ./ keeps a name such as `:(top)x` a name.
  const input = joinZero(paths.map((file) => `./${file}`))
  const { stdout } = await gitAt(place, { args: ['check-ignore', '-z', '--stdin'], input, allow: [0, 1], reading: true, pathspecs: true })
  return splitZero(stdout).map((name) => name.toString('utf8').slice(2))
}

/** A change between two trees, with the modes that tell links and submodules. */
export interface TreeChange extends ChangedFile {
  raw: Buffer
  oldMode: number
  newMode: number
  /** Of the blob; zeros where there is none any more. */
  newHash: string
}

/** Paths that differ between two trees. */
export async function treeChanges(place: TreePlace, from: string, to: string): Promise<TreeChange[]> {
  return changesIn((await gitAt(place, { args: ['diff-tree', '-r', '--raw', '-z', '--no-renames', '--ignore-submodules=none', from, to], reading: true })).stdout)
}

/** Paths that differ between a tree and our index. `hash`: what `diffHash` gives for that tree and the one that the index is written as. */
export async function indexChanges(place: TreePlace, from: string): Promise<{ changes: TreeChange[]; hash: string }> {
  const { stdout } = await gitAt(place, { args: ['diff-index', '--cached', '--raw', '--no-abbrev', '-z', ...plain, from], reading: true })
  return { changes: changesIn(stdout), hash: createHash('sha256').update(stdout).digest('hex') }
}

function changesIn(raw: Buffer): TreeChange[] {
  const fields = splitZero(raw)
  const changes: TreeChange[] = []
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const match = /^:(\d+) (\d+) \S+ (\S+) ([A-Z])/.exec(fields[index]!.toString('latin1'))
    if (!match) continue
    const name = fields[index + 1]!
    changes.push({ path: name.toString('utf8'), raw: name, status: statusOf(match[4]!), oldMode: parseInt(match[1]!, 8), newMode: parseInt(match[2]!, 8), newHash: match[3]! })
  }
  return changes
}

function statusOf(letter: string): ChangedFile['status'] {
  switch (letter) {
    case 'A': return 'added'
    case 'D': return 'deleted'
    case 'T': return 'type-changed'
    default: return 'modified'
  }
}

/** Where a repository keeps its refs in reftables, a worktree's HEAD is in one too and no file could set it. */
export async function detachHead(place: TreePlace, commit: string): Promise<void> {
  const { repository, worktree } = place
  await repository.git({ cwd: worktree.path, gitDir: worktree.metadata, args: ['update-ref', '--no-deref', 'HEAD', commit] })
}
