import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statsOutputSchema } from '../../../core/model/stats-output.ts'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'
import { statsLines } from '../../../core/reporters/stats.ts'
import { createStyle } from '../../../core/reporters/style.ts'
import { statsOf } from '../../../core/telemetry/stats.ts'
import { generator } from '../store/support.ts'

const test = suite('stats')

const nothing = { testsFixed: 0, testsBroken: 0, deliverables: 0 }
const tokens = (count: number) => ({ inputTokens: count, outputTokens: 0, cost: count / 100_000 })
const attempt = (more: Partial<AttemptTelemetry>): AttemptTelemetry => ({
  attemptId: 'a', run: 'r', family: 'r', phase: 'p', number: 1, session: 's1', charged: true, outcome: 'complete', builderReached: true, usage: tokens(100_000), startedAt: 0, endedAt: 60_000, yield: nothing, ...more,
})
const failed = { outcome: 'failed', class: 'test_failed' } as const
const print = (attempts: readonly AttemptTelemetry[], durations: Parameters<typeof statsOf>[0]['durations'] = []) =>
  statsLines(statsOf({ project: 'demo', runs: [], since: undefined, attempts, durations }), createStyle(false))

test('what was spent, what it brought, why not, and whether that was expected', () => {
  const attempts = [
    attempt({ yield: { testsFixed: 2, testsBroken: 0, deliverables: 1 } }),
    attempt({ ...failed, usage: tokens(300_000), yield: { ...nothing, testsBroken: 3 }, estimate: { basis: 'run', attempts: 1, tokens: 100_000, cost: 1, durationMs: 60_000 } }),
    attempt({ session: 's2', startedAt: 120_000, endedAt: 180_000, outcome: 'failed', class: 'timeout', usage: 'unknown', estimate: { basis: 'run', attempts: 2, tokens: 200_000, durationMs: 60_000 } }),
    attempt({ session: 's2', startedAt: 180_000, endedAt: 190_000, outcome: 'failed', class: 'import_crash', usage: 'unknown', builderReached: false, estimate: { basis: 'run', attempts: 2, tokens: 200_000, durationMs: 60_000 } }),
  ]
  const durations = [{ key: 'check:r:tests', durationMs: 12_300, at: 0 }, { key: 'check:r:tests:rerun', durationMs: 99_000, at: 0 }, { key: 'check:r:lint', durationMs: 4_000, at: 0 }]
  assert.equal(print(attempts, durations), [
    'demo  4 attempts in 2 drains · 3 reached the builder · at least 400k tokens · at least $4.00 · unknown of 1 attempt · 3m 10s',
    '', 'spent',
    '  failed    3 attempts  ≥300k  ≥$3.00  2m 10s  75 %, unknown of 1',
    '  complete  1 attempt   100k   $1.00   1m 00s  25 %',
    '', 'failures',
    '  test_failed   1 attempt  300k  $3.00  1m 00s  75 %',
    '  timeout       1 attempt  -     -      1m 00s  unknown of 1',
    '  import_crash  1 attempt  -     -      10.0s',
    '', 'brought',
    '  in all              phases 1 · tests fixed 2 · deliverables 1 · tests broken, and not kept, 3',
    '  per million tokens  phases 2.5 · tests fixed 5 · deliverables 2.5',
    '  per minute          phases 0.32 · tests fixed 0.63 · deliverables 0.32',
    '', 'brought nothing',
    '  timed out                       1 attempt  -     -      1m 00s  unknown of 1',
    '  failed before the builder       1 attempt  -     -      10.0s',
    '  reached the builder and failed  1 attempt  300k  $3.00  1m 00s  75 %',
    '  in all 3 attempts: 300k tokens (75 %), 2m 10s (68 %)',
    '', 'expected, and how it came',
    '  tokens    off by 100 %  waste ratio 0.33  1 attempt',
    '  cost      off by 100 %  waste ratio 0.33  1 attempt',
    '  duration  off by 0 %    waste ratio 1     2 attempts',
    '  off by: symmetric mean absolute percentage error, 200 % at most; waste ratio: expected over actual',
    '', 'slowest checks', '  tests  r  12.3s', '  lint   r  4.0s',
    '', 'drains',
    '  s1  2 attempts  1 phase   400k  $4.00  2m 00s  75 % brought nothing',
    '  s2  2 attempts  0 phases  -     -      1m 10s  100 % brought nothing',
  ])
  assert.equal(print([]), ['No attempt has ended yet.'])
})

test('whatever happened: the parts add up, unknown is null and never 0, the schema holds, and a screen is enough', () => {
  const outcomes = ['complete', 'failed', 'retry', 'skipped', 'usage-limit', 'held', 'deferred', 'interrupted', 'review'] as const
  const classes = ['test_failed', 'timeout', 'import_crash', 'lint_error', 'crash', 'oom', 'network', 'unknown', 'type_error']
  for (let seed = 1; seed <= 60; seed++) {
    const random = generator(seed)
    const pick = <Value>(values: readonly Value[]) => values[Math.floor(random() * values.length)]!
    const attempts = Array.from({ length: Math.floor(random() * 60) }, (_, index) =>
      attempt({
        session: `s${Math.floor(random() * 20)}`, outcome: pick(outcomes), builderReached: random() < 0.8, usage: random() < 0.5 ? 'unknown' : tokens(Math.floor(random() * 1_000)), startedAt: index * 1_000, endedAt: index * 1_000 + Math.floor(random() * 5_000),
        ...(random() < 0.5 && { class: pick(classes) }), ...(random() < 0.5 && { estimate: { basis: 'project', attempts: 1, durationMs: 5, ...(random() < 0.5 && { tokens: 10 }) } }),
      }))
    const stats = statsOutputSchema.parse(statsOf({ project: 'demo', runs: [], since: undefined, attempts, durations: [] }))
    const sum = (values: readonly (number | null)[]) => values.reduce<number>((total, value) => total + (value ?? 0), 0)
    for (const key of ['attempts', 'tokens', 'unknown', 'unpriced', 'durationMs'] as const) {
      assert.is(sum(stats.byOutcome.map((one) => one[key])), stats.total[key] ?? 0, `seed ${seed}: ${key} by outcome`)
      assert.is(sum(stats.yield.nothing.map((one) => one[key])), stats.wasted[key] ?? 0, `seed ${seed}: ${key} of nothing`)
      assert.is(sum(stats.drains.map((one) => one[key])), stats.total[key] ?? 0, `seed ${seed}: ${key} by drain`)
    }
    for (const drain of stats.drains) assert.is(drain.tokens === null, attempts.every((one) => one.session !== drain.session || one.usage === 'unknown'), `seed ${seed}: ${drain.session} has tokens ${drain.tokens}`)
    const lines = statsLines(stats, createStyle(false))
    assert.ok(lines.length <= 60, `seed ${seed}: ${lines.length} lines`)
  }
})

test.run()
