import { z } from 'zod'
import type { AttemptOutcomeName } from './phase-result.ts'
import type { Usage } from './usage.ts'

/** What an attempt brought. A COMPLETE phase counts as yield whatever stands here. */
export const yieldSchema = z.object({
  /** Tests that failed on the base and pass on the candidate. */
  testsFixed: z.number().int().nonnegative(),
  /** New failures and collection errors, tests that are gone or became skipped. */
  testsBroken: z.number().int().nonnegative(),
  /** Deliverables that are satisfied and that the attempt made or changed. */
  deliverables: z.number().int().nonnegative(),
})
export type Yield = z.infer<typeof yieldSchema>

/** Whose attempts an estimate was made of: the nearest that has any. */
export const estimateBases = ['phase', 'run', 'family', 'project'] as const

/** What an attempt is expected to cost: medians. What is not known of any earlier attempt is absent, never 0. */
export const estimateSchema = z.object({
  basis: z.enum(estimateBases),
  /** How many attempts it was made of. */
  attempts: z.number().int().positive(),
  tokens: z.number().nonnegative().optional(),
  /** US dollars. */
  cost: z.number().nonnegative().optional(),
  durationMs: z.number().nonnegative(),
})
export type Estimate = z.infer<typeof estimateSchema>

/** One attempt that ended, as the telemetry sees it: no logs, no evidence, small enough to read thousands of. */
export interface AttemptTelemetry {
  attemptId: string
  run: string
  family: string
  phase: string
  number: number
  session: string
  charged: boolean
  outcome: AttemptOutcomeName
  builderReached: boolean
  usage: Usage
  /** Epoch milliseconds. */
  startedAt: number
  endedAt: number
  yield: Yield
  /** As it was made when the attempt was claimed; absent where there was no history. */
  estimate?: Estimate
  /** Of its failure. */
  class?: string
  fingerprint?: string
}
