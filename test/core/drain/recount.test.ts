import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recount } from '../../../core/drain/index.ts'
import { noCounters } from '../../../core/drain/counters.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import { plan, withBench } from './bench.ts'

const test = suite('what a session has counted')

test('it can be told from the attempts in the store alone: a crash that kept all of it from the record loses nothing', () =>
  withBench([plan('one', ['a', 'b', 'c', 'd']), plan('two', ['slow', 'base', 'f', 'g'])], async (bench) => {
    const outcomes: Record<string, ReturnType<typeof bench.script>> = {
      a: { outcome: 'failed', class: 'test_failed', usage: { inputTokens: 7, outputTokens: 1, cost: 0.25 } }, b: { usage: { inputTokens: 3, outputTokens: 0 } },
      slow: { outcome: 'failed', class: 'timeout' }, base: { outcome: 'failed', class: 'import_crash', charged: false, builderReached: false }, f: { outcome: 'failed', class: 'lint_error', fixed: 2 },
      g: { outcome: 'failed', class: 'test_failed' },
    }
    bench.script = (_run, phase) => ({ minutes: 1, ...outcomes[phase] })
    const { session } = await bench.run({ rules: { maxFingerprintRepeats: 100 } })
    assert.ok(session.counters.zeroYield > 0 && session.counters.unknownUsage > 0 && Object.keys(session.counters.timeoutsByRun).length > 0)
    const attempts = await bench.store.telemetry({ session: session.id })
    const lost = { ...session, failedHere: [], excluded: [], outcomes: session.outcomes.slice(0, 2), counters: { ...noCounters(), activeMs: session.counters.activeMs } }
    const again = recount(lost, attempts, drainDefaults)
    assert.equal(again.counters, session.counters)
    assert.equal([again.failedHere, again.excluded], [session.failedHere, session.excluded])
    const told = (of: typeof session) => of.outcomes.map(({ run, phase, state, attempts: count, outcome, class: failure, usage }) => ({ run, phase, state, count, outcome, failure, usage }))
    assert.equal(told(again), told(session))
    assert.equal(recount(session, attempts, drainDefaults).outcomes, session.outcomes)
    assert.equal(recount(session, attempts, drainDefaults).counters, again.counters, 'what was counted already is not counted twice')
  }))

test.run()
