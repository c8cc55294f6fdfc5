import { z } from 'zod'
import { definePreset } from '../core/index.ts'

export const ciOptions = z.strictObject({
  minutes: z.number().positive().default(45).meta({ description: 'How long the drain may take. Leave the job some more: a phase that has begun is finished within its own limits.' }),
  failFast: z.boolean().default(true).meta({ description: 'End the drain at the first failed phase.' }),
})

/** For a job of a CI service: a few phases within a time that is known beforehand, at a small price, and an end at the first failure. */
export const ci = definePreset({
  name: 'ci',
  options: ciOptions.prefault({}),
  config: ({ minutes, failFast }) => ({
    drain: {
      batchSize: 10,
      phaseTimeoutSeconds: 600,
      maxAttemptsPerPhase: 1,
      maxFingerprintRepeats: 2,
      maxTimeoutsPerRun: 1,
      maxTotalMinutes: minutes,
      maxZeroYield: 2,
      maxTokens: { attempt: 500_000, phase: 500_000, drain: 3_000_000 },
      maxCost: { attempt: 2, phase: 2, drain: 10 },
      maxPauseMinutes: 5,
      parallel: 1,
      stopOnFirstFailure: failFast,
    },
    // Tools that ask whether a person is there are told that none is, where the job is tried on a desk too.
    env: { set: { CI: 'true' } },
  }),
})
