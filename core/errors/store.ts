import { UserError } from './user-error.ts'

// Errors of the runs directory and of the store.

export function runsDirIsFileError(runsDir: string, file: string, cause?: unknown): UserError {
  const message = runsDir === file ? `the runs directory ${runsDir} is a file` : `the runs directory ${runsDir} cannot be made: ${file} is a file`
  return new UserError({
    code: 'runs-dir-is-file',
    message,
    where: { file },
    fix: 'move the file away, or name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config',
    cause,
  })
}

export function runsDirNotWritableError(runsDir: string, reason: string, cause?: unknown): UserError {
  return new UserError({
    code: 'runs-dir-not-writable',
    message: `the runs directory ${runsDir} cannot be written (${reason})`,
    where: { file: runsDir },
    fix: 'make it writable for this user, or name another folder in AUTONOMOUS_RUNS_DIR or in `runsDir` of the config',
    cause,
  })
}

export function databaseUrlError(url: string): UserError {
  return new UserError({
    code: 'database-url-invalid',
    message: `DATABASE_URL ${JSON.stringify(url)} is not one that Autopack knows`,
    fix: 'write sqlite:///relative.db (relative to the folder of the config), sqlite:////absolute.db, or unset it for autopack.db in the runs directory',
  })
}

export function databaseUrlUnsupportedError(url: string): UserError {
  return new UserError({
    code: 'database-url-unsupported',
    message: `DATABASE_URL ${JSON.stringify(url)} names PostgreSQL, which this version of Autopack cannot use yet`,
    fix: 'write sqlite:///relative.db or sqlite:////absolute.db, or unset it for autopack.db in the runs directory',
  })
}

export function storeNotADatabaseError(file: string, cause?: unknown): UserError {
  return new UserError({
    code: 'store-not-a-database',
    message: `the store ${file} is not a SQLite database`,
    where: { file },
    fix: 'move the file away, or correct DATABASE_URL if it names the wrong file',
    cause,
  })
}

export function storeCorruptError(file: string, problem: string, cause?: unknown): UserError {
  return new UserError({
    code: 'store-corrupt',
    message: `the store ${file} is damaged (${problem})`,
    where: { file },
    fix: 'restore it from a backup, or keep what can be read: sqlite3 <store> .recover | sqlite3 <new store>, then move the new one into its place',
    cause,
  })
}

export function storeEmptyError(file: string, runsDir: string): UserError {
  return new UserError({
    code: 'store-empty',
    message: `the store ${file} is empty, but ${runsDir} holds runs that it should know`,
    where: { file },
    fix: 'restore the store from a backup, or delete the empty file and start a new store with --new-store (the runs start anew)',
  })
}

/** An empty store in the place of the one that the project has used. `before`: where that one is, if that is known and another place; `trace`: what tells of it. */
export function storeElsewhereError(location: string, before: string | undefined, trace: string): UserError {
  const fix = before === undefined ? 'restore the store from a backup, or correct DATABASE_URL or AUTONOMOUS_RUNS_DIR' : `set DATABASE_URL as it was then: sqlite:///${before}`
  return new UserError({
    code: 'store-elsewhere',
    message: before === undefined ? `the store ${location} is empty, and the one that ${trace} worked on is gone` : `the store ${location} is empty, and ${trace}, worked on ${before}`,
    where: { file: location },
    fix: `${fix}; or begin anew, every run from its first phase, with --new-store`,
  })
}

export function storeLockedError(file: string, milliseconds: number, cause?: unknown): UserError {
  return new UserError({
    code: 'store-locked',
    message: `the store ${file} has been locked by another process for more than ${milliseconds < 1_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1_000)} s`}`,
    where: { file },
    fix: 'end the process that holds it (a database browser, a backup?), then try again',
    cause,
  })
}

export function storeTimeoutError(text: string): UserError {
  return new UserError({ code: 'store-timeout-invalid', message: `AUTOPACK_STORE_TIMEOUT ${JSON.stringify(text)} is not a duration`, fix: 'write one such as 30s or 250ms, or unset it' })
}

export function storeNewerError(file: string, found: number, known: number): UserError {
  return new UserError({
    code: 'store-newer',
    message: `the store ${file} has schema ${found}, written by a newer Autopack; this one knows schema ${known}`,
    where: { file },
    fix: 'update Autopack: npm install autopack@latest',
  })
}

export function storeForeignError(file: string): UserError {
  return new UserError({
    code: 'store-foreign',
    message: `the database ${file} belongs to something else: it has tables, and none that says it is a store of Autopack`,
    where: { file },
    fix: 'name another file in DATABASE_URL, or unset it for autopack.db in the runs directory',
  })
}

export function storeUnusableError(file: string, problem: string, cause?: unknown): UserError {
  return new UserError({
    code: 'store-unusable',
    message: `the store ${file} cannot be used (${problem})`,
    where: { file },
    fix: 'make the file and its folder readable and writable for this user, and see that the disk is not full',
    cause,
  })
}
