import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'
import { compareWithRetry, type PastSession } from '../../../core/telemetry/compare.ts'

const test = suite('what a retry loop would have spent')

let count = 0
const attempt = (session: string, phase: string, outcome: AttemptTelemetry['outcome'], more: Partial<AttemptTelemetry> = {}): AttemptTelemetry => ({
  attemptId: String(++count), run: 'r', family: 'r', phase, number: 1, session, charged: true, outcome, builderReached: true, usage: { inputTokens: 80, outputTokens: 20, cost: 0.5 },
  startedAt: count * 1_000, endedAt: count * 1_000 + 100, yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 }, ...more,
})
const session = (id: string, second: number, more: Partial<PastSession> = {}): PastSession => ({ id, command: 'drain', runs: [], startedAt: new Date(second * 1_000).toISOString(), ...more })

test('a phase that failed is tried five times in every drain until it is done; one that passed costs the calls that it took', () => {
  const attempts = [
    attempt('one', 'good', 'complete'), attempt('one', 'twice', 'retry'), attempt('one', 'twice', 'complete'), attempt('one', 'bad', 'failed'),
    attempt('three', 'bad', 'complete'),
  ]
  // In the second drain the phase was parked: nothing was spent.
  const { spent, loop, sessions } = compareWithRetry(attempts, [session('one', 0), session('two', 10), session('three', 20), session('four', 30)])
  assert.is(sessions, 4)
  assert.equal(spent, { calls: 5, tokens: 500, cost: 2.5, durationMs: 500 })
  assert.equal(loop, { calls: 1 + 2 + 5 + 5 + 1, tokens: 1_400, cost: 7, durationMs: 1_400 })
})

test('what failed before the builder was free, and costs the loop its calls', () => {
  const attempts = [attempt('one', 'known', 'complete'), attempt('two', 'base', 'failed', { builderReached: false, charged: false, usage: 'unknown' })]
  const { spent, loop } = compareWithRetry(attempts, [session('one', 0), session('two', 10)])
  assert.equal([spent.calls, loop.calls, loop.tokens], [1, 6, 600])
})

test('a run takes what is queued only, a drain of some runs those alone, and none more than its batch', () => {
  const failed = ['a', 'b', 'c'].map((phase) => attempt('one', phase, 'failed'))
  const calls = (...later: PastSession[]) => compareWithRetry(failed, [session('one', 0), ...later], { attemptsPerPhase: 5, batch: 2 }).loop.calls
  assert.is(calls(), 15)
  assert.is(calls(session('two', 10, { command: 'run' })), 15)
  assert.is(calls(session('two', 10, { runs: ['other'] })), 15)
  assert.is(calls(session('two', 10, { filter: { only: 'queued' } })), 15)
  assert.is(calls(session('two', 10)), 25)
})

test('what was stopped, put off or never priced is no verdict, and what is unknown stays unknown', () => {
  const attempts = [attempt('one', 'a', 'interrupted', { usage: 'unknown' }), attempt('one', 'b', 'complete', { usage: 'unknown' })]
  const { spent, loop } = compareWithRetry(attempts, [])
  assert.equal([spent.calls, spent.tokens, loop.calls, loop.tokens], [2, null, 2, null])
  assert.equal(compareWithRetry([], []).loop, { calls: 0, tokens: null, cost: null, durationMs: 0 })
})

test.run()
