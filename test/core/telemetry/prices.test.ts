import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { costOf, knownPrices, priceOf } from '../../../core/telemetry/prices.ts'

const test = suite('prices')
const page = new URL('../../../docs/prices.md', import.meta.url)

test('the table and its page are the same, and every price is whole', () => {
  const rows = [...readFileSync(page, 'utf8').matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, model, cells]) => {
    const [input, output, cachedInput, cacheWrite] = cells!.split('|').map((cell) => (cell.trim() === '' ? undefined : Number(cell)))
    return [model!, { input: input!, output: output!, ...(cachedInput !== undefined && { cachedInput }), ...(cacheWrite !== undefined && { cacheWrite }) }] as const
  })
  assert.equal(Object.fromEntries(rows), knownPrices)
  assert.is(rows.length, Object.keys(knownPrices).length, 'a model stands on the page twice')
  for (const [model, price] of rows) assert.ok(price.input > 0 && price.output >= price.input && (price.cachedInput ?? 0) < price.input, model)
})

test('a price is found with provider and date in the name, and one of the config goes before', () => {
  const sonnet = knownPrices['claude-sonnet-4-5']
  for (const name of ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929', 'anthropic/claude-sonnet-4-5', 'openrouter/anthropic/claude-sonnet-4-5@20250929', 'claude-sonnet-4-5[1m]']) assert.equal(priceOf(name), sonnet, name)
  assert.is(priceOf('claude-sonnet-99'), undefined)
  assert.is(priceOf('constructor'), undefined)
  const own = { input: 1, output: 2 }
  assert.equal(priceOf('anthropic/claude-sonnet-4-5', { 'claude-sonnet-4-5': own }), own)
  assert.equal(priceOf('ours', { ours: own }), own)
})

test('each kind of token has its price; what has none costs as input, and no price is no cost', () => {
  const tokens = { inputTokens: 1_000_000, cachedInputTokens: 300_000, cacheWriteTokens: 200_000, outputTokens: 100_000 }
  assert.is(costOf(tokens, { input: 10, output: 50, cachedInput: 1, cacheWrite: 12 }), 5 + 0.3 + 2.4 + 5)
  assert.is(costOf(tokens, { input: 10, output: 50 }), 15)
  assert.is(costOf({ inputTokens: 10, outputTokens: 0, cachedInputTokens: 20 }, { input: 10, output: 50, cachedInput: 0 }), 0)
  assert.is(costOf(tokens, undefined), undefined)
})

test.run()
