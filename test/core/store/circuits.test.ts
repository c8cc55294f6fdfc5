import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openStore } from '../../../core/store/open.ts'
import type { Claim, PhaseRecord, Store } from '../../../core/store/store.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders, type OpenedStore } from './support.ts'

const test = suite('circuits in the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

const minute = 60_000
const circuit = ({ spec }: Pick<PhaseRecord, 'spec'>) => spec.builder ?? 'claude'

async function opened(use: (rig: OpenedStore & { claim: (run: string, phase?: string, store?: Store) => ReturnType<Store['claim']>; atLimit: (claim: Claim, until?: number) => ReturnType<Store['finish']> }) => Promise<void>): Promise<void> {
  const rig = await newStore(folders.make())
  const { store, owner } = rig
  for (const run of ['one', 'two', 'three', 'four']) await store.importPlan(plan(run, ['a', 'b', { id: 'other', goal: 'by codex', builder: 'codex' }]), `${run}.json`)
  try {
    await use({
      ...rig,
      claim: (run, phase = 'a', by = store) => by.claim({ ...claimRequest(owner(run.length), run, phase), circuit }),
      atLimit: (claim, until) => store.finish(claim, ending('usage-limit', 'QUEUED', { charged: false, circuit: circuit(claim.phase), limit: { reason: 'limit reached', ...(until !== undefined && { until }) } })),
    })
  } finally {
    await store.close()
  }
}

test('a usage limit keeps every claim of the builder back until it is over, in a store that is opened anew too, and charges nothing', () => opened(async ({ store, layout, runtime, claim, atLimit }) => {
  const until = runtime.now() + 60 * minute
  await atLimit(claimed(await claim('one')), until)
  assert.equal(await claim('two'), { type: 'builder-paused', builder: 'claude', until, reason: 'limit reached' })
  assert.is((await claim('two', 'other')).type, 'claimed', 'another builder goes on')
  const phase = await store.phase('one', 'a')
  assert.equal([phase?.state, phase?.charged, phase?.chargedEver, phase?.notBefore, phase?.attempts], ['QUEUED', 0, 0, undefined, 1])
  const again = await openStore({ layout, configDir: '/', project: 'p', runtime, isAlive: () => true, create: true })
  assert.is((await claim('three', 'a', again)).type, 'builder-paused')
  assert.equal(await again.circuits(), [{ builder: 'claude', at: runtime.now(), until, reason: 'limit reached', limits: 1 }])
  await again.close()
}))

test('after the pause one attempt goes first, and the others when it has answered', () => opened(async ({ store, runtime, claim, atLimit }) => {
  await atLimit(claimed(await claim('one')), runtime.now() + minute)
  runtime.advance(minute)
  const probe = claimed(await claim('two'))
  assert.is((await claim('three')).type, 'builder-paused')
  await store.finish(probe, ending('failed', 'FAILED', { circuit: 'claude' }))
  assert.equal(await store.circuits(), [])
  assert.is((await claim('three')).type, 'claimed')
  assert.is((await claim('four')).type, 'claimed')
}))

test('a probe that met the limit again pauses for longer, and one that told nothing or died leaves its place', () => opened(async ({ store, runtime, claim, atLimit, dead }) => {
  const paused = async () => ((await store.circuits())[0]!.until - runtime.now()) / minute
  await atLimit(claimed(await claim('one')))
  const first = await paused()
  assert.ok(first >= 0.5 && first <= 1, `${first} minutes`)
  runtime.advance(minute)
  await atLimit(claimed(await claim('one')))
  const second = await paused()
  assert.ok(second >= 1 && second <= 2, `${second} minutes`)
  runtime.advance(2 * minute)
  await store.finish(claimed(await claim('one', 'b')), ending('failed', 'FAILED', { circuit: 'claude', builderReached: false }))
  assert.is((await store.circuits()).length, 1, 'the builder was not asked')
  claimed(await claim('two'))
  assert.is((await claim('three')).type, 'builder-paused')
  dead.add('two'.length)
  assert.is((await claim('three')).type, 'claimed', 'nobody waits for the dead')
}))

test('what was at work when the builder paused says the same limit once more, and that it ends well does not lift it', () => opened(async ({ store, runtime, claim, atLimit }) => {
  const [one, two, three] = [claimed(await claim('one')), claimed(await claim('two')), claimed(await claim('three'))]
  const until = runtime.now() + 60 * minute
  runtime.advance(1)
  await atLimit(one, until)
  await atLimit(two)
  await store.finish(three, ending('complete', 'COMPLETE', { circuit: 'claude' }))
  assert.equal((await store.circuits()).map((known) => [known.until, known.limits]), [[until, 1]])
}))

test('a person who lifted the limit need not wait, and one attempt still goes first', () => opened(async ({ store, runtime, claim, atLimit }) => {
  await atLimit(claimed(await claim('one')), runtime.now() + 1_000 * minute)
  assert.is(await store.retryBuilder('claude'), true)
  assert.is(await store.retryBuilder('codex'), false)
  runtime.advance(1)
  assert.is((await claim('one')).type, 'claimed')
  assert.is((await claim('two')).type, 'builder-paused')
}))

test('the backoff doubles up to an hour, a time in the past is none, and after twenty attempts the limit is paid for', () => opened(async ({ store, runtime, claim, atLimit }) => {
  for (let attempt = 1; attempt <= 20; attempt++) {
    await atLimit(claimed(await claim('one')), runtime.now() - minute)
    const wait = (await store.circuits())[0]!.until - runtime.now()
    const ceiling = Math.min(60, 2 ** (attempt - 1)) * minute
    assert.ok(wait >= ceiling / 2 && wait <= ceiling, `attempt ${attempt}: ${wait} ms of ${ceiling}`)
    runtime.advance(wait)
  }
  assert.is((await store.phase('one', 'a'))?.charged, 0)
  assert.equal(await atLimit(claimed(await claim('one'))), { charged: true })
  assert.equal([(await store.phase('one', 'a'))?.charged, (await store.phase('one', 'a'))?.attempts], [1, 21])
}))

test.run()
