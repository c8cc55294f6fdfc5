import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import { formatUserError, UserError } from '../../../core/errors.ts'
import { createRunLayout } from '../../../core/layout/layout.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { schemaVersion } from '../../../core/store/migrations/version.ts'
import { openStore } from '../../../core/store/open.ts'
import { claimed, claimRequest, newStore, plan, temporaryFolders, thrownBy } from './support.ts'

const test = suite('opening a store')
const folders = temporaryFolders()
test.after(() => folders.remove())

function at(dir: string, more: { databaseUrl?: string; create?: boolean; patienceMs?: number } = {}) {
  const layout = createRunLayout({ runsDir: path.join(dir, 'runs'), project: 'p' })
  return { layout, open: () => openStore({ layout, configDir: dir, project: 'p', runtime: systemRuntime(), isAlive: () => true, create: true, ...more }) }
}

async function textOf(work: Promise<unknown>): Promise<string> {
  const error = await thrownBy(work)
  assert.instance(error, UserError, String(error))
  assert.is((error as UserError).exitCode, 2)
  return formatUserError(error as UserError)
}

test('a reading command never creates a store', async () => {
  const dir = folders.make()
  assert.is(await at(dir, { create: false }).open(), undefined)
  assert.equal(readdirSync(dir), [])
})

test('DATABASE_URL: three slashes from the config folder, four absolute, none for the default', async () => {
  const dir = folders.make()
  const file = async (databaseUrl?: string) => {
    const store = await at(dir, databaseUrl === undefined ? {} : { databaseUrl }).open()
    await store!.close()
    return store!.identity.location
  }
  assert.is(await file(), path.join(dir, 'runs', 'autopack.db'))
  assert.is(await file(''), path.join(dir, 'runs', 'autopack.db'))
  assert.is(await file('sqlite:///data/relative.db'), path.join(dir, 'data', 'relative.db'))
  assert.is(await file(`sqlite:///${dir}/absolute.db`), path.join(dir, 'absolute.db'))
  for (const name of ['runs/autopack.db', 'data/relative.db', 'absolute.db']) assert.ok(existsSync(path.join(dir, name)), name)
})

test('DATABASE_URL that cannot be used', async () => {
  const refused = (databaseUrl: string) => textOf(at('/nowhere', { databaseUrl }).open())
  assert.is(
    await refused('postgres://ann:secret@db.example/autopack?sslmode=require'),
    'error[database-url-unsupported]: DATABASE_URL "postgres://…@db.example/autopack?…" names PostgreSQL, which this version of Autopack cannot use yet\n' +
      '  fix: write sqlite:///relative.db or sqlite:////absolute.db, or unset it for autopack.db in the runs directory')
  const fix = '  fix: write sqlite:///relative.db (relative to the folder of the config), sqlite:////absolute.db, or unset it for autopack.db in the runs directory'
  for (const url of ['mysql://db/x', 'sqlite://two.db', 'sqlite:///', 'sqlite:///folder/', 'sqlite:///:memory:', 'autopack.db'])
    assert.is(await refused(url), `error[database-url-invalid]: DATABASE_URL ${JSON.stringify(url)} is not one that Autopack knows\n${fix}`)
})

test('what was written is there after closing, under the same identity', async () => {
  const dir = folders.make()
  const first = await newStore(dir)
  await first.store.importPlan(plan('r', ['a']), 'x')
  const { attemptId } = claimed(await first.store.claim(claimRequest(first.owner(1), 'r', 'a')))
  await first.store.close()
  const again = (await at(dir, { create: false }).open())!
  assert.equal(again.identity, first.store.identity)
  assert.is(again.identity.schemaVersion, schemaVersion)
  assert.is((await again.attempts({ unfinished: true }))[0]?.id, attemptId)
  await again.close()
})

test('two projects in one store do not see each other', async () => {
  const dir = folders.make()
  const [one, two] = [await newStore(dir, 'one'), await newStore(dir, 'two')]
  await one.store.importPlan(plan('r', ['a']), 'x')
  assert.equal(await two.store.runs(), [])
  assert.is((await two.store.importPlan(plan('r', ['a']), 'x')).type, 'new')
  await one.store.close()
  await two.store.close()
})

test('openers at the same time make one store', async () => {
  const dir = folders.make()
  const stores = await Promise.all(Array.from({ length: 6 }, () => at(dir).open()))
  assert.is(new Set(stores.map((store) => store!.identity.id)).size, 1)
  await Promise.all(stores.map((store) => store!.close()))
})

test('a store of a newer schema', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir)
  await (await open())!.close()
  const database = new DatabaseSync(layout.database)
  database.exec('update store set schema_version = 99')
  database.close()
  assert.is(
    await textOf(open()),
    `error[store-newer]: the store ${layout.database} has schema 99, written by a newer Autopack; this one knows schema ${schemaVersion}\n` +
      `  --> ${layout.database}\n  fix: update Autopack: npm install autopack@latest`)
})

test('a file that is no database, and one that is somebody else\'s', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir)
  mkdirSync(layout.runsDir)
  writeFileSync(layout.database, 'not a database at all, but long enough to have a header')
  assert.is(
    await textOf(open()),
    `error[store-not-a-database]: the store ${layout.database} is not a SQLite database\n  --> ${layout.database}\n` +
      '  fix: move the file away, or correct DATABASE_URL if it names the wrong file')
  const foreign = path.join(dir, 'app.db')
  const database = new DatabaseSync(foreign)
  database.exec('create table users (id)')
  database.close()
  assert.is(
    await textOf(at(dir, { databaseUrl: 'sqlite:///app.db' }).open()),
    `error[store-foreign]: the database ${foreign} belongs to something else: it has tables, and none that says it is a store of Autopack\n  --> ${foreign}\n` +
      '  fix: name another file in DATABASE_URL, or unset it for autopack.db in the runs directory')
})

test('a damaged store', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir)
  await (await open())!.close()
  const bytes = readFileSync(layout.database)
  bytes.fill(0xa5, 100, bytes.length)
  writeFileSync(layout.database, bytes)
  assert.is(
    await textOf(open()),
    `error[store-corrupt]: the store ${layout.database} is damaged (database disk image is malformed)\n  --> ${layout.database}\n` +
      '  fix: restore it from a backup, or keep what can be read: sqlite3 <store> .recover | sqlite3 <new store>, then move the new one into its place')
})

test('an empty file where runs are, and one where none are', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir)
  mkdirSync(layout.projectRunsDir, { recursive: true })
  writeFileSync(layout.database, '')
  await (await open())!.close()
  truncateSync(layout.database)
  mkdirSync(layout.run({ family: 'f', key: 'f-1' }).dir, { recursive: true })
  const text =
    `error[store-empty]: the store ${layout.database} is empty, but ${layout.projectRunsDir} holds runs that it should know\n  --> ${layout.database}\n` +
    '  fix: restore the store from a backup, or delete the empty file and start a new store with --new-store (the runs start anew)'
  assert.is(await textOf(open()), text)
  assert.is(await textOf(at(dir, { create: false }).open()), text)
})

test('a store that stays locked', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir, { patienceMs: 5 })
  const store = (await open())!
  const other = new DatabaseSync(layout.database)
  other.exec('begin immediate')
  assert.is(
    await textOf(store.putSession('s', '{}')),
    `error[store-locked]: the store ${layout.database} has been locked by another process for more than 5 ms\n  --> ${layout.database}\n` +
      '  fix: end the process that holds it (a database browser, a backup?), then try again')
  assert.equal(await store.sessions(), [], 'reading goes on')
  other.exec('rollback')
  other.close()
  await store.putSession('s', '{}')
  await store.close()
})

test('a folder where the store should be', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir)
  mkdirSync(layout.database, { recursive: true })
  assert.match(await textOf(open()), /^error\[store-unusable\]: the store \S+ cannot be used \(EISDIR: .+\)\n  --> .+\n  fix: make the file and its folder readable and writable/)
})

test('verify finds dangling rows', async () => {
  const dir = folders.make()
  const { layout, open } = at(dir)
  const store = (await open())!
  assert.equal(await store.verify(), [])
  const other = new DatabaseSync(layout.database, { enableForeignKeyConstraints: false })
  other.exec(`insert into leases values ('p', 'gone', 1, null, 'h', 1, 's', 0, null, null, null)`)
  other.close()
  assert.equal(await store.verify(), ['a row of leases names a row of runs that does not exist'])
  await store.close()
})

test.run()
