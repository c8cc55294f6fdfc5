import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drainDefaults } from '../../../core/model/drain.ts'
import type { Claim } from '../../../core/store/store.ts'
import { plan, withBench } from './bench.ts'

const test = suite('drain')

test('executes queued phases in plan order and ends drained with exit 0', () => withBench([plan('one', ['a', 'b']), plan('two', ['c'])], async (bench) => {
  const result = await bench.run()
  assert.equal(bench.executed, ['one/a', 'one/b', 'two/c'])
  assert.is(result.stop.reason, 'drained')
  assert.is(result.exitCode, 0)
}))

test('a failed phase is tried again after everything queued, once per attempt that is left', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  bench.script = (_run, phase) => (phase === 'a' ? { outcome: 'failed', class: 'test_failed' } : {})
  const result = await bench.run()
  assert.equal(bench.executed, ['one/a', 'one/b', 'one/a'])
  assert.is(result.exitCode, 1)
}))

test('needs hold a phase back until they are done, and a failed need leaves it queued', () => withBench([plan('one', [{ id: 'last', needs: ['first'] }, 'first', { id: 'never', needs: ['bad'] }, 'bad'])], async (bench) => {
  bench.script = (_run, phase) => (phase === 'bad' ? { outcome: 'failed', class: 'test_failed' } : {})
  await bench.run()
  assert.equal(bench.executed, ['one/first', 'one/last', 'one/bad', 'one/bad'])
  assert.is((await bench.store.phase('one', 'never'))?.state, 'QUEUED')
}))

test('run leaves phases alone that failed before it began; drain takes them', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.script = () => ({ outcome: 'failed', class: 'test_failed' })
  await bench.run({ rules: { maxAttemptsPerPhase: 1 } })
  bench.executed.length = 0
  const nothing = await bench.run({ command: 'run' })
  assert.equal(bench.executed, [])
  assert.is(nothing.exitCode, 3)
  bench.script = () => ({})
  const again = await bench.run({ command: 'drain' })
  assert.equal(bench.executed, ['one/a'])
  assert.is(again.exitCode, 0)
}))

test('failed phases go in the order of how likely a cheap success is', () => withBench([plan('one', ['timeout', 'other', 'patch', 'deliverable', 'import'])], async (bench) => {
  const classes: Record<string, string> = { timeout: 'timeout', other: 'test_failed', patch: 'patch_failed', deliverable: 'deliverables_validation_failed', import: 'import_crash' }
  bench.script = (_run, phase, attempt) => (attempt === 1 ? { outcome: 'failed', class: classes[phase]! } : {})
  await bench.run()
  assert.equal(bench.executed.slice(5), ['one/import', 'one/deliverable', 'one/patch', 'one/other', 'one/timeout'])
}))

test('a failure before the builder is not tried again within the drain', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  bench.script = (_run, phase) => (phase === 'a' ? { outcome: 'failed', class: 'import_crash', charged: false, builderReached: false } : {})
  await bench.run()
  assert.equal(bench.executed, ['one/a', 'one/b'])
}))

test('batchSize counts executions; what is left makes the exit code 3', () => withBench([plan('one', ['a', 'b', 'c'])], async (bench) => {
  const result = await bench.run({ batch: 2 })
  assert.equal(bench.executed, ['one/a', 'one/b'])
  assert.is(result.stop.reason, 'batch_done')
  assert.is(result.exitCode, 3)
}))

test('a batch that takes the last phase is drained work, not work left', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  assert.is((await bench.run({ batch: 2 })).exitCode, 0)
}))

test('a parallel drain takes no more than its batch', () => withBench([plan('one', ['a', 'b']), plan('two', ['c', 'd']), plan('three', ['e'])], async (bench) => {
  await bench.run({ batch: 2, rules: { parallel: 3 } })
  assert.is(bench.executed.length, 2)
}))

test('maxTotalMinutes stops between phases', () => withBench([plan('one', ['a', 'b', 'c'])], async (bench) => {
  bench.script = () => ({ minutes: 20 })
  const result = await bench.run({ rules: { maxTotalMinutes: 30 } })
  assert.equal(bench.executed, ['one/a', 'one/b'])
  assert.is(result.stop.reason, 'budget_time')
  assert.is(result.exitCode, 3)
}))

test('what takes longer than what is left of maxTotalMinutes is not begun, what is shorter is, and the first is whatever it takes', () => withBench([plan('one', ['a', 'b', 'c', 'd'])], async (bench) => {
  const minutes: Record<string, number> = { a: 20, b: 20, c: 5 }
  bench.script = (_run, phase) => ({ minutes: minutes[phase] ?? 1 })
  bench.expected = (phase) => minutes[phase]
  const { stop, exitCode } = await bench.run({ rules: { maxTotalMinutes: 30 } })
  assert.equal(bench.executed, ['one/a', 'one/c', 'one/d'], 'of d nobody knows')
  assert.equal([stop, exitCode], [{ reason: 'budget_time', detail: '10m 00s of 30 minutes are left (maxTotalMinutes), and one/b takes about 20m 00s by its history' }, 3])
  await bench.run({ rules: { maxTotalMinutes: 10 } })
  assert.is(bench.executed.at(-1), 'one/b')
}))

test('tokens and cost of a drain are budgets; unknown usage is counted as unknown and never as zero', () => withBench([plan('one', ['a', 'b', 'c'])], async (bench) => {
  bench.script = (_run, phase) => ({ usage: phase === 'a' ? 'unknown' : { inputTokens: 600, outputTokens: 500, cost: 0.5 } })
  const result = await bench.run({ rules: { maxTokens: { ...drainDefaults.maxTokens, drain: 1_000 }, assumedTokensPerAttempt: 400 } })
  assert.equal(bench.executed, ['one/a', 'one/b'])
  assert.is(result.stop.reason, 'budget_tokens')
  assert.is(result.session.counters.unknownUsage, 1)
  assert.is(result.session.counters.tokens, 1_500)
}))

test('maxCost stops the drain', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  bench.script = () => ({ usage: { inputTokens: 1, outputTokens: 1, cost: 3 } })
  assert.is((await bench.run({ rules: { maxCost: { ...drainDefaults.maxCost, drain: 2 } } })).stop.reason, 'budget_cost')
}))

test('tokens without a price are told of once for each model, and what is known of the cost counts', () => withBench([plan('one', ['a', 'b', 'c'])], async (bench) => {
  const of = (model: string) => ({ inputTokens: 900, outputTokens: 100, cost: 0.75, unpricedTokens: 500, unpricedModels: [model] })
  bench.script = (_run, phase) => ({ usage: of(phase === 'c' ? 'local/other' : 'local/own') })
  const result = await bench.run()
  assert.equal(bench.events.filter((event) => event.type === 'notice' && event.message.includes('no price')).map((event) => event.type === 'notice' && [event.phase, /the model (\S+):/.exec(event.message)?.[1]]), [['a', 'local/own'], ['c', 'local/other']])
  assert.equal([result.session.counters.cost, result.session.counters.unpriced], [2.25, 3])
}))

test('an attempt that started no builder leaves nothing unknown in what its phase spent; one whose builder told nothing does', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  const told = { inputTokens: 90, outputTokens: 10, cost: 0.5 }
  const begun: Record<string, number> = {}
  bench.script = (_run, phase) => ((begun[phase] = (begun[phase] ?? 0) + 1) === 1 ? { outcome: 'retry', class: 'test_failed', builderReached: phase === 'b', usage: 'unknown' } : { usage: told })
  const { session } = await bench.run()
  assert.equal(session.outcomes.map(({ phase, usage }) => [phase, usage]), [['a', told], ['b', { ...told, incomplete: true }]])
}))

test('maxZeroYield counts attempts in a row that reached the builder and brought nothing', () => withBench([plan('one', ['a', 'b', 'c', 'd', 'e'])], async (bench) => {
  bench.script = (_run, phase) => (phase === 'b' ? { outcome: 'failed', class: 'test_failed', fixed: 1 } : { outcome: 'failed', class: 'test_failed' })
  const result = await bench.run({ rules: { maxZeroYield: 2 } })
  assert.equal(bench.executed, ['one/a', 'one/b', 'one/c', 'one/d'])
  assert.is(result.stop.reason, 'no_yield')
}))

test('maxTimeoutsPerRun holds that run and no other', () => withBench([plan('one', ['a', 'b', 'c']), plan('two', ['d'])], async (bench) => {
  bench.script = (run) => (run === 'one' ? { outcome: 'failed', class: 'timeout' } : {})
  const result = await bench.run({ rules: { maxTimeoutsPerRun: 2 } })
  assert.equal(bench.executed, ['one/a', 'one/b', 'two/d'])
  assert.is(result.stop.detail, 'nothing runnable is left; one is left alone: 2 timeouts (maxTimeoutsPerRun 2)')
  assert.equal(bench.events.filter((event) => event.type === 'notice').map((event) => event.message), ['run one is left alone for the rest of this drain: 2 timeouts (maxTimeoutsPerRun 2)'])
}))

test('stopOnFirstFailure ends the drain there', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  bench.script = () => ({ outcome: 'failed', class: 'test_failed' })
  const result = await bench.run({ rules: { stopOnFirstFailure: true } })
  assert.equal(bench.executed, ['one/a'])
  assert.is(result.stop.reason, 'first_failure')
}))

test('a deferred phase is waited for, within maxPauseMinutes, and the pause is no working time', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.script = (_run, _phase, attempt) => (attempt === 1 ? { outcome: 'usage-limit', notBefore: bench.clock.now() + 3_600_000 } : {})
  const result = await bench.run({ rules: { maxTotalMinutes: 30 } })
  assert.equal(bench.executed, ['one/a', 'one/a'])
  assert.is(result.stop.reason, 'drained')
  assert.is(result.session.counters.pausedMs, 3_600_000)
  assert.ok(result.session.counters.activeMs < 60_000)
}))

test('a pause longer than maxPauseMinutes stops the drain instead', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.script = () => ({ outcome: 'usage-limit', notBefore: bench.clock.now() + 3_600_000 })
  const result = await bench.run({ rules: { maxPauseMinutes: 30 } })
  assert.equal(bench.executed, ['one/a'])
  assert.equal([result.stop.reason, result.exitCode], ['builder_paused', 3], 'the phase is still to be done')
}))

test('a usage limit pauses its builder until it is over: nothing else is asked of it, and other builders go on', () => withBench([plan('one', ['a', 'b', { id: 'c', builder: 'codex' }])], async (bench) => {
  const from = bench.clock.now()
  const at: string[] = []
  bench.script = (_run, phase, attempt) => {
    at.push(`${phase} ${(bench.clock.now() - from) / 60_000}`)
    return phase === 'a' && attempt === 1 ? { outcome: 'usage-limit', notBefore: from + 3_600_000 } : {}
  }
  const result = await bench.run()
  assert.equal(at, ['a 0', 'c 0', 'a 60', 'b 60'])
  assert.is(result.stop.reason, 'drained')
  assert.equal(bench.events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])), [
    'builder claude is paused until 2026-01-05T10:00:00.000Z: limit reached; nothing is charged, and other builders go on',
    'waiting until 2026-01-05T10:00:00.000Z for builder claude', 'builder claude answers again',
  ])
}))

test('a usage limit is a pause and no attempt without yield', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.script = (_run, _phase, attempt) => (attempt <= 3 ? { outcome: 'usage-limit', notBefore: bench.clock.now() + 60_000 } : {})
  const result = await bench.run({ rules: { maxZeroYield: 2 } })
  assert.equal([result.stop.reason, bench.executed.length], ['drained', 4])
}))

test('a stop of the run that is waited for ends the waiting', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.script = () => ({ outcome: 'usage-limit', notBefore: bench.clock.now() + 3_600_000 })
  bench.onEvent = (event) => {
    if (event.type !== 'notice' || !event.message.startsWith('waiting until')) return
    bench.stop = { run: 'one' }
    setImmediate(() => bench.clock.advance(600))
  }
  const result = await bench.run()
  assert.equal([result.stop.reason, result.session.counters.pausedMs], ['stop_signal', 600])
}, { jump: 6_000_000 }))

test('the report of a phase has what all its attempts spent', () => withBench([plan('one', ['a'])], async (bench) => {
  const usage = { inputTokens: 100, outputTokens: 10, cost: 0.5 }
  bench.script = (_run, _phase, attempt) => (attempt === 1 ? { outcome: 'failed', class: 'test_failed', usage } : { usage })
  const result = await bench.run()
  assert.equal(result.session.outcomes.map((outcome) => outcome.usage), [{ inputTokens: 200, outputTokens: 20, cost: 1 }])
}))

test('a failed phase that another process takes first is left to it, and a resumed session asks again', () => withBench([plan('one', ['a']), plan('two', ['b'])], async (bench) => {
  bench.script = (_run, phase) => (phase === 'a' ? { outcome: 'failed', class: 'test_failed' } : {})
  await bench.run({ runs: ['one'], rules: { maxAttemptsPerPhase: 1 } })
  const { store, clock } = bench
  const other = { host: clock.host, pid: 77, startTime: 'other' }
  let theirs: Claim | undefined
  bench.preflight = async (run) => {
    // Between the selection and the claim.
    const claimed = run === 'one' ? await store.claim({ run, phase: 'a', session: 'theirs', owner: other, leaseSeconds: 60, maxAttempts: 2, absoluteCap: 10, requeueFailed: true }) : undefined
    if (claimed?.type === 'claimed') theirs = claimed.claim
    return { type: 'passed' }
  }
  bench.executed.length = 0
  const result = await bench.run()
  assert.equal([bench.executed, result.stop.reason], [['two/b'], 'drained'])
  await store.finish(theirs!, { outcome: 'failed', state: 'FAILED', charged: false, stage: 'build', usage: 'unknown', builderReached: false })
  bench.preflight = () => ({ type: 'passed' })
  bench.script = () => ({})
  await bench.run({ session: result.session.id, resumed: result.session })
  assert.equal(bench.executed, ['two/b', 'one/a'])
}))

test('Ctrl-C during the preflight is an interruption and no verdict', () => withBench([plan('one', ['a'])], async (bench) => {
  const abort = new AbortController()
  bench.preflight = () => { abort.abort(); return { type: 'failed', detail: 'the preflight was stopped' } }
  const result = await bench.run({ signal: abort.signal })
  assert.equal([result.stop.reason, result.exitCode], ['interrupted', 130])
}))

test('autopack stop reaches the preflight', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.preflight = (_run, signal) => new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve({ type: 'failed', detail: 'the preflight was stopped' }))
    bench.stop = {}
    setImmediate(() => bench.clock.advance(600))
  })
  const result = await bench.run()
  assert.equal([result.stop.reason, bench.executed], ['stop_signal', []])
}))

test('an error between two phases ends the drain once what is at work is through', () => withBench([plan('one', ['a']), plan('two', ['b'])], async (bench) => {
  bench.preflight = (run) => {
    if (run === 'two') throw new Error('the disk is full')
    return { type: 'passed' }
  }
  const result = await bench.run({ rules: { parallel: 2 } })
  assert.equal([result.stop.reason, result.stop.detail, result.exitCode], ['infrastructure', 'the disk is full', 4])
  assert.equal(result.session.outcomes.map((outcome) => outcome.phase), ['a'])
  assert.ok(bench.saved.at(-1)?.endedAt)
}))

test('a preflight that fails spends nothing and exits 4', () => withBench([plan('one', ['a'])], async (bench) => {
  bench.preflight = () => ({ type: 'failed', detail: 'src does not compile' })
  const result = await bench.run()
  assert.equal(bench.executed, [])
  assert.equal([result.stop.reason, result.exitCode], ['preflight_failed', 4])
}))

test('an authentication failure stops the drain with exit 4', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  bench.script = () => ({ outcome: 'failed', class: 'auth' })
  const result = await bench.run()
  assert.equal(bench.executed, ['one/a'])
  assert.equal([result.stop.reason, result.exitCode], ['auth', 4])
}))

test('an unnamed stop ends the drain and is consumed', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  bench.script = () => { bench.stop = {}; bench.clock.advance(600); return {} }
  const result = await bench.run()
  assert.is(result.stop.reason, 'stop_signal')
  assert.equal(bench.consumed, [{}])
}))

test('a stop of one run leaves the others; run-1 is not run-10', () => withBench([plan('run-1', ['a', 'b']), plan('run-10', ['c'])], async (bench) => {
  bench.stop = { run: 'run-1' }
  await bench.run()
  assert.equal(bench.executed, ['run-10/c'])
  assert.equal(bench.consumed, [{ run: 'run-1' }])
}))

test('an abort ends it with 130, and a resumed session goes on with its counters and exclusions', () => withBench([plan('one', ['a', 'b', 'c'])], async (bench) => {
  const abort = new AbortController()
  bench.script = (_run, phase) => { if (phase === 'b') abort.abort(); return { minutes: 10, ...(phase === 'a' ? { outcome: 'failed', class: 'test_failed', charged: false } : {}) } }
  const first = await bench.run({ signal: abort.signal })
  assert.equal([first.stop.reason, first.exitCode], ['interrupted', 130])
  bench.script = () => ({ minutes: 10 })
  const second = await bench.run({ session: first.session.id, resumed: first.session })
  assert.equal(bench.executed, ['one/a', 'one/b', 'one/c'])
  assert.is(second.session.counters.executed, 3)
  assert.is(second.session.counters.activeMs, 30 * 60_000)
  assert.is(second.session.startedAt, first.session.startedAt)
}))

test('the session is saved after every phase, and once more when it ended', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  await bench.run()
  assert.equal(bench.saved.map((session) => [session.counters.executed, session.endedAt !== undefined]), [[0, false], [1, false], [2, false], [2, true]])
}))

test.run()
