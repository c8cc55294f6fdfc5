import type { ModelPrice, Prices } from '../model/prices.ts'

/** US dollars for a million tokens. Where from, and of which day: docs/prices.md, which a test holds to this table. */
export const knownPrices: Prices = {
  'claude-fable-5': { input: 10, output: 50, cachedInput: 1, cacheWrite: 12.5 },
  'claude-fable-5-1': { input: 10, output: 50, cachedInput: 0.25, cacheWrite: 12.5 },
  'claude-fable-5-2': { input: 8, output: 40, cachedInput: 0.2, cacheWrite: 10 },
  'claude-haiku-4-5': { input: 1, output: 5, cachedInput: 0.1, cacheWrite: 1.25 },
  'claude-haiku-5-5': { input: 0.1, output: 0.5, cachedInput: 0.01, cacheWrite: 0.125 },
  'claude-mythos-5': { input: 10, output: 50, cachedInput: 1, cacheWrite: 12.5 },
  'claude-opus-4-5': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-6': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-7': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
  'claude-opus-4-8': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
  'claude-opus-5': { input: 5, output: 25, cachedInput: 0.5, cacheWrite: 6.25 },
  'claude-opus-5-5': { input: 4, output: 20, cachedInput: 0.2, cacheWrite: 5 },
  'claude-sonnet-4-0': { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 },
  'claude-sonnet-4-5': { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 },
  'claude-sonnet-4-6': { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 },
  'claude-sonnet-5': { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5 },
  'claude-sonnet-5-5': { input: 2, output: 10, cachedInput: 0.1, cacheWrite: 2.5 },
  'gpt-4.1': { input: 2, output: 8, cachedInput: 0.5 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6, cachedInput: 0.1 },
  'gpt-5': { input: 1.25, output: 10, cachedInput: 0.125 },
  'gpt-5-mini': { input: 0.25, output: 2, cachedInput: 0.025 },
  'gpt-5-nano': { input: 0.05, output: 0.4, cachedInput: 0.005 },
  'gpt-5.1': { input: 1.25, output: 10, cachedInput: 0.125 },
  'gpt-5.2': { input: 1.75, output: 14, cachedInput: 0.175 },
  'gpt-5.3-codex': { input: 1.75, output: 14, cachedInput: 0.175 },
  'gpt-5.4': { input: 2.5, output: 15, cachedInput: 0.25 },
  'gpt-5.4-mini': { input: 0.75, output: 4.5, cachedInput: 0.075 },
  'gpt-5.4-nano': { input: 0.2, output: 1.25, cachedInput: 0.02 },
  'gpt-5.5': { input: 5, output: 30, cachedInput: 0.5 },
  'gpt-5.6': { input: 4, output: 20, cachedInput: 0.4, cacheWrite: 5 },
  'gpt-5.6-luna': { input: 0.2, output: 1.2, cachedInput: 0.02, cacheWrite: 0.25 },
  'gpt-5.6-sol': { input: 4, output: 20, cachedInput: 0.4, cacheWrite: 5 },
  'gpt-5.6-terra': { input: 2, output: 12, cachedInput: 0.2, cacheWrite: 2.5 },
  'gpt-6-astra': { input: 10, output: 50, cachedInput: 1, cacheWrite: 12.5 },
  'gpt-6-luna': { input: 0.1, output: 0.5, cachedInput: 0.01, cacheWrite: 0.125 },
  'gpt-6-sol': { input: 2, output: 10, cachedInput: 0.2, cacheWrite: 2.5 },
  'o3': { input: 2, output: 8, cachedInput: 0.5 },
  'gemini-2.5-flash': { input: 0.3, output: 2.5, cachedInput: 0.03 },
  'gemini-2.5-flash-lite': { input: 0.1, output: 0.4, cachedInput: 0.01 },
  'gemini-2.5-pro': { input: 1.25, output: 10, cachedInput: 0.125 },
  'gemini-3-flash-preview': { input: 0.5, output: 3, cachedInput: 0.05 },
  'gemini-3.1-flash-lite': { input: 0.25, output: 1.5, cachedInput: 0.025 },
  'gemini-3.1-pro-preview': { input: 2, output: 12, cachedInput: 0.2 },
  'gemini-3.5-flash': { input: 1.5, output: 9, cachedInput: 0.15 },
  'gemini-3.5-flash-lite': { input: 0.3, output: 2.5, cachedInput: 0.03 },
  'gemini-3.6-flash': { input: 0.75, output: 3.75, cachedInput: 0.075 },
  'gemini-3.7-flash': { input: 0.75, output: 3.75, cachedInput: 0.075 },
  'gemini-3.8-flash': { input: 0.75, output: 3.75, cachedInput: 0.075 },
  'gemini-flash-latest': { input: 0.75, output: 3.75, cachedInput: 0.075 },
  'gemini-flash-lite-latest': { input: 0.3, output: 2.5, cachedInput: 0.03 },
}

/** The price of a model: of the config, else of the table. A provider in front and a date at the end of the name are left aside where the whole name is not known. */
export function priceOf(model: string, own: Prices = {}): ModelPrice | undefined {
  for (const name of namesOf(model)) {
    const price = (Object.hasOwn(own, name) ? own[name] : undefined) ?? (Object.hasOwn(knownPrices, name) ? knownPrices[name] : undefined)
    if (price !== undefined) return price
  }
  return undefined
}

function namesOf(model: string): string[] {
  const bare = model.replace(/^.*\//, '').replace(/\[1m\]$/, '')
  return [...new Set([model, bare, bare.replace(/[-@](?:\d{8}|\d{4}-\d\d-\d\d)$/, '')])]
}

/** What so many tokens cost; undefined without a price. */
export function costOf(tokens: { inputTokens: number; outputTokens: number; cachedInputTokens?: number; cacheWriteTokens?: number }, price: ModelPrice | undefined): number | undefined {
  if (price === undefined) return undefined
  const { inputTokens, outputTokens, cachedInputTokens: cached = 0, cacheWriteTokens: written = 0 } = tokens
  const { input, output, cachedInput = input, cacheWrite = input } = price
  return (Math.max(0, inputTokens - cached - written) * input + cached * cachedInput + written * cacheWrite + outputTokens * output) / 1_000_000
}
