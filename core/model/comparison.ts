import { z } from 'zod'

/** Builder calls, and what they cost as far as it is known; null where nothing is. */
const callsSchema = z.object({
  calls: z.number().int(),
  tokens: z.number().nullable(),
  /** US dollars. */
  cost: z.number().nullable(),
  durationMs: z.number(),
})

/** What a project's drains spent, and what a plain retry loop would have spent on the same phases. */
export const comparisonSchema = z.object({
  policy: z.enum(['retry']),
  attemptsPerPhase: z.number().int().meta({ description: 'How often the loop tries a phase in a row, in every drain until it is done.' }),
  sessions: z.number().int(),
  spent: callsSchema,
  loop: callsSchema.meta({ description: 'Calls at the median cost of the phase, else of its run, family or project. Phases that were parked without ever being tried are left out.' }),
  parked: callsSchema.extend({ phases: z.number().int() }).meta({ description: 'What the loop would have spent besides on phases that were parked without ever being tried: an estimate, as if each of them had failed in each drain that parked it.' }),
})
export type Comparison = z.infer<typeof comparisonSchema>
export type Calls = z.infer<typeof callsSchema>
