import type { z } from 'zod'
import type { usageSchema } from './usage-schema.ts'

export type Usage = z.infer<typeof usageSchema>

export function totalTokens(usage: Usage): number | undefined {
  return usage === 'unknown' ? undefined : usage.inputTokens + usage.outputTokens
}

/** Adds up what is known; the sum of nothing known is `'unknown'`. */
export function addUsage(left: Usage, right: Usage): Usage {
  if (left === 'unknown') return right
  if (right === 'unknown') return left
  const sum = (a: number | undefined, b: number | undefined) => (a === undefined && b === undefined ? undefined : (a ?? 0) + (b ?? 0))
  const cached = sum(left.cachedInputTokens, right.cachedInputTokens)
  const cost = sum(left.cost, right.cost)
  const turns = sum(left.turns, right.turns)
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(cost !== undefined && { cost }),
    ...((left.costEstimated || right.costEstimated) && { costEstimated: true }),
    ...(turns !== undefined && { turns }),
  }
}
