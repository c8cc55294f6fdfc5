import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { accuracyOf, createHistory, median, type PastAttempt } from '../../../core/telemetry/estimate.ts'
import { sumEstimates } from '../../../core/telemetry/expected.ts'
import { generator } from '../store/support.ts'

const test = suite('estimates')

const past = (run: string, family: string, phase: string, tokens: number | 'unknown', more: Partial<PastAttempt> = {}): PastAttempt => ({
  run, family, phase, outcome: 'complete', charged: true, builderReached: true, usage: tokens === 'unknown' ? 'unknown' : { inputTokens: tokens, outputTokens: 0, cost: tokens / 1_000 },
  startedAt: 0, endedAt: 1_000, ...more,
})

test('what a phase is expected to cost comes from its own attempts, else from its run, its family, the project', () => {
  const history = createHistory([past('a-1', 'a', 'x', 100), past('a-1', 'a', 'y', 300), past('a-2', 'a', 'z', 700), past('b', 'b', 'x', 5_000)])
  assert.equal(history.expect({ run: 'a-1', family: 'a', phase: 'x' }), { basis: 'phase', attempts: 1, tokens: 100, cost: 0.1, durationMs: 1_000 })
  assert.equal(history.expect({ run: 'a-1', family: 'a', phase: 'new' }), { basis: 'run', attempts: 2, tokens: 200, cost: 0.2, durationMs: 1_000 })
  assert.equal(history.expect({ run: 'a-3', family: 'a', phase: 'x' })?.basis, 'family')
  assert.equal(history.expect({ run: 'a-3', family: 'a', phase: 'x' })?.tokens, 300)
  assert.equal(history.expect({ run: 'c', family: 'c', phase: 'x' }), { basis: 'project', attempts: 4, tokens: 500, cost: 0.5, durationMs: 1_000 })
  assert.is(createHistory().expect({ run: 'c', family: 'c', phase: 'x' }), undefined)
})

test('unknown usage is unknown in an estimate too, and never counts as 0', () => {
  const history = createHistory([past('r', 'r', 'p', 'unknown')])
  assert.equal(history.expect({ run: 'r', family: 'r', phase: 'p' }), { basis: 'phase', attempts: 1, durationMs: 1_000 })
  history.add(past('r', 'r', 'p', 400))
  assert.equal(history.expect({ run: 'r', family: 'r', phase: 'p' }), { basis: 'phase', attempts: 2, tokens: 400, cost: 0.4, durationMs: 1_000 })
})

test('what never came to the builder, was not charged or was cut off says nothing of what the work costs', () => {
  const history = createHistory([past('r', 'r', 'p', 1, { builderReached: false }), past('r', 'r', 'p', 1, { charged: false }), past('r', 'r', 'p', 1, { outcome: 'interrupted' })])
  assert.is(history.expect({ run: 'r', family: 'r', phase: 'p' }), undefined)
})

test('old costs are forgotten: a project changes', () => {
  const history = createHistory(Array.from({ length: 200 }, () => past('r', 'r', 'p', 1)))
  for (let index = 0; index < 50; index++) history.add(past('r', 'r', 'p', 9))
  assert.equal(history.expect({ run: 'r', family: 'r', phase: 'p' }), { basis: 'phase', attempts: 50, tokens: 9, cost: 0.009, durationMs: 1_000 })
})

test('the median has as many values below as above it', () => {
  assert.equal([median([]), median([3]), median([4, 1, 3, 2])], [undefined, 3, 2.5])
  for (let seed = 1; seed <= 50; seed++) {
    const random = generator(seed)
    const values = Array.from({ length: 1 + Math.floor(random() * 30) }, () => Math.floor(random() * 20))
    const middle = median(values)!
    const below = values.filter((value) => value < middle).length
    const above = values.filter((value) => value > middle).length
    assert.ok(below <= values.length / 2 && above <= values.length / 2, `seed ${seed}: ${middle} of ${values.join(' ')}`)
  }
})

test('the error is symmetric: twice too much is as wrong as half too little', () => {
  assert.is(accuracyOf([]), undefined)
  assert.equal(accuracyOf([{ expected: 5, actual: 5 }, { expected: 0, actual: 0 }]), { attempts: 2, smape: 0, wasteRatio: 1 })
  assert.is(accuracyOf([{ expected: 200, actual: 100 }])!.smape, accuracyOf([{ expected: 100, actual: 200 }])!.smape)
  assert.equal(accuracyOf([{ expected: 300, actual: 100 }, { expected: 100, actual: 100 }]), { attempts: 2, smape: 0.5, wasteRatio: 2 })
  assert.equal(accuracyOf([{ expected: 7, actual: 0 }]), { attempts: 1, smape: 2, wasteRatio: null })
  for (let seed = 1; seed <= 50; seed++) {
    const random = generator(seed)
    const pairs = Array.from({ length: 1 + Math.floor(random() * 9) }, () => ({ expected: random() * 100, actual: random() * 100 }))
    const { smape } = accuracyOf(pairs)!
    assert.ok(smape >= 0 && smape <= 2, `seed ${seed}: ${smape}`)
    const turned = accuracyOf(pairs.map(({ expected, actual }) => ({ expected: actual, actual: expected })))!
    assert.ok(Math.abs(turned.smape - smape) < 1e-9, `seed ${seed}: ${smape} and ${turned.smape}`)
  }
})

test('what several phases are expected to cost says of how many of them it is known', () => {
  const estimate = { basis: 'run', attempts: 3, durationMs: 1_000 } as const
  assert.equal(sumEstimates([]), { phases: 0, known: 0, unknown: 0, tokens: null, cost: null, durationMs: null })
  assert.equal(sumEstimates([undefined, { ...estimate, tokens: 10, cost: 0.5 }, { ...estimate, tokens: 5 }, estimate]), { phases: 4, known: 3, unknown: 1, tokens: 15, cost: 0.5, durationMs: 3_000 })
})

test.run()
