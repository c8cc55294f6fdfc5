import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fold, noBuckets } from '../../../core/drain/breaker/fold.ts'
import type { Classification } from '../../../core/model/failure.ts'
import type { BreakerState } from '../../../core/model/bucket.ts'
import { openStore } from '../../../core/store/open.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('buckets in the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

const fingerprint = 'v1-aaaaaaaaaaaa'
const classification: Classification = { class: 'import_crash', fingerprint, confidence: 'high', title: 'it crashes', evidence: [], blame: 'project', action: { type: 'fail' }, classifier: 'built-in' }
const shape = ({ seq, on, repeats, buckets }: BreakerState) => JSON.stringify({ seq, on, repeats, buckets: [...buckets].sort() })

async function backlog() {
  const opened = await newStore(folders.make())
  for (const id of ['a', 'b', 'c']) await opened.store.importPlan(plan(id, ['one', 'two']), `${id}.json`)
  const attempt = async (run: string, phase: string, failed: boolean) => {
    opened.runtime.advance(1_000)
    const claim = claimed(await opened.store.claim({ ...claimRequest(opened.owner(1), run, phase), requeueFailed: true }))
    opened.runtime.advance(1_000)
    await opened.store.finish(claim, failed ? ending('failed', 'FAILED', { classification, builder: 'claude', checks: ['tests'] }) : ending('complete', 'COMPLETE', { builder: 'claude', checks: ['tests'] }))
  }
  return { ...opened, attempt }
}

test('the end of an attempt is a fact in its own transaction, and what facts amount to is kept with the next', async () => {
  const { store, attempt, layout, runtime } = await backlog()
  await attempt('a', 'one', true)
  assert.equal((await store.storedBreaker()).state, undefined)
  assert.equal((await store.breakerEvents({ fingerprint })).map((event) => event.type === 'attempt' && [event.run, event.builder, event.checks, event.host]), [['a', 'claude', ['tests'], runtime.host]])
  const { state } = await store.advanceBreaker({ known: noBuckets(), fold })
  assert.is(state.buckets.get(fingerprint)?.members.length, 1)
  await attempt('b', 'one', true)
  // A crash between the end of the attempt and what is made of it: the next process derives it.
  const other = (await openStore({ layout, configDir: layout.runsDir, project: 'p', runtime, isAlive: () => true, create: true }))
  const again = await other.advanceBreaker({ known: noBuckets(), fold })
  assert.ok(again.state.buckets.get(fingerprint)?.opened)
  assert.is(shape(again.state), shape((await other.breakerEvents({})).reduce((one, event) => fold(one, event).state, noBuckets())), 'as the facts alone give it')
  // The first process did not see it and takes it from the store.
  assert.is(shape((await store.advanceBreaker({ known: state, fold })).state), shape(again.state))
  assert.is(shape((await store.storedBreaker()).state!), shape(again.state))
  await other.close()
  await store.close()
})

test('closing gives the members a new allowance, once', async () => {
  const { store, attempt } = await backlog()
  for (const run of ['a', 'b']) for (let count = 0; count < 2; count++) await attempt(run, 'one', true)
  const charged = async () => (await store.phases({ states: ['FAILED'] })).map((phase) => phase.charged)
  assert.equal(await charged(), [2, 2])
  let { state } = await store.advanceBreaker({ known: noBuckets(), fold, facts: [{ type: 'drain', session: 's2', breakers: true, repeats: 3, executing: [] }] })
  const closed = await store.advanceBreaker({ known: state, fold, facts: [{ type: 'close', fingerprint, by: 'me', reason: 'mended' }] })
  assert.equal([closed.released.length, closed.state.buckets.size, await charged()], [2, 0, [0, 0]])
  state = closed.state
  assert.equal((await store.advanceBreaker({ known: state, fold })).released, [])
  await store.close()
})

test('a requeue is a fact, and a store that was opened to look answers like the one that writes', async () => {
  const { store, attempt, layout, runtime } = await backlog()
  await attempt('a', 'one', true)
  await store.advanceBreaker({ known: noBuckets(), fold })
  await store.requeue('a', 'one', { reason: 'mended' })
  const looking = (await openStore({ layout, configDir: layout.runsDir, project: 'p', runtime, isAlive: () => true, create: false }))!
  const found = await looking.storedBreaker()
  assert.equal(found, await store.storedBreaker())
  assert.equal(found.after.map((event) => event.type), ['requeue'])
  await looking.close()
  await store.close()
})

test.run()
