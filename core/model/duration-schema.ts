import { z } from 'zod'
import { parseDuration } from './duration.ts'

/** A duration as written in a config or plan: `'10m'`, `'90s'`, or a number of seconds. */
export const durationSchema = z
  .union([z.string(), z.number()], { error: 'expected a duration such as "90s", "10m", "2h", or a number of seconds' })
  .refine((value) => (parseDuration(value) ?? 0) > 0, { error: 'expected a duration above zero such as "90s", "10m", "2h", or a number of seconds' })
  .meta({ description: 'A duration: a number of seconds, or text such as "90s", "10m", "2h".' })
export type Duration = z.infer<typeof durationSchema>
