import { z } from 'zod'

/** A builder that is paused, as reports and `autopack status` tell of it. */
export const pausedBuilderSchema = z.object({
  builder: z.string().meta({ description: 'With its account, where it has one of its own: `claude (work)`.' }),
  until: z.string().meta({ description: 'When it may be asked again: ISO 8601, UTC.' }),
  reason: z.string(),
})
export type PausedBuilder = z.infer<typeof pausedBuilderSchema>
