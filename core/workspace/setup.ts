/** What a project's setup makes (installed packages, say): made once per key, cached, copied into worktrees, verified and restored. */
import { createHash } from 'node:crypto'
import { constants, lstatSync, readdirSync } from 'node:fs'
import { lstat, mkdir, mkdtemp, readdir, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { setupEscapesError, setupFailedError, setupFolderMissingError, UserError } from '../errors.ts'
import type { Command } from '../model/command.ts'
import { commandLine } from '../model/command-text.ts'
import type { ProcessRunner } from '../model/process.ts'
import { readIndex } from './index-file.ts'
import { removeFolder } from './remove.ts'
import { gitAt, submodulesIn } from './tree.ts'
import type { TreePlace } from './tree.ts'

/** `workspace` of the config, with what is needed to run it. */
export interface SetupRequest {
  /** Run in this order in the project root of a worktree. */
  setup: readonly Command[]
  /** Folders that the commands make, relative to the project root: cached and copied. */
  cache: readonly string[]
  /** Files whose content, with commands and platform, decides whether a cached setup serves. Relative to the project root. */
  key: readonly string[]
  /** Where caches lie, by key: `WorktreePaths.setupCache`. On the worktrees' file system, so that copies can share blocks. */
  dir: (key: string) => string
  /** Default: beside the cache. */
  logPath?: string
  /** Wraps the work when no cache serves: it may take minutes, and somebody should be told. */
  around?: (work: () => Promise<void>) => Promise<void>
  /** Setups that are under way in this process, by cache folder: who needs the same one waits for it. Without it two at once both run their commands, and one copy stays. */
  underWay?: Map<string, Promise<unknown>>
  /** Setups that failed already, by what they are and the tree they failed on. `find`: the error that is thrown instead of running the commands once more. */
  failures?: { find(id: string): Error | undefined; failed(id: string, error: Error): void; made(id: string): void }
}

/** How commands of the setup run. */
export interface SetupRunner {
  exec: ProcessRunner
  env: Readonly<Record<string, string>>
  signal?: AbortSignal
}

/** What is in force in a worktree: the key, and a digest of each cached folder right after it was put there. */
export interface SetupState {
  key: string
  digest: string
}

/** The cached folders, relative to the repository. */
export function setupFolders(setup: SetupRequest | undefined, prefix: string): string[] {
  return (setup?.cache ?? []).map((folder) => path.posix.join(prefix, folder).replace(/\/+$/, ''))
}

/** What lies on disk for the setup's sake, however little else does: its key files, and what it makes. */
export function neededBySetup(setup: SetupRequest | undefined, prefix: string): string[] {
  return [...(setup?.key ?? []).map((file) => path.posix.join(prefix, file)), ...setupFolders(setup, prefix)]
}

/** Identifies a setup on a tree: what the key files hold there, the commands, the platform. */
export async function setupKeyOf(place: TreePlace, setup: SetupRequest, tree: string): Promise<string> {
  // Of a submodule that setup fills, the commit it is at.
  const files = [...setup.key.map((file) => path.posix.join(place.repository.prefix, file)), ...place.keep]
  const listing = files.length > 0 ? (await gitAt(place, { args: ['ls-tree', '-r', '-z', '--full-tree', tree, '--', ...files], reading: true })).stdout : ''
  const about = { version: 1, commands: setup.setup, cache: setup.cache, node: process.version, platform: process.platform, arch: process.arch }
  return createHash('sha256').update(JSON.stringify(about)).update('\0').update(listing).digest('hex').slice(0, 20)
}

/**
 * Makes what setup makes for `tree` be in the worktree, whose files are `tree` already. Nothing is done where `state` still holds.
 * Returns the new state, and whether the commands ran. Throws UserError: a command failed, a folder is missing, an entry leaves the worktree.
 */
export async function ensureSetup(
  place: TreePlace, setup: SetupRequest, runner: SetupRunner, tree: string, state: SetupState | undefined,
): Promise<{ state: SetupState; ran: boolean }> {
  const key = await setupKeyOf(place, setup, tree)
  if (state?.key === key && state.digest === digestOf(place)) return { state, ran: false }
  const cached = setup.dir(key)
  const id = `${cached} ${tree} ${place.sparse?.key ?? ''}`
  while (!(await stat(cached).catch(() => undefined))) {
    const other = setup.underWay?.get(cached)
    if (other && !runner.signal?.aborted) {
      // If it fails, it is told here too, or its command fails once more.
      await settled(other, runner.signal)
      continue
    }
    const known = setup.failures?.find(id)
    if (known) throw known
    const making = make(place, setup, runner, cached)
    setup.underWay?.set(cached, making)
    try {
      await making
      setup.failures?.made(id)
    } catch (error) {
      // What a stop has ended did not fail.
      if (error instanceof UserError && !runner.signal?.aborted) setup.failures?.failed(id, error)
      throw error
    } finally {
      setup.underWay?.delete(cached)
    }
    return { state: { key, digest: digestOf(place) }, ran: true }
  }
  for (const folder of place.keep) {
    const target = path.join(place.worktree.path, folder)
    await removeFolder(target)
    await mkdir(path.dirname(target), { recursive: true })
    await copyFolder(path.join(cached, folder), target)
  }
  return { state: { key, digest: digestOf(place) }, ran: false }
}

async function make(place: TreePlace, setup: SetupRequest, runner: SetupRunner, cached: string): Promise<void> {
  const work = async () => {
    await runSetup(place, setup, runner, setup.logPath ?? `${cached}.log`)
    await takeFilesAlone(place)
    await store(place, cached)
  }
  await (setup.around ? setup.around(work) : work())
}

/** Waits until the work has ended, well or not, or the signal is aborted. */
async function settled(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  const over = new AbortController()
  const aborted = new Promise<void>((resolve) => void signal?.addEventListener('abort', () => resolve(), { once: true, signal: over.signal }))
  await Promise.race([work.catch(() => undefined), aborted])
  over.abort()
}

async function runSetup(place: TreePlace, setup: SetupRequest, runner: SetupRunner, logPath: string): Promise<void> {
  await mkdir(path.dirname(logPath), { recursive: true })
  for (const folder of place.keep) await removeFolder(path.join(place.worktree.path, folder))
  const cwd = path.join(place.worktree.path, place.repository.prefix)
  for (const command of setup.setup) {
    const result = await runner.exec({ command, cwd, env: runner.env, logPath, ...(runner.signal && { signal: runner.signal }) })
    if (result.ended === 'exit' && result.exitCode === 0) continue
    const ended = result.ended === 'exit' ? `exit code ${result.exitCode ?? result.signal}` : result.message ?? result.ended
    throw setupFailedError(commandLine(command), ended, result.logPath, result.tail)
  }
}

/** Of a submodule that the setup filled, only its files: what `.git` names is of this worktree, and no copy could be told from a change. */
async function takeFilesAlone(place: TreePlace): Promise<void> {
  const entries = (await readIndex(place.worktree.indexFile, place.hashLength)) ?? []
  for (const folder of submodulesIn(entries, place.keep).kept) await rm(path.join(place.worktree.path, Buffer.from(folder, 'latin1').toString('utf8'), '.git'), { recursive: true, force: true })
}

/** Copies into a folder of its own name first: two processes that set up the same key at once both succeed, and one copy stays. */
async function store(place: TreePlace, cached: string): Promise<void> {
  await mkdir(path.dirname(cached), { recursive: true })
  const building = await mkdtemp(`${cached}.`)
  try {
    for (const folder of place.keep) {
      const source = path.join(place.worktree.path, folder)
      const found = await lstat(source).catch(() => undefined)
      if (!found?.isDirectory()) throw setupFolderMissingError(folder)
      await refuseEscapes(place.worktree.path, source)
      await mkdir(path.dirname(path.join(building, folder)), { recursive: true })
      await copyFolder(source, path.join(building, folder))
    }
    await rename(building, cached).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(building, { recursive: true, force: true })
  }
}

const copier = `const { cpSync } = require('node:fs'); const { from, to, options } = require('node:worker_threads').workerData; cpSync(from, to, options)`

/** Of tens of thousands of small files the promised `cp` takes ten times as long as `cpSync`, which in turn must not hold up the heartbeat: so it has a thread. */
async function copyFolder(from: string, to: string): Promise<void> {
  const options = { recursive: true, verbatimSymlinks: true, preserveTimestamps: true, mode: constants.COPYFILE_FICLONE }
  const worker = new Worker(copier, { eval: true, execArgv: [], workerData: { from, to, options } })
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${from} could not be copied to ${to}: the copying thread ended with ${code}`))))
  })
}

/** An absolute link into the worktree is refused too: in the next worktree it would lead here. */
async function refuseEscapes(top: string, folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) await refuseEscapes(top, file)
    if (!entry.isSymbolicLink()) continue
    const link = await readlink(file)
    const target = path.resolve(folder, link)
    const real = await realpath(file).catch(() => target)
    const inside = (one: string) => one === top || one.startsWith(top + path.sep)
    if (path.isAbsolute(link) || !inside(target) || !inside(real)) throw setupEscapesError(path.relative(top, file), link)
  }
}

/** Changes when anything in the cached folders changes: names, kinds, sizes, modes, and the times that only the system can set. */
function digestOf(place: TreePlace): string {
  const hash = createHash('sha256')
  const walk = (file: string) => {
    const found = lstatSync(file, { bigint: true, throwIfNoEntry: false })
    if (!found) return
    if (!found.isDirectory()) {
      hash.update(`${file}\0${found.ino} ${found.mode} ${found.size} ${found.mtimeNs} ${found.ctimeNs}\n`)
      return
    }
    hash.update(`${file}\0${found.ino} ${found.mode}\n`)
    let names: string[] = []
    try {
      names = readdirSync(file).sort()
    } catch {
      // One that may not be looked into is another than was put there, by its mode.
    }
    for (const name of names) walk(`${file}/${name}`)
  }
  for (const folder of place.keep) walk(path.join(place.worktree.path, folder))
  return hash.digest('hex')
}
