import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from '../../../core/store/open.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('looking')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('a store that was opened to look answers like the one that writes', async () => {
  const dir = folders.make()
  const { store, layout, runtime, owner } = await newStore(dir)
  await store.importPlan(plan('b', ['one', 'two']), 'b.json')
  runtime.advance(5)
  await store.importPlan(plan('a', ['z', 'y', 'x'], { goal: 'all' }), 'a.json')
  const first = claimed(await store.claim(claimRequest(owner(1), 'a', 'z')))
  await store.finish(first, ending('complete', 'COMPLETE', { commit: 'c0ffee', durations: new Map([['k', 12.4]]) }))
  const second = claimed(await store.claim(claimRequest(owner(1), 'b', 'two')))
  await store.finish(second, ending('usage-limit', 'QUEUED', { charged: false, circuit: 'claude', limit: { reason: 'limit reached', until: runtime.now() + 60_000 } }))

  const looking = (await openStore({ layout, configDir: dir, project: 'p', runtime, isAlive: () => true, create: false }))!
  assert.equal(looking.identity, store.identity)
  assert.equal((await looking.circuits()).map(({ builder }) => builder), ['claude'])
  assert.equal(await looking.circuits(), await store.circuits())
  for (const filter of [undefined, {}, { ids: ['a'] }, { ids: ['a', 'b', 'none'] }]) assert.equal(await looking.runs(filter), await store.runs(filter))
  for (const filter of [undefined, {}, { run: 'a' }, { states: ['QUEUED', 'COMPLETE'] as const }, { run: 'b', states: ['EXECUTING'] as const }, { run: 'none' }]) {
    assert.equal(await looking.phases(filter), await store.phases(filter))
  }
  // What else there is comes from the whole store.
  assert.equal(await looking.phase('a', 'z'), await store.phase('a', 'z'))
  assert.equal(await looking.attempts({ run: 'a' }), await store.attempts({ run: 'a' }))
  assert.is(await looking.lastDuration('k'), 12)
  assert.equal(await looking.lastPhases('a', ['QUEUED'], 1), (await store.phases({ run: 'a' })).slice(2).map(({ id, state, attempts }) => ({ id, state, attempts })))
  assert.equal((await store.lastPhases('a', ['QUEUED', 'COMPLETE'], 9)).map(({ id }) => id), (await store.phases({ run: 'a' })).map(({ id }) => id))
  assert.equal(await looking.verify(), [])
  // Whoever looks learns that somebody else wrote.
  const before = await looking.foreignWrites()
  assert.is(await looking.foreignWrites(), before)
  await store.recordDuration('k', 1)
  assert.is.not(await looking.foreignWrites(), before)
  await looking.close()
  await store.close()
})

test('the probe of a builder by a process that is gone is told of by neither', async () => {
  const dir = folders.make()
  const { store, layout, runtime, owner, dead } = await newStore(dir)
  await store.importPlan(plan('a', ['one']), 'a.json')
  const claim = { ...claimRequest(owner(1), 'a', 'one'), circuit: () => 'claude' }
  await store.finish(claimed(await store.claim(claim)), ending('usage-limit', 'QUEUED', { charged: false, circuit: 'claude', limit: { reason: 'limit reached', until: runtime.now() + 60_000 } }))
  runtime.advance(60_001)
  const { attemptId } = claimed(await store.claim(claim))
  const looking = (await openStore({ layout, configDir: dir, project: 'p', runtime, isAlive: ({ pid }) => !dead.has(pid), create: false }))!
  assert.is((await looking.circuits())[0]?.probe?.attempt, attemptId)
  assert.equal(await looking.circuits(), await store.circuits())
  dead.add(1)
  assert.is((await looking.circuits())[0]?.probe, undefined)
  assert.equal(await looking.circuits(), await store.circuits())
  await looking.close()
  await store.close()
})

test.run()
