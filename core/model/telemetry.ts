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

/** What attempts cost: what is known of it, added up. Null where nothing is known; `unknown` says of how many attempts that reached a builder it is not, `unpriced` of how many only the cost is not, `estimated` of how many it is an estimate. */
export const spentSchema = z.object({
  attempts: z.number().int(),
  tokens: z.number().nullable(),
  /** US dollars. */
  cost: z.number().nullable(),
  unknown: z.number().int(),
  unpriced: z.number().int(),
  /** Left out: of none. */
  estimated: z.number().int().optional(),
  durationMs: z.number(),
})
export type Spent = z.infer<typeof spentSchema>

/** Why an attempt brought nothing. */
export const zeroYieldReasons = [
  /** It was through without the builder: a plugin skipped it. */
  'without-builder',
  'timed-out',
  /** It failed before the builder was started: no token was spent. */
  'before-builder',
  /** The builder worked, and what it made did not stand. */
  'builder-failed',
  /** No verdict: stopped, interrupted, held, deferred, or at the limit of an account. */
  'no-verdict',
] as const
export type ZeroYieldReason = (typeof zeroYieldReasons)[number]

const rateSchema = z.object({ phases: z.number(), testsFixed: z.number(), deliverables: z.number() })
export type Rate = z.infer<typeof rateSchema>

/** What attempts brought. `perMillionTokens` is of the attempts whose tokens are known; null where none are. */
export const broughtSchema = z.object({
  /** Complete, or in review. */
  phases: z.number().int(),
  ...yieldSchema.shape,
  perMillionTokens: rateSchema.nullable(),
  perMinute: rateSchema.nullable(),
  /** Attempts that brought nothing, by reason. */
  nothing: z.array(z.object({ reason: z.enum(zeroYieldReasons), ...spentSchema.shape })),
})
export type Brought = z.infer<typeof broughtSchema>

/** What phases are expected to cost together, as far as it is known; null where of none. */
export const expectedSchema = z.object({
  phases: z.number().int(),
  /** Those of which there is an estimate, and of these those whose tokens are unknown all the same. */
  known: z.number().int(),
  unknown: z.number().int(),
  tokens: z.number().nullable(),
  cost: z.number().nullable(),
  durationMs: z.number().nullable(),
})
export type Expected = z.infer<typeof expectedSchema>
