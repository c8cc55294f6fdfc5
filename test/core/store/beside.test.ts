/** Attempts of one run that one process executes beside each other: one holding of the run's lease, fenced off together, ended one by one. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FencedError } from '../../../core/store/store.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders, thrownBy } from './support.ts'

const test = suite('attempts beside each other')
const folders = temporaryFolders()
test.after(() => folders.remove())

async function withPlan() {
  const opened = await newStore(folders.make())
  await opened.store.importPlan(plan('r', ['one', 'two', 'three']), 'runs/r.yaml')
  const claim = async (phase: string, pid = 1, beside?: string[]) => opened.store.claim({ ...claimRequest(opened.owner(pid), 'r', phase), ...(beside && { beside }) })
  return { ...opened, claim }
}

test('who holds a run may claim a second phase of it beside what it names, and nobody else may', async () => {
  const { store, claim, owner } = await withPlan()
  const one = claimed(await claim('one'))
  assert.is((await claim('two')).type, 'leased', 'not without saying so')
  assert.is((await claim('two', 2, [one.attemptId])).type, 'leased', 'not another process')
  assert.is((await claim('two', 1, ['another'])).type, 'leased', 'not beside an attempt that it does not execute')
  const two = claimed(await claim('two', 1, [one.attemptId]))
  assert.is(two.fencingToken, one.fencingToken)
  assert.is((await claim('three', 1, [two.attemptId])).type, 'leased', 'all that is open has to be named')
  assert.equal(await store.orphans(() => true), [])
  await store.setStage(one, 'build')
  await store.setBase(two, 'c0ffee', '/w/2', 'commit')
  assert.is((await store.phase('r', 'two'))?.stage, 'commit')

  await store.finish(one, ending('complete', 'COMPLETE', { commit: 'c1' }))
  assert.instance(await thrownBy(store.assertCurrent(one)), FencedError, 'an attempt ends once, whatever holds the lease')
  assert.equal((await store.heldLeases()).map((lease) => [lease.attemptId, lease.owner]), [[two.attemptId, owner(1)]])
  await store.heartbeat(two, 60)
  assert.is((await claim('three', 2)).type, 'leased', 'the other one has the run')
  await store.finish(two, ending('complete', 'COMPLETE', { commit: 'c2' }))
  const three = claimed(await claim('three', 2))
  assert.is(three.fencingToken, one.fencingToken + 1)
  await store.close()
})

test('what was taken over is fenced off as a whole, and nobody claims before each of it was ended', async () => {
  const { store, runtime, claim, owner } = await withPlan()
  const one = claimed(await claim('one'))
  const two = claimed(await claim('two', 1, [one.attemptId]))
  runtime.advance(60_001)
  // Nobody took it: it is still the owner's.
  await store.assertCurrent(one)
  assert.equal(await claim('three', 2), { type: 'abandoned', attemptId: one.attemptId })
  assert.equal((await store.orphans(() => true)).map(({ id }) => id).toSorted(), [one.attemptId, two.attemptId].toSorted())

  const taken = await store.takeOver(one.attemptId, owner(2), 60)
  for (const old of [one, two]) assert.instance(await thrownBy(store.setStage(old, 'commit')), FencedError)
  assert.is(await store.takeOver(two.attemptId, owner(3), 60), undefined, 'one after the other')
  assert.equal((await store.orphans(() => true)).map(({ id }) => id), [two.attemptId], 'it is not of the new holding')
  assert.is((await claim('three', 1, [one.attemptId, two.attemptId])).type, 'leased')
  await store.finish(taken!, ending('interrupted', 'QUEUED'))
  assert.equal(await claim('three', 2), { type: 'abandoned', attemptId: two.attemptId }, 'its builder may be at work')
  assert.instance(await thrownBy(store.setStage(two, 'commit')), FencedError)

  const second = await store.takeOver(two.attemptId, owner(2), 60)
  assert.ok(second!.fencingToken > taken!.fencingToken)
  await store.finish(second!, ending('interrupted', 'QUEUED'))
  assert.is((await claim('three', 3)).type, 'claimed')
  await store.close()
})

test('a dead owner leaves all of them, and an attempt that was left open is not gone beside', async () => {
  const { store, dead, claim, owner } = await withPlan()
  const one = claimed(await claim('one'))
  claimed(await claim('two', 1, [one.attemptId]))
  dead.add(1)
  assert.is((await store.orphans((other) => other.pid !== 1)).length, 2)
  const taken = await store.takeOver(one.attemptId, owner(2), 60)
  assert.is((await claim('three', 2, [taken!.attemptId])).type, 'leased', 'the other one was not ended yet')
  await store.close()
})

test.run()
