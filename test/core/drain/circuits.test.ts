import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drainDefaults } from '../../../core/model/drain.ts'
import { plan, withBench } from './bench.ts'

const test = suite('builders at their usage limit')
const minute = 60_000

/** Resolves once this holds; what is under way goes on meanwhile. */
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (holds()) return
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`never happened: ${what}`)
}

/** Lets what can happen happen. */
const settle = async (): Promise<void> => { for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve)) }

function gate(): { wait: Promise<void>; open: () => void } {
  let open = () => {}
  return { wait: new Promise((resolve) => { open = resolve }), open: () => open() }
}

/** A clock that nothing but the test moves. */
const still = { jump: Number.POSITIVE_INFINITY }
const runs = ['a', 'b', 'c'].map((id) => plan(id, ['one', 'two']))

test('after the pause one phase goes first; the others start once the builder has answered', () => withBench([...runs, plan('d', [{ id: 'other', builder: 'codex' }])], async (bench) => {
  const probe = gate()
  let asked = Number.POSITIVE_INFINITY
  bench.script = (run, phase, attempt) => {
    if (run === 'a' && phase === 'one' && attempt === 1) return { outcome: 'usage-limit', notBefore: bench.clock.now() + 10 * minute }
    // Whichever it is that goes first.
    return bench.executed.length === asked + 1 ? { wait: probe.wait } : {}
  }
  const draining = bench.run({ rules: { parallel: 4 } })
  await until(() => bench.executed.includes('d/other'), 'the other builder goes on')
  await settle()
  asked = bench.executed.length
  bench.clock.advance(10 * minute)
  await until(() => bench.executed.length > asked, 'the probe')
  await settle()
  assert.is(bench.executed.length, asked + 1, `one phase and no other: ${bench.executed.slice(asked).join(', ')}`)
  probe.open()
  const result = await draining
  assert.is(result.stop.reason, 'drained')
  assert.equal(bench.executed.toSorted(), ['a/one', 'a/one', 'a/two', 'b/one', 'b/two', 'c/one', 'c/two', 'd/other'])
}, still))

test('a limit that is still there costs one call, and the pause grows', () => withBench(runs, async (bench) => {
  bench.script = () => ({ outcome: 'usage-limit' })
  const result = await bench.run({ rules: { parallel: 3, maxPauseMinutes: 20 } })
  assert.is(result.stop.reason, 'builder_paused')
  // Who is at work meets it; after that it is one each time, after up to 1, 2, 4, 8 and 16 minutes.
  assert.ok(bench.executed.length >= 5 && bench.executed.length <= 3 + 5, bench.executed.join())
  assert.is((await bench.store.phases()).reduce((sum, phase) => sum + phase.chargedEver, 0), 0)
}))

test('a second drain of the store asks nothing of a builder that is paused, and does the rest', () => withBench([...runs, plan('d', [{ id: 'other', builder: 'codex' }])], async (bench) => {
  bench.script = () => ({ outcome: 'usage-limit', notBefore: bench.clock.now() + 600 * minute })
  await bench.run({ runs: ['a'] })
  bench.script = () => ({})
  const second = await bench.run({ runs: ['b', 'c', 'd'] })
  assert.equal([bench.executed, second.stop.reason], [['a/one', 'd/other'], 'builder_paused'])
  assert.equal(bench.events.filter((event) => event.type === 'notice' && event.message.includes('is paused until')).length, 2, 'each drain says so')
}))

test('a limit that another drain meets in the meantime keeps this one from asking', () => withBench(runs, async (bench) => {
  const { store, clock } = bench
  bench.preflight = async (run) => {
    if (run !== 'a') return { type: 'passed' }
    // Between the choice of the phase and its claim.
    const claimed = await store.claim({ run: 'c', phase: 'one', session: 'theirs', owner: { host: clock.host, pid: 7, startTime: 't' }, leaseSeconds: 60, maxAttempts: 2, absoluteCap: 10 })
    if (claimed.type === 'claimed')
      await store.finish(claimed.claim, { outcome: 'usage-limit', state: 'QUEUED', charged: false, stage: 'build', usage: 'unknown', builderReached: true, circuit: 'claude', limit: { reason: 'limit reached', until: clock.now() + 600 * minute } })
    return { type: 'passed' }
  }
  const result = await bench.run()
  assert.equal([bench.executed, result.stop.reason], [[], 'builder_paused'])
}))

test('while another drain finds out whether the limit is over, this one waits and says so once', () => withBench(runs, async (bench) => {
  const { store, clock } = bench
  const owner = { host: clock.host, pid: 7, startTime: 't' }
  const request = { run: 'c', phase: 'one', session: 'theirs', owner, leaseSeconds: 3_600, maxAttempts: 2, absoluteCap: 10, circuit: () => 'claude' }
  const theirs = async () => {
    const claimed = await store.claim(request)
    if (claimed.type !== 'claimed') throw new Error(claimed.type)
    return claimed.claim
  }
  const end = { stage: 'build', usage: 'unknown', builderReached: true, circuit: 'claude' } as const
  await store.finish(await theirs(), { ...end, outcome: 'usage-limit', state: 'QUEUED', charged: false, limit: { reason: 'limit reached', until: clock.now() + minute } })
  clock.advance(minute)
  const probe = await theirs()
  let waited = 0
  bench.onEvent = (event) => { if (event.type === 'notice' && event.message.startsWith('waiting for another drain')) waited++ }
  const draining = bench.run({ runs: ['a'] })
  for (let look = 0; look < 5; look++) { await settle(); clock.advance(5_001) }
  await settle()
  assert.equal([bench.executed, waited], [[], 1])
  await store.finish(probe, { ...end, outcome: 'complete', state: 'COMPLETE', charged: true })
  while (bench.executed.length < 2) { await settle(); clock.advance(5_001) }
  assert.is((await draining).stop.reason, 'drained')
}, still))

test('who resumes the session goes on once the pause is over, and not before', () => withBench(runs, async (bench) => {
  bench.script = () => ({ outcome: 'usage-limit', notBefore: bench.clock.now() + 600 * minute })
  const first = await bench.run()
  const again = await bench.run({ session: first.session.id, resumed: first.session })
  assert.equal([again.stop.reason, bench.executed.length], ['builder_paused', 1])
  bench.script = () => ({})
  bench.clock.advance(600 * minute)
  const last = await bench.run({ session: first.session.id, resumed: again.session })
  assert.equal([last.stop.reason, last.session.counters.executed, last.session.counters.pausedMs], ['drained', 6, 0])
}))

test('a deferred phase starts at its time although another one is at work', () => withBench([plan('a', ['long']), plan('b', ['later'])], async (bench) => {
  const long = gate()
  bench.script = (run, _phase, attempt) => (run === 'a' ? { wait: long.wait } : attempt === 1 ? { outcome: 'deferred', notBefore: bench.clock.now() + 10 * minute } : {})
  const draining = bench.run({ rules: { parallel: 2 } })
  await until(() => bench.executed.length === 2, 'both begin')
  await settle()
  bench.clock.advance(10 * minute)
  await until(() => bench.executed.length === 3, 'it starts while the other one is at work')
  long.open()
  const { stop, session } = await draining
  assert.equal([stop.reason, session.counters.pausedMs, session.counters.activeMs], ['drained', 0, 10 * minute])
}, still))

test('no more is begun than what is at work leaves of the budget', () => withBench(['a', 'b', 'c', 'd'].map((id) => plan(id, ['one'])), async (bench) => {
  const gates = [gate(), gate(), gate(), gate()]
  bench.script = (run) => ({ wait: gates['abcd'.indexOf(run)]!.wait, usage: { inputTokens: 10, outputTokens: 0, cost: 0 } })
  const rules = { parallel: 4, assumedTokensPerAttempt: 50, maxTokens: { ...drainDefaults.maxTokens, drain: 100 } }
  const draining = bench.run({ rules })
  await until(() => bench.executed.length === 2, 'two begin')
  await settle()
  assert.equal(bench.executed.length, 2, 'unknown usage counts as the rules assume')
  for (const one of gates) one.open()
  assert.equal([(await draining).stop.reason, bench.executed.length], ['drained', 4])
}, still))

test('the time of a phase that takes long is on record before it ends', () => withBench([plan('a', ['long'])], async (bench) => {
  const long = gate()
  bench.script = () => ({ wait: long.wait })
  const draining = bench.run()
  await until(() => bench.executed.length === 1, 'it begins')
  await settle()
  bench.clock.advance(40 * minute)
  await until(() => (bench.saved.at(-1)?.counters.activeMs ?? 0) >= 40 * minute, 'the time is saved')
  long.open()
  await draining
}, still))

test.run()
