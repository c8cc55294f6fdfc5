import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'
import { compareWithRetry, type PastSession, type PlannedPhase } from '../../../core/telemetry/compare.ts'

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
  const calls = (...later: PastSession[]) => compareWithRetry(failed, [session('one', 0), ...later], [], { attemptsPerPhase: 5, batch: 2 }).loop.calls
  assert.is(calls(), 15)
  assert.is(calls(session('two', 10, { command: 'run' })), 15)
  assert.is(calls(session('two', 10, { runs: ['other'] })), 15)
  assert.is(calls(session('two', 10, { filter: { only: 'queued' } })), 15)
  assert.is(calls(session('two', 10)), 25)
})

test('what was parked and never tried is told apart, as an estimate: in each drain that had nothing else left, as far as its batch goes', () => {
  const attempts = [attempt('one', 'done', 'complete'), attempt('one', 'bad', 'failed'), attempt('three', 'late', 'complete', { startedAt: 200_000, endedAt: 200_100 })]
  const planned = (phase: string, more: Partial<PlannedPhase> = {}): PlannedPhase => ({ run: 'r', family: 'r', phase, needs: [], importedAt: 0, ...more })
  const phases = [
    planned('done'), planned('bad'), planned('late', { needs: ['done'] }), planned('never'), planned('blocked', { needs: ['bad'] }), planned('of another', { run: 'other', family: 'other' }), planned('new', { importedAt: 150_000 }),
  ]
  const parks = { stop: { reason: 'fingerprint_repeat' } }
  const sessions = [
    session('one', 0, { endedAt: new Date(100_000).toISOString(), runs: ['r'], ...parks }), session('two', 120, { endedAt: new Date(121_000).toISOString(), runs: ['r'], stop: { reason: 'batch_done' } }),
    session('three', 190, { endedAt: new Date(210_000).toISOString(), runs: ['r'], ...parks }),
  ]
  // `late` and `never` in the first, `never` and `new` in the third.
  const { parked, loop } = compareWithRetry(attempts, sessions, phases)
  assert.equal(parked, { phases: 3, calls: 20, tokens: 2_000, cost: 10, durationMs: 2_000 })
  assert.equal(loop, compareWithRetry(attempts, sessions).loop, 'what is known stays as it is')
  // Two were tried in the first, and of what had failed one is left in the third.
  assert.is(compareWithRetry(attempts, sessions, phases, { attemptsPerPhase: 5, batch: 3 }).parked.calls, 5 + 5)
  assert.is(compareWithRetry(attempts, [session('one', 0, { endedAt: sessions[0]!.endedAt!, filter: {}, ...parks })], phases).parked.calls, 0)
})

test('what was stopped, put off or never priced is no verdict, and what is unknown stays unknown', () => {
  const attempts = [attempt('one', 'a', 'interrupted', { usage: 'unknown' }), attempt('one', 'b', 'complete', { usage: 'unknown' })]
  const { spent, loop } = compareWithRetry(attempts, [])
  assert.equal([spent.calls, spent.tokens, loop.calls, loop.tokens], [2, null, 2, null])
  assert.equal(compareWithRetry([], []).loop, { calls: 0, tokens: null, cost: null, durationMs: 0 })
})

test.run()
