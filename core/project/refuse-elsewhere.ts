import { existsSync } from 'node:fs'
import { storeElsewhereError } from '../errors.ts'
import type { RunLayout } from '../layout/layout.ts'
import { storeLocation } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import { latestSessions } from './watch.ts'

export interface StorePlace {
  /** As it is; one that is not there yet is an empty one. */
  store: Pick<Store, 'runs' | 'identity'>
  layout: RunLayout
  databaseUrl: string | undefined
  configDir: string
}

/**
 * Refuses a store without runs where the latest session worked on another one that is still there: a slip in DATABASE_URL would pay for everything a second
 * time. A store that was moved or copied is the same by its id; one that was deleted to begin anew is nobody's loss.
 */
export async function refuseElsewhere({ store, layout, databaseUrl, configDir }: StorePlace): Promise<void> {
  if ((await store.runs()).length > 0) return
  const { value: session } = await latestSessions(layout).next()
  const before = session?.store
  const { file } = storeLocation({ databaseUrl, configDir, defaultFile: layout.database })
  if (!before || before.id === store.identity.id || before.location === file || !existsSync(before.location)) return
  throw storeElsewhereError(file, before.location, session.id, layout.drainSessionsDir)
}
