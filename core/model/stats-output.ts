import { z } from 'zod'
import { broughtSchema, spentSchema } from './telemetry.ts'

const accuracySchema = z
  .strictObject({
    attempts: z.number().int().meta({ description: 'Attempts of which both the estimate and the actual value are known.' }),
    smape: z.number().meta({ description: 'Symmetric mean absolute percentage error as a share: 0 is exact, 2 is as wrong as can be.' }),
    wasteRatio: z.number().nullable().meta({ description: 'All that was expected over all that was spent: above 1 more was expected than needed. Null where nothing was spent.' }),
  })
  .nullable()

/** `autopack stats --json`. Tokens and cost are what is known; null where nothing is, never 0 for unknown. */
export const statsOutputSchema = z.strictObject({
  project: z.string(),
  runs: z.array(z.string()).meta({ description: 'As asked for; empty: all.' }),
  since: z.string().nullable().meta({ description: 'ISO 8601, UTC.' }),
  total: spentSchema,
  builderReached: z.number().int().meta({ description: 'Attempts whose builder was started.' }),
  byOutcome: z.array(z.object({ outcome: z.string(), ...spentSchema.shape })),
  byClass: z.array(z.object({ class: z.string(), ...spentSchema.shape })).meta({ description: 'Of attempts that failed, by class.' }),
  wasted: z
    .strictObject({ ...spentSchema.shape, ofTokens: z.number().nullable(), ofTime: z.number().nullable() })
    .meta({ description: 'What went into attempts that brought nothing, and its share of all.' }),
  yield: broughtSchema,
  estimates: z.strictObject({ tokens: accuracySchema, cost: accuracySchema, duration: accuracySchema }).meta({ description: 'What attempts were expected to cost when they were claimed, against what they cost.' }),
  slowestChecks: z.array(z.strictObject({ check: z.string(), family: z.string(), durationMs: z.number(), at: z.string() })).meta({ description: 'As long as they took last.' }),
  drains: z
    .array(z.strictObject({ session: z.string(), startedAt: z.string(), phases: z.number().int(), ...spentSchema.shape, wasted: z.number().nullable() }))
    .meta({ description: 'The oldest first; phases that it completed, and the share of its tokens (of its time, where no tokens are known) that brought nothing.' }),
})
export type StatsOutput = z.infer<typeof statsOutputSchema>
