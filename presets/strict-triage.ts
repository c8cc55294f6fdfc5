import { definePreset } from '../core/index.ts'

/** Stops early and spends little: for a backlog of unknown health, and for the first drain of a night. Takes no options: what the config says itself wins. */
export const strictTriage = definePreset({
  name: 'strictTriage',
  config: () => ({
    drain: {
      batchSize: 30,
      phaseTimeoutSeconds: 600,
      maxAttemptsPerPhase: 1,
      maxFingerprintRepeats: 2,
      maxTimeoutsPerRun: 1,
      maxTotalMinutes: 45,
      maxZeroYield: 5,
      maxTokens: { attempt: 500_000, phase: 1_000_000, drain: 5_000_000 },
      maxCost: { attempt: 2, phase: 4, drain: 20 },
      maxPauseMinutes: 60,
      parallel: 1,
    },
  }),
})
