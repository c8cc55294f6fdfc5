import { definePreset } from 'autopack'
import { z } from 'zod'

/** What may stand between the brackets of `presetTemplate({ … })` in a config; checked when the config is loaded. */
const options = z.strictObject({
  /** After that many minutes a drain ends. */
  minutes: z.number().positive().default(30),
})

/** Short drains, and a pipeline that no builder changes. */
export const presetTemplate = definePreset({
  name: 'presetTemplate',
  options,
  config: ({ minutes }) => ({
    drain: { maxTotalMinutes: minutes, maxAttemptsPerPhase: 1 },
    protect: ['.github/**'],
  }),
})
