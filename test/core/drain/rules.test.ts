/** Every stop reason and every rule of a drain, on a clock that the test moves: one that is added without a line here fails. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { DrainResult } from '../../../core/drain/index.ts'
import { drainDefaults, stopReasons, type DrainRules, type StopReason } from '../../../core/model/drain.ts'
import { makeProject, type BuildScript } from '../../../core/testing/index.ts'
import type { Usage } from '../../../core/model/usage.ts'
import { plan, withBench, type Bench } from './bench.ts'

const test = suite('rules of a drain')
const minute = 60_000
const two = [plan('one', ['a', 'b', 'c', 'd']), plan('two', ['e', 'f'])]
const spends = (tokens: number, cost = 0) => ({ usage: { inputTokens: tokens, outputTokens: 0, cost } })
const fails = (name = 'test_failed') => ({ outcome: 'failed', class: name }) as const
const caps = (rule: 'maxTokens' | 'maxCost', drain: number) => ({ [rule]: { ...drainDefaults[rule], drain } })

/** How each reason is reached, with the exit code of the drain. */
const reached: Record<StopReason, { exitCode: number; run: (bench: Bench) => Promise<DrainResult> }> = {
  drained: { exitCode: 0, run: (bench) => bench.run() },
  batch_done: { exitCode: 3, run: (bench) => bench.run({ batch: 2 }) },
  budget_tokens: { exitCode: 3, run(bench) { bench.script = () => spends(600); return bench.run({ rules: caps('maxTokens', 1_000) }) } },
  budget_cost: { exitCode: 3, run(bench) { bench.script = () => spends(1, 6); return bench.run({ rules: caps('maxCost', 10) }) } },
  budget_time: { exitCode: 3, run(bench) { bench.script = () => ({ minutes: 20 }); return bench.run({ rules: { maxTotalMinutes: 30 } }) } },
  no_yield: { exitCode: 3, run(bench) { bench.script = () => fails(); return bench.run({ rules: { maxZeroYield: 2 } }) } },
  fingerprint_repeat: { exitCode: 3, run(bench) { bench.buckets = true; bench.script = () => fails(); return bench.run({ rules: { maxFingerprintRepeats: 2 } }) } },
  builder_paused: { exitCode: 3, run(bench) { bench.script = () => ({ outcome: 'usage-limit', notBefore: bench.clock.now() + 90 * minute }); return bench.run({ rules: { maxPauseMinutes: 60 } }) } },
  preflight_failed: { exitCode: 4, run(bench) { bench.preflight = () => ({ type: 'failed', detail: 'it does not compile' }); return bench.run() } },
  stop_signal: { exitCode: 3, run(bench) { bench.stop = {}; return bench.run() } },
  first_failure: { exitCode: 3, run(bench) { bench.script = () => fails(); return bench.run({ rules: { stopOnFirstFailure: true } }) } },
  auth: { exitCode: 4, run(bench) { bench.script = () => fails('auth'); return bench.run() } },
  infrastructure: { exitCode: 4, run(bench) { bench.preflight = () => { throw new Error('the disk is full') }; return bench.run() } },
  interrupted: { exitCode: 130, run: (bench) => bench.run({ signal: AbortSignal.abort() }) },
}

test('every stop reason is reached', () => assert.equal(Object.keys(reached).sort(), [...stopReasons].sort()))
for (const reason of stopReasons) {
  test(`stops for ${reason}`, () => withBench(two, async (bench) => {
    const { stop, exitCode, session } = await reached[reason].run(bench)
    assert.equal([stop.reason, exitCode, session.stop?.reason, bench.saved.at(-1)?.stop?.reason], [reason, reached[reason].exitCode, reason, reason])
    assert.ok(stop.detail.length > 0)
  }))
}

/** What is executed under a rule. */
const executed = (rules: Partial<DrainRules>, expected: string[], setUp: (bench: Bench) => void, plans = two) => () => withBench(plans, async (bench) => {
  setUp(bench)
  await bench.run({ rules })
  assert.equal(bench.executed, expected)
})

/** A phase `a` through the whole way, by a builder that does this; its class, and the reason why the drain stopped. */
const through = (drain: object, script: BuildScript, expected: [failureClass: string | undefined, attempts: number]) => async () => {
  await using project = await makeProject({ config: { drain }, plans: [{ id: 'r', phases: [{ id: 'a', goal: 'Do a' }] }], build: { a: script } })
  const run = await project.run()
  assert.equal([run.phase('a').classification?.class, run.phases.length], expected, run.stderr)
}
const known = (tokens: number, cost: number): Usage => ({ inputTokens: tokens, outputTokens: 0, cost })

/** One at a time on a machine that is full, of which it is told once; another beside it as soon as there is room, although nothing has ended. */
const bounded = (bounds: Partial<DrainRules>, full: ReturnType<Bench['clock']['machine']>, told: string) => () => withBench([plan('one', ['a', 'b']), plan('two', ['c', 'd'])], async (bench) => {
  const last = Promise.withResolvers<void>()
  const seen: string[] = []
  let atWork = 0
  let looks = 0
  bench.clock.machine = () => (bench.executed.includes('one/b') && ++looks > 3 ? { load: 0, freeMemory: Number.MAX_SAFE_INTEGER } : full)
  bench.script = (_run, phase) => {
    seen.push(`${phase}${++atWork}`)
    if (phase === 'd') last.resolve()
    const end = phase === 'b' ? last.promise : new Promise<void>((resolve) => void setImmediate(resolve))
    return { wait: end.then(() => void atWork--) }
  }
  const turning = setInterval(() => bench.clock.advance(5_000), 1)
  await bench.run({ rules: { ...bounds, parallel: 2 } }).finally(() => clearInterval(turning))
  assert.equal(seen, ['a1', 'c1', 'b1', 'd2'])
  assert.equal(bench.events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])), [`${told}: no further phase is begun beside those at work until that is over`])
}, { jump: 10_000 })

const rules: Record<keyof DrainRules, () => Promise<void>> = {
  batchSize: () => withBench(two, async (bench) => {
    const { counters } = (await bench.run({ batch: 3 })).session
    assert.equal([bench.executed, counters.executed], [['one/a', 'one/b', 'one/c'], 3])
  }),
  phaseTimeoutSeconds: through({ phaseTimeoutSeconds: 600, maxAttemptsPerPhase: 1 }, { takes: '11m' }, ['timeout', 1]),
  idleTimeoutSeconds: async () => {
    await using project = await makeProject({
      config: { drain: { idleTimeoutSeconds: 60, maxAttemptsPerPhase: 1 }, builder: {
        name: 'silent',
        async build(request) {
          const moving = setInterval(() => project.clock.advance('30s'), 20)
          const result = await request.exec({ command: ['sleep', '600'] }).finally(() => clearInterval(moving))
          return { type: 'timeout', argv: ['sleep'], usage: 'unknown', limit: result.ended === 'idle' ? 'idle' : 'wall-clock', tail: '' }
        },
      } },
      plans: [{ id: 'r', phases: [{ id: 'a', goal: 'Do a' }] }],
    })
    assert.match((await project.run()).phase('a').reason ?? '', 'builder silent printed nothing for too long')
  },
  maxAttemptsPerPhase: executed({ maxAttemptsPerPhase: 3 }, ['two/e', 'two/f', 'two/e', 'two/e'], (bench) => { bench.script = (_run, phase) => (phase === 'e' ? fails() : {}) }, [plan('two', ['e', 'f'])]),
  absoluteAttemptCap: () => withBench([plan('one', ['a'])], async (bench) => {
    bench.script = () => fails()
    // A new session gives a new allowance; nothing but requeue lifts the cap.
    for (let session = 0; session < 3; session++) await bench.run({ rules: { absoluteAttemptCap: 3 } })
    assert.is(bench.executed.length, 3)
    await bench.store.requeue('one', 'a', { reason: 'mended' })
    await bench.run({ rules: { absoluteAttemptCap: 3 } })
    assert.is(bench.executed.length, 5)
  }),
  maxFingerprintRepeats: executed({ maxFingerprintRepeats: 2 }, ['one/a', 'one/b'], (bench) => { bench.buckets = true; bench.script = () => fails() }, [plan('one', ['a', 'b', 'c', 'd'])]),
  maxTimeoutsPerRun: executed({ maxTimeoutsPerRun: 1 }, ['one/a', 'two/e', 'two/f'], (bench) => { bench.script = (run) => (run === 'one' ? fails('timeout') : {}) }),
  maxTotalMinutes: () => withBench(two, async (bench) => {
    // An hour of pause, and twenty minutes of work each.
    bench.script = (_run, phase, attempt) => (phase === 'a' && attempt === 1 ? { outcome: 'usage-limit', notBefore: bench.clock.now() + 60 * minute } : { minutes: 20 })
    const { counters } = (await bench.run({ rules: { maxTotalMinutes: 45 } })).session
    assert.equal([bench.executed, counters.pausedMs, counters.activeMs], [['one/a', 'one/a', 'one/b', 'one/c'], 60 * minute, 60 * minute])
  }),
  maxZeroYield: executed({ maxZeroYield: 2, maxAttemptsPerPhase: 1 }, ['one/a', 'one/b', 'one/c', 'one/d', 'two/e'], (bench) => {
    // What was stopped, paused or failed before the builder neither counts nor ends the row.
    const script: Record<string, ReturnType<Bench['script']>> = { a: fails(), b: {}, c: fails(), d: { ...fails(), charged: false, builderReached: false }, e: fails() }
    bench.script = (_run, phase) => script[phase]!
  }),
  maxTokens: async () => {
    await executed(caps('maxTokens', 1_000), ['one/a', 'one/b'], (bench) => { bench.script = () => spends(500) })()
    await through({ maxTokens: { attempt: 100, phase: 1_000 }, maxAttemptsPerPhase: 1 }, { usage: known(101, 0) }, ['budget_exhausted', 1])()
    // The second attempt may spend what the first has left, and a third is not begun.
    await through({ maxTokens: { attempt: 100, phase: 150 }, maxAttemptsPerPhase: 3 }, { usage: known(90, 0), ends: { type: 'error', message: 'no' } }, ['budget_exhausted', 3])()
  },
  maxCost: async () => {
    await executed(caps('maxCost', 1), ['one/a', 'one/b'], (bench) => { bench.script = () => spends(1, 0.5) })()
    await through({ maxCost: { attempt: 1, phase: 10 }, maxAttemptsPerPhase: 1 }, { usage: known(1, 1.01) }, ['budget_exhausted', 1])()
    await through({ maxCost: { attempt: 1, phase: 1.5 }, maxAttemptsPerPhase: 3 }, { usage: known(1, 0.9), ends: { type: 'error', message: 'no' } }, ['budget_exhausted', 3])()
  },
  assumedTokensPerAttempt: executed({ ...caps('maxTokens', 1_000), assumedTokensPerAttempt: 400 }, ['one/a', 'one/b', 'one/c'], () => undefined),
  assumedCostPerAttempt: executed({ ...caps('maxCost', 1), assumedCostPerAttempt: 0.4 }, ['one/a', 'one/b', 'one/c'], () => undefined),
  maxPauseMinutes: () => withBench(two, async (bench) => {
    // Three pauses of half an hour each: the third is more than what is left.
    bench.script = () => ({ outcome: 'usage-limit', notBefore: bench.clock.now() + 30 * minute })
    const { stop, session } = await bench.run({ rules: { maxPauseMinutes: 70 } })
    assert.equal([bench.executed.length, session.counters.pausedMs, stop.reason], [3, 60 * minute, 'builder_paused'])
    assert.match(stop.detail, /^builder claude is paused until 2026-01-05T10:30:00\.000Z: limit reached; that is more than is left of maxPauseMinutes 70; go on then with autopack drain --resume session-1$/)
  }),
  // One of each run, and not the next of the first one.
  phaseParallelism: () => withBench([plan('one', ['a', 'b', 'c', 'd'].map((id) => ({ id, scope: { paths: [`${id}.txt`] }, ...(id === 'b' && { needs: ['a'] }) })))], async (bench) => {
    const both = Promise.withResolvers<void>()
    // `b` waits for `a`, and `d` for a place: so `a` and `c` are at work at once, or this never ends.
    bench.script = (_run, phase) => {
      if (phase === 'c') both.resolve()
      return phase === 'a' ? { wait: both.promise } : {}
    }
    const { exitCode } = await bench.run({ rules: { phaseParallelism: 2 } })
    assert.equal([bench.executed.slice(0, 2), bench.executed.toSorted(), exitCode], [['one/a', 'one/c'], ['one/a', 'one/b', 'one/c', 'one/d'], 0])
  }),
  parallel: () => withBench([plan('one', ['a', 'b']), plan('two', ['c', 'd']), plan('zero', ['e'])], async (bench) => {
    await bench.run({ rules: { parallel: 2 } })
    assert.equal(bench.executed.slice(0, 2), ['one/a', 'two/c'])
    assert.is(bench.executed.length, 5)
  }),
  maxLoad: bounded({ maxLoad: 1.5 }, { load: 1.6, freeMemory: 0 }, 'a load of 1.60 per processor, and maxLoad is 1.5'),
  minFreeMemory: bounded({ minFreeMemory: 2_000_000_000 }, { load: 99, freeMemory: 1_999_000_000 }, '1999 MB of memory are free, and minFreeMemory is 2000 MB'),
  skipRunsWithQueued: () => withBench([plan('one', ['a', 'b'])], async (bench) => {
    bench.script = (_run, phase) => (phase === 'a' ? fails() : { outcome: 'deferred', notBefore: bench.clock.now() + minute })
    await bench.run({ batch: 1 })
    bench.executed.length = 0
    await bench.run({ batch: 1, rules: { skipRunsWithQueued: true } })
    assert.equal(bench.executed, ['one/b'])
  }),
  stopOnFirstFailure: executed({ stopOnFirstFailure: true }, ['one/a'], (bench) => { bench.script = () => fails() }),
}
for (const rule of Object.keys(drainDefaults) as (keyof DrainRules)[]) test(`obeys ${rule}`, async () => await rules[rule]())

test.run()
