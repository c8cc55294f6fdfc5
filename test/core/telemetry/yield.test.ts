import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'
import { broughtBy, yieldPerMillionTokens, yieldPerMinute, zeroYieldReason } from '../../../core/telemetry/yield.ts'

const test = suite('yield')

type Ended = Pick<AttemptTelemetry, 'outcome' | 'builderReached' | 'yield' | 'class' | 'usage' | 'startedAt' | 'endedAt'>
const attempt = (more: Partial<Ended> = {}): Ended => ({
  outcome: 'complete', builderReached: true, yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 }, usage: { inputTokens: 400_000, outputTokens: 100_000 }, startedAt: 0, endedAt: 120_000, ...more,
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
  assert.equal(yieldPerMillionTokens([known, unknown]), { phases: 2, testsFixed: 6, deliverables: 4 })
  assert.is(yieldPerMillionTokens([unknown]), undefined)
  assert.equal(yieldPerMinute([known, unknown]), { phases: 0.5, testsFixed: 1.5, deliverables: 1 })
  assert.is(yieldPerMinute([]), undefined)
  assert.equal(broughtBy([known, unknown, attempt({ outcome: 'failed' })]), { phases: 2, testsFixed: 6, testsBroken: 2, deliverables: 4 })
})

test.run()
