import type { Prices } from '../model/prices.ts'
import type { Usage } from '../model/usage.ts'
import { costOf, priceOf } from '../telemetry/prices.ts'

export interface TokenCounts {
  /** All that it read, from a cache or not. */
  inputTokens: number
  outputTokens: number
  /** Of the input: read from a cache, and written to one. */
  cachedInputTokens?: number
  cacheWriteTokens?: number
}

/** What one model was asked. */
export interface ModelCounts extends TokenCounts {
  /** US dollars, where the agent tells them. */
  cost?: number
  /** Beside a cost: the tokens that are not in it. Without one it is all of them. */
  untold?: TokenCounts
}

/** By the model's name; `''` where it is not known. */
export type Tally = ReadonlyMap<string, ModelCounts>

/** Both together. What is told of the cost of one is not lost where the other tells none. */
export function addCounts(left: ModelCounts | undefined, right: ModelCounts): ModelCounts {
  if (left === undefined) return right
  const tokens = addTokens(left, right)
  if (left.cost === undefined && right.cost === undefined) return tokens
  const untold = [untoldOf(left), untoldOf(right)].filter((one) => one !== undefined)
  return { ...tokens, cost: (left.cost ?? 0) + (right.cost ?? 0), ...(untold.length > 0 && { untold: untold.reduce(addTokens) }) }
}

/** The tokens of which no cost is told. */
const untoldOf = (counts: ModelCounts): TokenCounts | undefined => (counts.cost === undefined ? counts : counts.untold)

function addTokens(left: TokenCounts, right: TokenCounts): TokenCounts {
  return {
    inputTokens: left.inputTokens + right.inputTokens, outputTokens: left.outputTokens + right.outputTokens,
    cachedInputTokens: (left.cachedInputTokens ?? 0) + (right.cachedInputTokens ?? 0), cacheWriteTokens: (left.cacheWriteTokens ?? 0) + (right.cacheWriteTokens ?? 0),
  }
}

/**
 * The usage of an attempt. Its cost is the agent's own where it tells one, else from prices and marked as an estimate. Tokens of which neither is known stand beside
 * it, with their models: what is known is at least what was spent. No tally is `'unknown'`; an empty one says that no model was asked.
 */
export function usageOf(tally: Tally | undefined, options: { turns?: number | undefined; prices?: Prices | undefined }): Usage {
  if (tally === undefined) return 'unknown'
  const all = [...tally]
  const sum = (of: (counts: ModelCounts) => number | undefined) => all.reduce((total, [, counts]) => total + (of(counts) ?? 0), 0)
  const parts = all.map(([model, counts]) => {
    const untold = untoldOf(counts)
    const estimate = untold && costOf(untold, priceOf(model, options.prices))
    return { model, told: counts.cost, estimate, unpriced: untold && estimate === undefined ? untold.inputTokens + untold.outputTokens : 0 }
  })
  const costs = parts.flatMap(({ told, estimate }) => [told, estimate]).filter((cost) => cost !== undefined)
  const unpriced = parts.filter((part) => part.unpriced > 0)
  const unpricedModels = unpriced.map(({ model }) => model).filter((model) => model !== '')
  const models = all.toSorted(([, left], [, right]) => right.inputTokens - left.inputTokens).map(([model]) => model)
  return {
    inputTokens: sum((counts) => counts.inputTokens),
    outputTokens: sum((counts) => counts.outputTokens),
    ...(all.some(([, counts]) => counts.cachedInputTokens !== undefined) && { cachedInputTokens: sum((counts) => counts.cachedInputTokens) }),
    ...((costs.length > 0 || unpriced.length === 0) && { cost: costs.reduce((total, cost) => total + cost, 0) }),
    ...(parts.some(({ estimate }) => estimate !== undefined) && { costEstimated: true }),
    ...(unpriced.length > 0 && { unpricedTokens: unpriced.reduce((total, part) => total + part.unpriced, 0) }),
    ...(unpricedModels.length > 0 && { unpricedModels }),
    ...(options.turns !== undefined && { turns: options.turns }),
    ...(models[0] && { model: models[0] }),
  }
}
