import { z } from 'zod'

/** What a builder spent. A count that the builder did not report is absent; usage that is not known at all is `'unknown'`, never 0. */
export const usageSchema = z.union([
  z.literal('unknown'),
  z.object({
    inputTokens: z.number().int().nonnegative(),
    outputTokens: z.number().int().nonnegative(),
    cachedInputTokens: z.number().int().nonnegative().optional(),
    /** US dollars. */
    cost: z.number().nonnegative().optional(),
    /** True where `cost` comes from a price table and not from the tool. */
    costEstimated: z.boolean().optional(),
    turns: z.number().int().nonnegative().optional(),
    model: z.string().optional(),
  }),
])
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
