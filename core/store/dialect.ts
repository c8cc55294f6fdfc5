import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

/**
 * Kysely as the builder and compiler of statements for SQLite. It holds no connection: its own driver wants statements with a `.reader`
 * flag, which those of node:sqlite lack, and gives way between the statements of a transaction.
 */
export async function createQueries(): Promise<Kysely<Database>> {
  const { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } = await import('kysely')
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
}
