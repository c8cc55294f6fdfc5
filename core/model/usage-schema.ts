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
    /** US dollars: of all that has a price. What has none is in `unpricedTokens`, so that it costs at least this much. */
    cost: z.number().nonnegative().optional(),
    /** True where `cost`, or a part of it, comes from a price table and not from the tool. */
    costEstimated: z.boolean().optional(),
    /** How many of the tokens are not in `cost`, because nobody told their price; absent where it covers all. Where there is neither, it is all of them. */
    unpricedTokens: z.number().int().nonnegative().optional(),
    /** Whose tokens these are, as far as that is known. */
    unpricedModels: z.array(z.string()).optional(),
    /** True of a sum, where a part of it is not known at all: every count is at least that much. */
    incomplete: z.boolean().optional(),
    turns: z.number().int().nonnegative().optional(),
    model: z.string().optional(),
  }),
])
