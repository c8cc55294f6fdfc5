/**
 * A worktree on disk and what git keeps about it. Our own commands never go through `{worktree}/.git` or the worktree's index:
 * they name the repository, the folder and a private index file, so that nothing a builder writes there can mislead them.
 */
import type { Stats } from 'node:fs'
import { accessSync, chmodSync, closeSync, constants, copyFileSync, existsSync, fstatSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { worktreeForeignError, worktreeNestedError, worktreesNotWritableError } from '../errors.ts'
import { addWorktree } from './add-worktree.ts'
import { removeFolder } from './remove.ts'
import type { Repository } from './workspace.ts'

export interface Worktree {
  /** Real, absolute path. */
  path: string
  /** `{commonDir}/worktrees/{name}`, absolute. */
  metadata: string
  /** Our private index: outside the worktree. */
  indexFile: string
}

/** Where a worktree stands, kept beside the private index. */
interface WorktreeRecord {
  path: string
  metadata: string
  commonDir: string
}

const recordOf = (indexFile: string) => `${indexFile}.json`

/** Finds the worktree that we made at the path, or makes it. `created` tells which. */
export async function openWorktree(repository: Repository, folder: string, indexFile: string, base: () => Promise<string>, reftable: boolean): Promise<{ worktree: Worktree; created: boolean }> {
  refuseNested(repository, folder)
  const place = futureRealpath(folder)
  makeWritable(path.dirname(place))
  mkdirSync(path.dirname(indexFile), { recursive: true })
  const found = lstatSync(place, { throwIfNoEntry: false })
  openUp(place, found)
  const names = found?.isDirectory() ? readdirSync(place) : []
  if (names.length > 0) {
    const metadata = (await recorded(repository, place, indexFile)) ?? (await registered(repository, place))
    if (metadata === undefined) throw worktreeForeignError(place)
    return { worktree: { path: place, metadata, indexFile }, created: false }
  }
  if (found && !found.isDirectory()) throw worktreeForeignError(place)
  return { worktree: await makeWorktree(repository, place, indexFile, await base(), reftable), created: true }
}

function makeWritable(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw worktreesNotWritableError(folder, (error as NodeJS.ErrnoException).code ?? String(error), error)
  }
}

/** Throws a UserError where a worktree at that place, or those below it, would lie inside the main checkout. */
export function refuseNested({ root }: Pick<Repository, 'root'>, folder: string): void {
  const place = futureRealpath(folder)
  if (place === root || place.startsWith(root + path.sep)) throw worktreeNestedError(folder, root)
}

/** The real path of a folder that may not exist yet. */
function futureRealpath(folder: string): string {
  const parent = path.dirname(folder)
  if (parent === folder) return folder
  // The folder itself is not followed: a link in its place is not ours.
  return path.join(realOf(parent) ?? futureRealpath(parent), path.basename(folder))
}

function realOf(folder: string): string | undefined {
  try {
    return realpathSync.native(folder)
  } catch {
    return undefined
  }
}

/** A builder may have taken the permissions from the folder itself. */
function openUp(folder: string, found: Stats | undefined): void {
  if (found?.isDirectory() && (found.mode & 0o700) !== 0o700) chmodSync(folder, (found.mode & 0o777) | 0o700)
}

async function makeWorktree(repository: Repository, place: string, indexFile: string, base: string, reftable: boolean): Promise<Worktree> {
  await rm(indexFile, { force: true })
  // One that was deleted by hand, or by a crash in this very place, may still be on record.
  const stale = await registered(repository, place)
  if (stale !== undefined) await rm(stale, { recursive: true, force: true })
  const metadata = await addWorktree(repository, place, base, reftable)
  const record: WorktreeRecord = { path: place, metadata, commonDir: repository.commonDir }
  await writeFile(recordOf(indexFile), JSON.stringify(record))
  return { path: place, metadata, indexFile }
}

/** The worktree that we made at the path; undefined when there is none. */
export async function findWorktree(repository: Repository, folder: string, indexFile: string): Promise<Worktree | undefined> {
  const place = futureRealpath(folder)
  const metadata = (await recorded(repository, place, indexFile)) ?? (await registered(repository, place))
  return metadata === undefined ? undefined : { path: place, metadata, indexFile }
}

async function recorded(repository: Repository, place: string, indexFile: string): Promise<string | undefined> {
  try {
    const record = JSON.parse(readFileSync(recordOf(indexFile), 'utf8')) as WorktreeRecord
    const gitdir = path.join(record.metadata, 'gitdir')
    const other = existsSync(gitdir) ? readFileSync(gitdir, 'utf8') : undefined
    // After a prune, the name may meanwhile belong to somebody else's worktree.
    if (other !== undefined && other.trim() !== path.join(place, '.git')) return undefined
    return record.path === place && record.commonDir === repository.commonDir && path.dirname(record.metadata) === path.join(repository.commonDir, 'worktrees') ? record.metadata : undefined
  } catch {
    return undefined
  }
}

/** What git itself has on record for the path: our own record may have been collected with a cache folder. */
async function registered(repository: Repository, place: string): Promise<string | undefined> {
  const folder = path.join(repository.commonDir, 'worktrees')
  for (const name of await readdir(folder).catch(() => [])) {
    const link = await readFile(path.join(folder, name, 'gitdir'), 'utf8').catch(() => '')
    if (link.trim() === path.join(place, '.git')) return path.join(folder, name)
  }
  return undefined
}

/** Sees that the folder is one: a builder may have deleted it, or put a link in its place; and that our index has a folder to lie in. */
export async function ensureFolder(worktree: Worktree): Promise<void> {
  const found = lstatSync(worktree.path, { throwIfNoEntry: false })
  if (found && !found.isDirectory()) rmSync(worktree.path, { force: true })
  openUp(worktree.path, found)
  if (found?.isDirectory()) return
  mkdirSync(worktree.path, { recursive: true })
  mkdirSync(path.dirname(worktree.indexFile), { recursive: true })
}

/** Everything else in the metadata of a worktree is the trace of an operation (a rebase, a bisect) or a setting that a builder left. */
const keptMetadata = new Set(['HEAD', 'commondir', 'gitdir', 'index', 'logs', 'locked'])

/**
 * Makes the worktree's own git state what it should be: a detached HEAD at the base and nothing under way, whatever a builder made of it.
 * A handful of tiny files, several times in each phase: looked at synchronously, that is a tenth of what it costs by way of the thread pool.
 */
export async function repairMetadata(worktree: Worktree, base: string, reftable: boolean): Promise<void> {
  const { metadata } = worktree
  mkdirSync(metadata, { recursive: true })
  for (const name of readdirSync(metadata)) {
    if (!keptMetadata.has(name) && !(reftable && (name === 'reftable' || name === 'refs'))) await rm(path.join(metadata, name), { recursive: true, force: true })
  }
  ensureFile(path.join(metadata, 'commondir'), '../..\n')
  ensureFile(path.join(metadata, 'gitdir'), `${path.join(worktree.path, '.git')}\n`)
  if (!reftable) ensureFile(path.join(metadata, 'HEAD'), `${base}\n`)
  ensureFile(path.join(worktree.path, '.git'), `gitdir: ${metadata}\n`)
}

function ensureFile(file: string, content: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (found?.isFile() && readFileSync(file, 'utf8') === content) return
  if (found?.isFile() && writeOver(file, Buffer.from(content))) return
  if (found && !found.isFile()) rmSync(file, { recursive: true, force: true })
  const next = `${file}.autopack`
  writeFileSync(next, content)
  renameSync(next, file)
}

/** Beyond it, who reads meanwhile might see half of it; and the time that a new file costs matters less. */
const writtenOverBytes = 64 * 1024

/**
 * Writes into the file that is there: a twentieth of the time of a new one, whose blocks the file system finds and, where it replaces another, writes out.
 * Not into one that has another name as well, which a builder may have chosen, nor one that is longer: git maps an index, and what it maps must not shrink.
 */
function writeOver(file: string, content: Buffer): boolean {
  let descriptor: number
  try {
    descriptor = openSync(file, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return false
  }
  try {
    const found = fstatSync(descriptor)
    if (!found.isFile() || found.nlink !== 1 || found.size > content.length) return false
    for (let at = 0; at < content.length;) at += writeSync(descriptor, content, at)
    return true
  } finally {
    closeSync(descriptor)
  }
}

/** The worktree's own index, which the builder's git works with, becomes a copy of ours. */
export async function publishIndex(worktree: Worktree): Promise<void> {
  const target = path.join(worktree.metadata, 'index')
  if (statSync(worktree.indexFile).size <= writtenOverBytes && writeOver(target, readFileSync(worktree.indexFile))) return
  const found = lstatSync(target, { throwIfNoEntry: false })
  if (found && !found.isFile()) rmSync(target, { recursive: true, force: true })
  copyFileSync(worktree.indexFile, `${target}.autopack`)
  renameSync(`${target}.autopack`, target)
}

/** Takes a worktree out of use whose old owner may still write to it, and forgets its record. `keptIndex`: where our index of it goes, which knows what of it never lay on disk. Returns false when there was nothing. */
export async function quarantine(repository: Repository, folder: string, to: string, indexFile: string, keptIndex: string): Promise<boolean> {
  mkdirSync(path.dirname(keptIndex), { recursive: true })
  if (existsSync(indexFile)) renameSync(indexFile, keptIndex)
  await forget(repository, folder, indexFile)
  await mkdir(path.dirname(to), { recursive: true })
  try {
    await rename(folder, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      await rm(keptIndex, { force: true })
      return false
    }
    if (code !== 'EXDEV') throw error
    await cp(folder, to, { recursive: true, verbatimSymlinks: true })
    await rm(folder, { recursive: true, force: true })
  }
  // Its .git names a record that is gone; without it, git run there would find nothing, or a repository above.
  await rm(path.join(to, '.git'), { recursive: true, force: true })
  return true
}

/** Removes a worktree, its record with git and our index. What was committed stays. */
export async function removeWorktree(repository: Repository, folder: string, indexFile: string): Promise<void> {
  await forget(repository, folder, indexFile)
  await removeFolder(folder)
}

async function forget(repository: Repository, folder: string, indexFile: string): Promise<void> {
  const place = futureRealpath(folder)
  const metadata = (await recorded(repository, place, indexFile)) ?? (await registered(repository, place))
  if (metadata !== undefined) await rm(metadata, { recursive: true, force: true })
  for (const file of [indexFile, recordOf(indexFile), `${indexFile}.state`]) await rm(file, { force: true })
}
