import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'
import { broughtBy, zeroYieldReason } from '../../../core/telemetry/yield.ts'

const test = suite('yield')

type Ended = AttemptTelemetry
const attempt = (more: Partial<Ended> = {}): Ended => ({
  attemptId: 'a', run: 'r', family: 'r', phase: 'p', number: 1, session: 's', charged: true, outcome: 'complete', builderReached: true, yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 }, usage: { inputTokens: 400_000, outputTokens: 100_000 }, startedAt: 0, endedAt: 120_000, ...more,
})

test('a zero yield says why it is zero', () => {
  const why = (more: Partial<Ended>) => zeroYieldReason(attempt(more))
  assert.is(why({}), undefined)
  assert.is(why({ outcome: 'failed', class: 'test_failed', yield: { testsFixed: 1, testsBroken: 2, deliverables: 0 } }), undefined, 'a test that it fixed is a yield')
  assert.is(why({ outcome: 'failed', class: 'timeout', yield: { testsFixed: 0, testsBroken: 0, deliverables: 1 } }), undefined)
  assert.is(why({ outcome: 'skipped', builderReached: false }), 'without-builder')
  assert.is(why({ outcome: 'complete', builderReached: false }), 'without-builder')
  assert.is(why({ outcome: 'failed', class: 'timeout' }), 'timed-out')
  assert.is(why({ outcome: 'failed', class: 'import_crash', builderReached: false }), 'before-builder')
  assert.is(why({ outcome: 'failed', class: 'test_failed' }), 'builder-failed')
  assert.is(why({ outcome: 'retry', class: 'network' }), 'builder-failed')
  for (const outcome of ['interrupted', 'usage-limit', 'held', 'deferred'] as const) assert.is(why({ outcome }), 'no-verdict')
})

test('yield per token counts only what is known to have been spent, for the tokens and for what they brought', () => {
  const brought = { testsFixed: 3, testsBroken: 1, deliverables: 2 }
  const known = attempt({ yield: brought })
  const unknown = attempt({ usage: 'unknown', yield: brought })
  const failed = attempt({ outcome: 'failed', class: 'test_failed' })
  assert.equal(broughtBy([known, unknown, failed, attempt({ outcome: 'failed', class: 'timeout', usage: 'unknown' })]), {
    phases: 2, testsFixed: 6, testsBroken: 2, deliverables: 4,
    perMillionTokens: { phases: 1, testsFixed: 3, deliverables: 2 },
    perMinute: { phases: 0.25, testsFixed: 0.75, deliverables: 0.5 },
    nothing: [
      { reason: 'timed-out', attempts: 1, tokens: null, cost: null, unknown: 1, unpriced: 0, durationMs: 120_000 },
      { reason: 'builder-failed', attempts: 1, tokens: 500_000, cost: null, unknown: 0, unpriced: 1, durationMs: 120_000 },
    ],
  })
  assert.equal([broughtBy([unknown]).perMillionTokens, broughtBy([]).perMinute], [null, null])
})

test.run()
