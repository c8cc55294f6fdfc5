import { open as openFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { storeEmptyError, storeNotADatabaseError, storeUnusableError } from '../errors.ts'
import { makeFolders, removeFolders } from '../make-folders.ts'
import type { Runtime } from '../model/runtime.ts'
import { openConnection } from './connection.ts'
import type { KeyMaker } from './context.ts'
import { createQueries } from './dialect.ts'
import { storeLocation } from './location.ts'
import { lookingStore } from './looking.ts'
import { migrate } from './migrate.ts'
import type { Owner, Store } from './store.ts'

export interface OpenStoreOptions {
  /** `DATABASE_URL`; without it the store is `layout.database`. See `storeLocation`. */
  databaseUrl?: string | undefined
  /** Folder of the config, absolute: what a relative `DATABASE_URL` is relative to. */
  configDir: string
  project: string
  runtime: Runtime
  /** Makes keys, and knows where the runs of this project are: a `RunLayout` fits. */
  layout: KeyMaker & { database: string; projectRunsDir: string }
  /** Whether the process of an owner on this host still runs; asked for no other host's. */
  isAlive: (owner: Owner) => boolean
  /** Whether an owner's machine has the same clock as this one. Default: it has the same name. */
  hasOurClock?: (owner: Owner) => boolean
  /** Makes a store where there is none. A reading command passes false and gets undefined. */
  create: boolean
  /** How long a locked database is waited for, in milliseconds. Default 30000. */
  patienceMs?: number
  /** FULL (default) survives a power cut with the last transaction; NORMAL may lose it, and never the store. */
  synchronous?: 'NORMAL' | 'FULL'
}

/** Opens the store and brings its schema up to date. Undefined when there is none and `create` is false. Throws a UserError for a file that cannot serve. */
export async function openStore(options: OpenStoreOptions & { create: true }): Promise<Store>
export async function openStore(options: OpenStoreOptions): Promise<Store | undefined>
export async function openStore(options: OpenStoreOptions): Promise<Store | undefined> {
  const { runtime } = options
  const { file } = storeLocation({ databaseUrl: options.databaseUrl, configDir: options.configDir, defaultFile: options.layout.database })
  const found = await inspectStore(file, options.layout.projectRunsDir)
  if (found !== 'database' && !options.create) return undefined
  const folders = found !== 'missing' ? [] : await makeFolders(path.dirname(file)).catch((error: unknown) => { throw storeUnusableError(file, (error as Error).message, error) })
  // A command that writes needs the builder of statements at once; one that looks may come to its end without.
  let loading = options.create ? createQueries() : undefined
  const loadQueries = () => (loading ??= createQueries())
  const connection = await openConnection({ file, runtime, patienceMs: options.patienceMs ?? 30_000, synchronous: options.synchronous ?? 'FULL' }).catch(async (error: unknown) => {
    await removeFolders(folders)
    throw error
  })
  try {
    const identity = await migrate(connection, loadQueries, { file, runtime })
    const load = async () => {
      const [{ assemble }, queries] = await Promise.all([import('./assemble.ts'), loadQueries()])
      return assemble({ project: options.project, connection, queries, runtime, keys: options.layout, frequent: [], isAlive: options.isAlive, hasOurClock: options.hasOurClock ?? ((owner) => owner.host === runtime.host) }, identity)
    }
    return options.create ? await load() : lookingStore({ project: options.project, connection, identity, load })
  } catch (error) {
    connection.close()
    throw error
  }
}

/** What lies at the place of the store. Throws a UserError for what is no database, and for an empty file where runs are. */
export async function inspectStore(file: string, projectRunsDir: string): Promise<'missing' | 'empty' | 'database'> {
  // Asked first: runs that are seen afterwards may come from a process that has filled the file meanwhile.
  const runs = await hasEntries(projectRunsDir)
  const found = await inspect(file)
  if (found === 'foreign') throw storeNotADatabaseError(file)
  if (found === 'empty' && runs) throw storeEmptyError(file, projectRunsDir)
  return found
}

/** What lies at the path, by its first bytes: SQLite itself creates what is missing and fills what is empty without a word. */
async function inspect(file: string): Promise<'missing' | 'empty' | 'database' | 'foreign'> {
  try {
    const handle = await openFile(file, 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
      if (bytesRead === 0) return 'empty'
      return buffer.toString('latin1') === 'SQLite format 3\0' ? 'database' : 'foreign'
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing'
    throw storeUnusableError(file, (error as Error).message, error)
  }
}

async function hasEntries(dir: string): Promise<boolean> {
  return (await readdir(dir).catch(() => [])).length > 0
}
