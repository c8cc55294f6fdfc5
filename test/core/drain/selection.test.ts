import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DrainResult } from '../../../core/drain/index.ts'
import { waitingPhases } from '../../../core/drain/waiting.ts'
import { plan, withBench, type Bench } from './bench.ts'

const test = suite('what a drain selects')

/** Has these phases fail in a first session, and forgets it. */
async function failed(bench: Bench, names: string[], rules = { maxAttemptsPerPhase: 1 }): Promise<void> {
  const phases = names.map((name) => { const [run, phase] = name.split('/'); return { run: run!, phase: phase! } })
  bench.script = (_run, phase) => (phases.some((one) => one.phase === phase) ? { outcome: 'failed', class: 'test_failed' } : {})
  await bench.run({ rules, filter: { phases } })
  bench.executed.length = 0
  bench.events.length = 0
  bench.script = () => ({})
}

const notices = (bench: Bench): string[] => bench.events.flatMap((event) => (event.type === 'notice' ? [`${event.run ?? ''}: ${event.message}`] : []))
const skippedBecause = (queued: string) => `1 failed phase is left alone: queued ones of this run go first, and ${queued} can be executed (skipRunsWithQueued); next: autopack drain --run one`

test('queued phases of every run go first, then the failed ones: those of the run with fewer of them before the others, in plan order', () =>
  withBench([plan('one', ['a', 'b', 'c']), plan('two', ['d', 'e'])], async (bench) => {
    await failed(bench, ['one/b', 'one/a', 'two/d'])
    await bench.run()
    assert.equal(bench.executed, ['one/c', 'two/e', 'two/d', 'one/a', 'one/b'])
  }))

test('failed phases are left alone while their run has queued ones that can be executed, with the reason once for each run', () =>
  withBench([plan('one', ['a', 'b', 'c']), plan('two', ['d'])], async (bench) => {
    await failed(bench, ['one/a', 'two/d'])
    const result = await bench.run({ filter: { only: 'failed' } })
    assert.equal(bench.executed, ['two/d'], 'the run without queued phases is not skipped')
    assert.equal(notices(bench), [`one: ${skippedBecause('b, c')}`])
    assert.is(result.stop.reason, 'drained')
    assert.is(waiting(result)['one/a'], '1 failed phase is left alone: queued ones of this run go first, and b, c can be executed (skipRunsWithQueued)')
    assert.is(waiting(result)['one/b'], 'queued, and --only failed was asked for')
  }))

const waiting = (result: DrainResult): Record<string, string> => Object.fromEntries(waitingPhases(result, 0).map((one) => [`${one.run}/${one.phase}`, one.reason]))

test('a batch that ends before the failed phases says that they were left alone', () => withBench([plan('one', ['a', 'b', 'c'])], async (bench) => {
  await failed(bench, ['one/a'])
  await bench.run({ batch: 1 })
  assert.equal(bench.executed, ['one/b'])
  assert.equal(notices(bench), [`one: ${skippedBecause('c')}`])
}))

test('without skipRunsWithQueued failed phases are taken all the same', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  await failed(bench, ['one/a'])
  await bench.run({ filter: { only: 'failed' }, rules: { skipRunsWithQueued: false } })
  assert.equal([bench.executed, notices(bench)], [['one/a'], []])
}))

test('what is held, deferred or blocked does not keep failed phases waiting', () =>
  withBench([plan('one', ['a', { id: 'blocked', needs: ['a'] }, 'held', 'deferred'])], async (bench) => {
    bench.script = (_run, phase) => (phase === 'deferred' ? { outcome: 'deferred', notBefore: bench.clock.now() + 24 * 3_600_000 } : phase === 'held' ? { outcome: 'held' } : { outcome: 'failed', class: 'test_failed' })
    await bench.run({ rules: { maxAttemptsPerPhase: 1, maxPauseMinutes: 1 } })
    bench.executed.length = 0
    bench.script = () => ({})
    await bench.run({ filter: { only: 'failed' } })
    assert.equal(bench.executed, ['one/a'])
    bench.executed.length = 0
    await bench.run({ rules: { maxPauseMinutes: 1 } })
    assert.equal(bench.executed, ['one/blocked'], 'its need is met now')
  }))

test('a bucket or a phase that is named is executed, whatever else its run has queued, and nothing besides', () =>
  withBench([plan('one', ['a', 'b', 'c']), plan('two', ['d'])], async (bench) => {
    await failed(bench, ['one/a', 'two/d'])
    await bench.run({ filter: { phases: [{ run: 'one', phase: 'a' }] } })
    assert.equal(bench.executed, ['one/a'])
    await bench.run({ filter: { buckets: ['v1-000000000000'] } })
    assert.equal(bench.executed, ['one/a', 'two/d'])
  }))

test('class and state narrow what is taken; what the drain has begun stays chosen when it fails otherwise', () =>
  withBench([plan('one', ['a', 'b']), plan('two', ['c'])], async (bench) => {
    bench.script = (_run, phase) => ({ outcome: 'failed', class: phase === 'a' ? 'timeout' : 'test_failed' })
    await bench.run({ rules: { maxAttemptsPerPhase: 1 } })
    bench.executed.length = 0
    bench.script = (_run, _phase, attempt) => (attempt === 2 ? { outcome: 'failed', class: 'lint_error' } : {})
    await bench.run({ filter: { classes: ['timeout'] } })
    assert.equal(bench.executed, ['one/a', 'one/a'])
    bench.executed.length = 0
    await bench.run({ filter: { only: 'queued' } })
    assert.equal(bench.executed, [])
  }))

test('a drain that selects nothing while phases are FAILED exits with 3', () => withBench([plan('one', ['a', 'b'])], async (bench) => {
  await failed(bench, ['one/a'])
  const result = await bench.run({ filter: { only: 'failed' } })
  assert.equal([bench.executed, result.exitCode, result.stop.reason], [[], 3, 'drained'])
}))

test('a need that failed is not passed over by naming its dependant', () => withBench([plan('one', ['a', { id: 'b', needs: ['a'] }])], async (bench) => {
  await failed(bench, ['one/a'])
  await bench.run({ filter: { phases: [{ run: 'one', phase: 'b' }] } })
  assert.equal(bench.executed, [])
}))

test('in order of failed phases no reason known comes first and timeouts last', () => withBench([plan('one', ['timeout', 'other', 'change', 'patch', 'deliverable', 'missing', 'import', 'unknown'])], async (bench) => {
  const classes: Record<string, string> = { timeout: 'timeout', other: 'test_failed', change: 'builder_no_change', patch: 'patch_failed', deliverable: 'deliverables_validation_failed', missing: 'missing_dependency', import: 'import_crash' }
  bench.script = (_run, phase) => ({ outcome: 'failed', ...(classes[phase] !== undefined && { class: classes[phase] }) })
  await bench.run({ rules: { maxAttemptsPerPhase: 1 } })
  bench.executed.length = 0
  bench.script = () => ({})
  await bench.run()
  assert.equal(bench.executed.map((name) => name.slice(4)), ['unknown', 'missing', 'import', 'deliverable', 'change', 'patch', 'other', 'timeout'])
}))

test.run()
