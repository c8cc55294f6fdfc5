import type { z } from 'zod'
import type { usageSchema } from './usage-schema.ts'

export type Usage = z.infer<typeof usageSchema>

export function totalTokens(usage: Usage): number | undefined {
  return usage === 'unknown' ? undefined : usage.inputTokens + usage.outputTokens
}

/** What no price is known of, and whose tokens they are as far as that is known; undefined where the cost covers all. */
export function unpricedPart(usage: Usage): { tokens: number; models: readonly string[] } | undefined {
  if (usage === 'unknown') return undefined
  const tokens = usage.unpricedTokens ?? (usage.cost === undefined ? usage.inputTokens + usage.outputTokens : 0)
  return tokens === 0 ? undefined : { tokens, models: usage.unpricedModels ?? (usage.cost === undefined && usage.model !== undefined ? [usage.model] : []) }
}

/** The cost where it covers all; undefined where it is not known, or only in part. */
export function wholeCost(usage: Usage): number | undefined {
  return usage === 'unknown' || usage.incomplete || unpricedPart(usage) ? undefined : usage.cost
}

/**
 * Adds up what is known, and keeps beside it that a part is not: tokens without a price (`unpricedTokens`), and usage that is not known at all (`incomplete`).
 * The sum of nothing known is `'unknown'`. `left` is undefined before the first.
 */
export function addUsage(left: Usage | undefined, right: Usage): Usage {
  if (left === undefined) return right
  if (left === 'unknown') return right === 'unknown' ? right : { ...right, incomplete: true }
  if (right === 'unknown') return { ...left, incomplete: true }
  const sum = (a: number | undefined, b: number | undefined) => (a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0))
  const cached = sum(left.cachedInputTokens, right.cachedInputTokens)
  const cost = sum(left.cost, right.cost)
  const turns = sum(left.turns, right.turns)
  const unpriced = [unpricedPart(left), unpricedPart(right)].filter((part) => part !== undefined)
  const models = [...new Set(unpriced.flatMap((part) => part.models))]
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(cost !== undefined && { cost }),
    ...((left.costEstimated || right.costEstimated) && { costEstimated: true }),
    ...(unpriced.length > 0 && { unpricedTokens: unpriced.reduce((tokens, part) => tokens + part.tokens, 0) }),
    ...(models.length > 0 && { unpricedModels: models }),
    ...((left.incomplete || right.incomplete) && { incomplete: true }),
    ...(turns !== undefined && { turns }),
  }
}

/** What attempts spent together. One that is known to have started no builder spent nothing, and says nothing of the others. */
export function sumUsage(attempts: readonly { usage: Usage; builderReached: boolean }[]): Usage {
  return attempts.filter(({ usage, builderReached }) => usage !== 'unknown' || builderReached).reduce<Usage | undefined>((sum, { usage }) => addUsage(sum, usage), undefined) ?? 'unknown'
}
