import type { Kysely } from 'kysely'
import { storeForeignError, storeNewerError } from '../errors.ts'
import type { Runtime } from '../model/runtime.ts'
import type { Connection } from './connection.ts'
import { schemaVersion } from './migrations/version.ts'
import type { Database } from './schema.ts'
import { raw, run } from './steps.ts'
import type { Steps } from './steps.ts'
import type { StoreIdentity } from './store.ts'

export interface MigrateOptions { file: string; runtime: Runtime }

/**
 * Brings the schema up to date in one immediate transaction, so that of several openers one does it and the others find it done.
 * Throws a UserError for a newer schema and for somebody else's database.
 */
export async function migrate(connection: Connection, loadQueries: () => Promise<Kysely<Database>>, options: MigrateOptions): Promise<StoreIdentity> {
  const identity = (row: { id: string; schema_version: number; created_at: number }): StoreIdentity => {
    if (row.schema_version > schemaVersion) throw storeNewerError(options.file, row.schema_version, schemaVersion)
    return { kind: 'sqlite', location: options.file, id: row.id, schemaVersion: row.schema_version, createdAt: row.created_at }
  }
  // Most openers have nothing to do and take no write lock.
  const found = await connection.read(() => readIdentity(options.file))
  if (found && found.schema_version >= schemaVersion) return identity(found)
  const [queries, { migrations }] = await Promise.all([loadQueries(), import('./migrations/index.ts')])
  return connection.write(function* () {
    const before = yield* readIdentity(options.file)
    if (before && before.schema_version >= schemaVersion) return identity(before)
    for (const migration of migrations.filter(({ version }) => version > (before?.schema_version ?? 0))) {
      for (const text of migration.statements) yield* raw(text)
    }
    const row = before ?? { id: options.runtime.randomHex(16), created_at: options.runtime.now() }
    const current = { id: row.id, created_at: row.created_at, schema_version: schemaVersion }
    if (before) yield* run(queries.updateTable('store').set({ schema_version: schemaVersion }))
    else yield* run(queries.insertInto('store').values(current))
    return identity(current)
  })
}

function* readIdentity(file: string): Steps<Database['store'] | undefined> {
  const tables = yield* raw<{ name: string }>(`select name from sqlite_master where type = 'table' and name not like 'sqlite_%'`)
  if (tables.length === 0) return undefined
  if (!tables.some((table) => table.name === 'store')) throw storeForeignError(file)
  const [row] = yield* raw<Database['store']>('select * from store')
  if (!row) throw storeForeignError(file)
  return row
}
