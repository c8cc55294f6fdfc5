import { z } from 'zod'

/** What a builder spent. A count that the builder did not report is absent; usage that is not known at all is `'unknown'`, never 0. */
export const usageSchema = z.union([
  z.literal('unknown'),
  z.object({
    /** All that the model read, from a cache or not. */
    inputTokens: z.number().int().nonnegative(),
    /** All that it wrote, reasoning included. */
    outputTokens: z.number().int().nonnegative(),
    /** What of the input came from a cache. */
    cachedInputTokens: z.number().int().nonnegative().optional(),
    /** US dollars. */
    cost: z.number().nonnegative().optional(),
    /** True where `cost` comes from a price table and not from the tool. */
    costEstimated: z.boolean().optional(),
    turns: z.number().int().nonnegative().optional(),
    model: z.string().optional(),
  }),
])
