import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addCounts, usageOf, type ModelCounts } from '../../../core/builders/tally.ts'

const test = suite('tally')

const counts = (inputTokens: number, outputTokens: number, cost?: number): ModelCounts => ({ inputTokens, outputTokens, ...(cost !== undefined && { cost }) })

test('a model without a price takes nothing from what the others cost', () => {
  const usage = usageOf(new Map([['local/own', counts(3_000, 500)], ['claude-haiku-4-5', counts(1_000, 100, 1.2)]]), {})
  assert.equal(usage, { inputTokens: 4_000, outputTokens: 600, cost: 1.2, unpricedTokens: 3_500, unpricedModels: ['local/own'], model: 'local/own' })
})

test('what is told, what is estimated and what has no price stand beside each other', () => {
  const usage = usageOf(new Map([['gpt-5.1', counts(1_000_000, 0)], ['told', counts(10, 10, 0.5)], ['local/own', counts(7, 3)], ['', counts(1, 1)]]), {})
  assert.equal(usage, { inputTokens: 1_000_018, outputTokens: 14, cost: 1.75, costEstimated: true, unpricedTokens: 12, unpricedModels: ['local/own'], model: 'gpt-5.1' })
})

test('where nothing has a price there is no cost, and where no model was asked it is nothing', () => {
  assert.equal(usageOf(new Map([['local/own', counts(7, 3)]]), {}), { inputTokens: 7, outputTokens: 3, unpricedTokens: 10, unpricedModels: ['local/own'], model: 'local/own' })
  assert.equal(usageOf(new Map(), {}), { inputTokens: 0, outputTokens: 0, cost: 0 })
  assert.is(usageOf(undefined, {}), 'unknown')
})

test('a message without a cost takes nothing from what the others of its model cost', () => {
  const both = addCounts(addCounts(undefined, counts(1_000, 100, 0.5)), counts(2_000, 200))
  assert.equal(usageOf(new Map([['local/own', both]]), {}), { inputTokens: 3_000, outputTokens: 300, cachedInputTokens: 0, cost: 0.5, unpricedTokens: 2_200, unpricedModels: ['local/own'], model: 'local/own' })
  const prices = { 'local/own': { input: 1, output: 1 } }
  assert.equal(usageOf(new Map([['local/own', both]]), { prices }), { inputTokens: 3_000, outputTokens: 300, cachedInputTokens: 0, cost: 0.5 + 2_200 / 1e6, costEstimated: true, model: 'local/own' })
  assert.equal(addCounts(counts(1, 1), both), addCounts(both, counts(1, 1)))
})

test.run()
