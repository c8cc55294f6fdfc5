export type { DrainRulesInput } from './drain-schema.ts'

export interface DrainRules {
  batchSize: number
  phaseTimeoutSeconds: number
  idleTimeoutSeconds: number | undefined
  maxAttemptsPerPhase: number
  absoluteAttemptCap: number
  maxFingerprintRepeats: number
  maxTimeoutsPerRun: number
  maxTotalMinutes: number | undefined
  maxZeroYield: number | undefined
  maxTokens: { attempt: number; phase: number; drain: number }
  maxCost: { attempt: number; phase: number; drain: number }
  assumedTokensPerAttempt: number
  assumedCostPerAttempt: number
  maxPauseMinutes: number
  parallel: number
  phaseParallelism: number
  maxLoad: number | undefined
  /** Bytes. */
  minFreeMemory: number | undefined
  skipRunsWithQueued: boolean
  stopOnFirstFailure: boolean
}

export const drainDefaults: DrainRules = {
  batchSize: 30,
  phaseTimeoutSeconds: 900,
  idleTimeoutSeconds: undefined,
  maxAttemptsPerPhase: 2,
  absoluteAttemptCap: 10,
  maxFingerprintRepeats: 3,
  maxTimeoutsPerRun: 2,
  maxTotalMinutes: undefined,
  maxZeroYield: undefined,
  maxTokens: { attempt: 2_000_000, phase: 4_000_000, drain: 20_000_000 },
  maxCost: { attempt: 5, phase: 10, drain: 50 },
  assumedTokensPerAttempt: 50_000,
  assumedCostPerAttempt: 0.25,
  maxPauseMinutes: 360,
  parallel: 1,
  phaseParallelism: 1,
  maxLoad: undefined,
  minFreeMemory: undefined,
  skipRunsWithQueued: true,
  stopOnFirstFailure: false,
}

/** Why a drain ended: one reason per drain. */
export const stopReasons = [
  'drained', 'batch_done', 'budget_tokens', 'budget_cost', 'budget_time', 'no_yield', 'fingerprint_repeat', 'builder_paused',
  'preflight_failed', 'stop_signal', 'first_failure', 'auth', 'infrastructure', 'interrupted',
] as const
export type StopReason = (typeof stopReasons)[number]

/** What somebody may want to be told of who does not watch. */
export const notifiedEvents = ['drain-finished', 'bucket-opened'] as const
