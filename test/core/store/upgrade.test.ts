import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import path from 'node:path'
import { clockToleranceMs } from '../../../core/store/lease.ts'
import { migrations } from '../../../core/store/migrations/index.ts'
import { schemaVersion } from '../../../core/store/migrations/version.ts'
import { claimed, claimRequest, ending, newStore, temporaryFolders } from './support.ts'

const test = suite('upgrade of the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

// One dump of each released schema, `schema-{version}.sql`: a new migration adds one and changes none.
const dumps = path.join(import.meta.dirname, '..', '..', 'fixtures', 'store')

test('the migrations are numbered from 1 without a gap, and every schema has its dump', () => {
  assert.equal(migrations.map((migration) => migration.version), migrations.map((_, index) => index + 1))
  assert.is(migrations.length, schemaVersion)
  assert.equal(readdirSync(dumps).sort(), migrations.map((migration) => `schema-${migration.version}.sql`).sort())
})

for (const name of readdirSync(dumps)) {
  test(`${name} is brought up to date and serves`, async () => {
    const dir = folders.make()
    mkdirSync(path.join(dir, 'runs'))
    const database = new DatabaseSync(path.join(dir, 'runs', 'autopack.db'))
    database.exec(readFileSync(path.join(dumps, name), 'utf8'))
    database.close()
    const { store, owner, runtime } = await newStore(dir)
    assert.is(store.identity.schemaVersion, schemaVersion)
    assert.is(store.identity.id, '00112233445566778899aabbccddeeff', 'it stays the same store')
    assert.equal(await store.verify(), [])
    assert.equal((await store.phases({ run: 'shop-20251208' })).map((phase) => [phase.id, phase.state, phase.attempts]), [
      ['done', 'COMPLETE', 1], ['broken', 'FAILED', 2], ['running', 'EXECUTING', 1], ['waiting', 'QUEUED', 0],
    ])
    const [failed] = (await store.attempts({ phase: 'broken', limit: 1 }))
    assert.equal([failed?.number, failed?.classification?.fingerprint, failed?.usage], [2, 'v1-3f9c2a71b04d', { inputTokens: 10, outputTokens: 5 }])
    assert.equal((await store.breakerEvents({})).map((event) => event.type === 'attempt' && [event.phase, event.family, event.outcome, event.found?.fingerprint]), [
      ['done', 'shop', 'complete', undefined], ['broken', 'shop', 'failed', 'v1-3f9c2a71b04d'], ['broken', 'shop', 'failed', 'v1-3f9c2a71b04d'],
    ])
    runtime.advance(70_000 + clockToleranceMs)
    const [orphan] = await store.orphans(() => true)
    const claim = (await store.takeOver(orphan!.id, owner(1), 60))!
    await store.finish(claim, ending('interrupted', 'QUEUED'))
    await store.finish(claimed(await store.claim(claimRequest(owner(1), 'shop-20251208', 'waiting'))), ending('complete', 'COMPLETE'))
    assert.equal([await store.baseline('k'), await store.lastDuration('check:tests')], ['{}', 1200])
    await store.close()
  })
}

test('attempts of one run that were open side by side are open still, and its run is kept until each is ended', async () => {
  const dir = folders.make()
  mkdirSync(path.join(dir, 'runs'))
  const database = new DatabaseSync(path.join(dir, 'runs', 'autopack.db'))
  database.exec(readFileSync(path.join(dumps, 'schema-8.sql'), 'utf8'))
  database.exec(`update attempts set ended_at = null, outcome = null, fencing_token = 4 where phase = 'broken' and number = 2; update phases set state = 'EXECUTING' where id = 'broken'`)
  database.close()
  const { store, owner, runtime } = await newStore(dir)
  runtime.advance(70_000 + clockToleranceMs)
  const open = await store.orphans(() => true)
  assert.equal(open.map(({ phase }) => phase), ['broken', 'running'])
  for (const { id } of open) {
    const found = await store.claim(claimRequest(owner(1), 'shop-20251208', 'waiting'))
    assert.ok(found.type === 'abandoned', JSON.stringify(found))
    await store.finish((await store.takeOver(id, owner(1), 60))!, ending('interrupted', 'QUEUED'))
  }
  assert.equal([await store.orphans(() => true), await store.heldLeases(), await store.verify()], [[], [], []])
  assert.is((await store.claim(claimRequest(owner(1), 'shop-20251208', 'waiting'))).type, 'claimed')
  await store.close()
})

test.run()
