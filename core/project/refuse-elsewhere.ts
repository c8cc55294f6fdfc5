import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { Session } from '../drain/index.ts'
import { storeElsewhereError } from '../errors.ts'
import type { RunLayout } from '../layout/layout.ts'
import type { Emit } from '../model/events.ts'
import { storeLocation } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import { latestSessions } from './watch.ts'

export interface StorePlace {
  /** As it is; one that is not there yet is an empty one. */
  store: Pick<Store, 'runs' | 'identity'>
  layout: RunLayout
  /** What `traceOf` found before the store was looked for. */
  trace: StoreTrace
  databaseUrl: string | undefined
  configDir: string
  /** A person wants to begin anew. */
  newStore: boolean
  emit: Emit
}

/** What says that a project has had a store. */
export interface StoreTrace {
  /** The latest session. */
  session: Session | undefined
  /** Whether there are folders of runs. */
  runs: boolean
}

/**
 * To be asked before the store is opened: a store is always older than the sessions and folders that came of it. Asked afterwards, the traces of a drain
 * that has just made the store, in another process, would tell of a store that was not there a moment ago.
 */
export async function traceOf(layout: RunLayout): Promise<StoreTrace> {
  const { value: session } = await latestSessions(layout).next()
  return { session: session ?? undefined, runs: (await readdir(layout.projectRunsDir).catch(() => [])).length > 0 }
}

/**
 * Refuses a store without runs where a session, or the folders of runs, say that the project has had another: a slip in DATABASE_URL, or a database that
 * is gone, would pay for everything a second time. Where both have runs nobody can tell which is meant, and it is a notice. A store that was moved or
 * copied is the same by its id.
 */
export async function refuseElsewhere({ store, layout, trace: { session, runs }, databaseUrl, configDir, newStore, emit }: StorePlace): Promise<void> {
  const { file } = storeLocation({ databaseUrl, configDir, defaultFile: layout.database })
  const before = session?.store?.id === store.identity.id ? undefined : session?.store
  const elsewhere = before && before.location !== file && existsSync(before.location) ? before.location : undefined
  if ((await store.runs()).length > 0) {
    if (elsewhere !== undefined) emit({ type: 'notice', level: 'warning', message: `the session before this one, ${session!.id}, worked on another store: ${elsewhere}; this one is ${file}` })
    return
  }
  if (newStore) return
  const trace = session ? `the latest session of this project, ${session.id}` : runs ? `the runs in ${layout.projectRunsDir}` : undefined
  if (trace !== undefined) throw storeElsewhereError(file, elsewhere, trace)
}
