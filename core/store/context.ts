import type { Kysely } from 'kysely'
import type { Runtime } from '../model/runtime.ts'
import type { Connection } from './connection.ts'
import type { Database } from './schema.ts'
import type { Statement } from './steps.ts'
import type { Owner } from './store.ts'

/** How ids become names of folders: `RunLayout` has both. */
export interface KeyMaker {
  keyFor(id: string, isTaken?: (key: string) => boolean): string
  takenKeys(keys: Iterable<string>): ((key: string) => boolean) & { add(key: string): void }
}

/** What every part of the store works with. */
export interface StoreContext {
  project: string
  connection: Connection
  queries: Kysely<Database>
  runtime: Runtime
  keys: KeyMaker
  /** The statements of a claim and of its end, for who makes them ready beforehand. */
  frequent: Pick<Statement<never, unknown>, 'sql'>[]
  /** Whether the process of an owner on this host still runs. */
  isAlive(owner: Owner): boolean
  /** Whether an owner's machine has the same clock as this one. */
  hasOurClock(owner: Owner): boolean
}
