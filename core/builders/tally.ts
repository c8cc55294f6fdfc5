import type { Prices } from '../model/prices.ts'
import type { Usage } from '../model/usage.ts'
import { costOf, priceOf } from '../telemetry/prices.ts'

/** What one model was asked. */
export interface ModelCounts {
  /** All that it read, from a cache or not. */
  inputTokens: number
  outputTokens: number
  /** Of the input: read from a cache, and written to one. */
  cachedInputTokens?: number
  cacheWriteTokens?: number
  /** US dollars, where the agent tells them. */
  cost?: number
}

/** By the model's name; `''` where it is not known. */
export type Tally = ReadonlyMap<string, ModelCounts>

/**
 * The usage of an attempt. Its cost is the agent's own where it tells one for each model, else from prices and marked as an estimate, else unknown: a sum without
 * one of its parts would be too low. No tally is `'unknown'`; an empty one says that no model was asked.
 */
export function usageOf(tally: Tally | undefined, options: { turns?: number | undefined; prices?: Prices | undefined }): Usage {
  if (tally === undefined) return 'unknown'
  const all = [...tally]
  const sum = (of: (counts: ModelCounts) => number | undefined) => all.reduce((total, [, counts]) => total + (of(counts) ?? 0), 0)
  const costs = all.map(([model, counts]) => counts.cost ?? costOf(counts, priceOf(model, options.prices)))
  const isKnown = costs.every((cost) => cost !== undefined)
  const models = all.toSorted(([, left], [, right]) => right.inputTokens - left.inputTokens).map(([model]) => model)
  return {
    inputTokens: sum((counts) => counts.inputTokens),
    outputTokens: sum((counts) => counts.outputTokens),
    ...(all.some(([, counts]) => counts.cachedInputTokens !== undefined) && { cachedInputTokens: sum((counts) => counts.cachedInputTokens) }),
    ...(isKnown && { cost: costs.reduce((total, cost) => total! + cost!, 0)! }),
    ...(isKnown && all.some(([, counts]) => counts.cost === undefined) && { costEstimated: true }),
    ...(options.turns !== undefined && { turns: options.turns }),
    ...(models[0] && { model: models[0] }),
  }
}
