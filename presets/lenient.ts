import { definePreset } from '../core/index.ts'

/** Gives phases more time and more attempts: for long phases on a healthy project. Tokens and cost keep their limits for a drain. */
export const lenient = definePreset({
  name: 'lenient',
  config: () => ({
    drain: {
      phaseTimeoutSeconds: 2_700,
      maxAttemptsPerPhase: 3,
      maxFingerprintRepeats: 5,
      maxTimeoutsPerRun: 4,
      maxTokens: { attempt: 4_000_000, phase: 10_000_000 },
      maxCost: { attempt: 10, phase: 25 },
    },
  }),
})
