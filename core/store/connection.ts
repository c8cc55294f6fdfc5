import { existsSync, rmSync, statSync } from 'node:fs'
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { storeCorruptError, storeLockedError, storeNotADatabaseError, storeUnusableError } from '../errors.ts'
import type { Runtime } from '../model/runtime.ts'
import type { CompiledStatement, QueryAnswer, Steps } from './steps.ts'

/** One connection to a SQLite file. */
export interface Connection {
  /** Runs the steps in one immediate transaction: all or nothing. */
  write<T>(steps: () => Steps<T>): Promise<T>
  /**
   * As `write`, but not synced to the disk by itself: a crash of this process loses nothing, a power cut what was noted since the last `write`.
   * For what nobody needs once every process is gone: how far an attempt got, what it spawned, how long things took.
   */
  note<T>(steps: () => Steps<T>): Promise<T>
  /** Runs the steps on one snapshot. */
  read<T>(steps: () => Steps<T>): Promise<T>
  /** `read` of one statement, which is a snapshot by itself: a third of the time. Throws where there is a second one. */
  ask<T>(steps: () => Steps<T>): Promise<T>
  /** Reads the schema and prepares statements, so that no transaction has to. */
  prepare(statements: readonly string[]): Promise<void>
  /** Runs plain SQL outside a transaction, such as a pragma. */
  exec(sql: string): Promise<void>
  query(sql: string): Record<string, unknown>[]
  close(): void
}

export interface ConnectionOptions {
  file: string
  runtime: Runtime
  /** How long a busy database is waited for, in milliseconds. */
  patienceMs: number
  synchronous: 'NORMAL' | 'FULL'
}

/** Waits of less than a millisecond that hold up this process, in a row, before it gives way to its other work. */
const shortWaits = 20
const busy = 5
const locked = 6

/** Opens the file; creates it when it is missing. */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const { DatabaseSync } = await import('node:sqlite')
  const explain = (error: unknown) => explained(error, options.file)
  let database: DatabaseSync
  try {
    // The busy handler of SQLite starves some of several writers: we wait ourselves, for a random moment.
    database = new DatabaseSync(options.file, { timeout: 0 })
  } catch (error) {
    throw explain(error)
  }
  const statements = new Map<string, Prepared>()
  const cell = new Int32Array(new SharedArrayBuffer(4))
  const retry = async <T>(work: () => T): Promise<T> => {
    const { runtime } = options
    let start: number | undefined
    for (let tries = 1; ; tries++) {
      try {
        return work()
      } catch (error) {
        if (!isBusy(error)) throw explain(error)
        if (runtime.monotonic() - (start ??= runtime.monotonic()) > options.patienceMs) throw storeLockedError(options.file, options.patienceMs, error)
      }
      // The longer somebody waits, the more often he looks: who has just finished would come first again and again.
      const jitterMs = 0.1 + (runtime.random() * 0.9) / Math.ceil(tries / shortWaits)
      // A timer takes a millisecond at least, several transactions long: who waits by timers only is starved by who does not.
      if (tries % shortWaits !== 0) Atomics.wait(cell, 0, 0, jitterMs)
      else await runtime.sleep(jitterMs)
    }
  }
  const prepare = (sql: string) => {
    let known = statements.get(sql)
    if (!known) statements.set(sql, (known = prepared(database.prepare(sql), sql)))
    return known
  }
  const execute = ({ sql, parameters, single }: CompiledStatement): QueryAnswer => answerOf(prepare(sql), parameters as SQLInputValue[], single)
  let synchronous: string = options.synchronous
  // A text that is handed to `exec` is parsed each time.
  const plain = (sql: string): void => void execute({ sql, parameters: [] })
  const transaction = (begin: string, level?: string) => <T>(steps: () => Steps<T>) => retry(() => {
    if (level !== undefined && level !== synchronous) {
      database.exec(`pragma synchronous = ${level}`)
      synchronous = level
    }
    plain(begin)
    try {
      const result = drive(steps(), execute)
      plain('commit')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      throw error
    }
  })
  const connection: Connection = {
    write: transaction('begin immediate', options.synchronous),
    note: transaction('begin immediate', 'NORMAL'),
    read: transaction('begin'),
    ask: (steps) => retry(() => {
      let asked = false
      return drive(steps(), (query) => {
        if (asked) throw new Error(`a second statement needs a snapshot: ${query.sql}`)
        asked = true
        return execute(query)
      })
    }),
    prepare: (texts) => retry(() => texts.forEach(prepare)),
    exec: (sql) => retry(() => database.exec(sql)),
    query: (sql) => database.prepare(sql).all(),
    close: () => { if (database.isOpen) database.close() },
  }
  try {
    await connection.exec('pragma journal_mode = wal')
    await connection.exec(`pragma synchronous = ${options.synchronous}; pragma foreign_keys = on; pragma wal_autocheckpoint = 4000`)
  } catch (error) {
    connection.close()
    throw error
  }
  return connection
}

/** `columns`: names for the values of a row; undefined where the rows come as objects. */
interface Prepared { statement: StatementSync; reads: boolean; columns: readonly string[] | undefined }

function prepared(statement: StatementSync, sql: string): Prepared {
  const columns = statement.columns().map((column) => column.name)
  // As an object, made anew by its names, a row costs as much again as reading it. What a star stands for may change under a statement that is kept.
  const isNamed = columns.length > 0 && !sql.includes('*')
  if (isNamed) statement.setReturnArrays(true)
  return { statement, reads: columns.length > 0, columns: isNamed ? columns : undefined }
}

function answerOf({ statement, reads, columns }: Prepared, values: SQLInputValue[], single: boolean | undefined): QueryAnswer {
  if (!reads) return { rows: [], changes: Number(statement.run(...values).changes) }
  const first = single ? statement.get(...values) : undefined
  const rows = single ? (first ? [first] : []) : statement.all(...values)
  return { rows: columns ? (rows as unknown as unknown[][]).map((row) => named(columns, row)) : rows, changes: 0 }
}

function named(columns: readonly string[], row: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  for (let index = 0; index < columns.length; index++) object[columns[index]!] = row[index]
  return object
}

function drive<T>(steps: Steps<T>, execute: (query: CompiledStatement) => QueryAnswer): T {
  let step = steps.next()
  while (!step.done) step = steps.next(execute(step.value))
  return step.value
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | undefined)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

function isBusy(error: unknown): boolean {
  const code = codeOf(error)
  return code === busy || code === locked
}

/** One consistent copy of a store, although another process may be writing; nothing is written beside the store either. Throws a UserError. */
export async function copyStore(from: string, to: string, patienceMs: number): Promise<void> {
  // Whoever reads a database in WAL mode leaves two files beside it. One that nobody has open is all in its one file.
  const before = stateOf(from)
  if (before !== undefined) {
    await copy(from, to, { immutable: true, patienceMs })
    if (stateOf(from) === before) return
    rmSync(to, { force: true })
  }
  await copy(from, to, { immutable: false, patienceMs })
}

/** What changes with the file; undefined while a process has it open, or did not close it. */
function stateOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  return found && !existsSync(`${file}-wal`) ? `${found.size} ${found.mtimeMs} ${found.ino}` : undefined
}

async function copy(from: string, to: string, { immutable, patienceMs }: { immutable: boolean; patienceMs: number }): Promise<void> {
  const { backup, DatabaseSync } = await import('node:sqlite')
  let source: DatabaseSync | undefined
  const place = pathToFileURL(from)
  if (immutable) place.search = 'immutable=1'
  try {
    source = new DatabaseSync(place, { readOnly: true, timeout: patienceMs })
    // What is wrong is said by reading: of a locked file `backup` says "not an error".
    source.prepare('select count(*) from sqlite_master').get()
    await backup(source, to)
  } catch (error) {
    throw isBusy(error) ? storeLockedError(from, patienceMs, error) : explained(error, from)
  } finally {
    source?.close()
  }
}

/** Turns what SQLite says of the file into what a user can act on; anything else is a mistake of ours and stays. */
function explained(error: unknown, file: string): unknown {
  switch (codeOf(error)) {
    case 11: return storeCorruptError(file, (error as Error).message, error)
    case 26: return storeNotADatabaseError(file, error)
    // Read only, input or output error, full, cannot open.
    case 8: case 10: case 13: case 14: return storeUnusableError(file, (error as Error).message, error)
    default: return error
  }
}
