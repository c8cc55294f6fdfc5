import { z } from 'zod'

/** What `autopack stop` asks for: everything, a run, or a phase of it. One file and one row of the store for each. */
export const stopRequestSchema = z.strictObject({
  project: z.string().optional().meta({ description: 'Left out: every project of the runs directory.' }),
  run: z.string().optional(),
  phase: z.string().optional(),
  at: z.string().meta({ description: 'ISO 8601, UTC.' }),
  by: z.string(),
})
export type StopRequest = z.infer<typeof stopRequestSchema>
