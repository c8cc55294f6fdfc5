import type { AttemptTelemetry } from '../model/telemetry.ts'
import { totalTokens } from '../model/usage.ts'

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

type Ended = Pick<AttemptTelemetry, 'outcome' | 'builderReached' | 'yield' | 'class'>

/** Why an attempt brought nothing; undefined where it brought something: a phase that is complete, a test that is fixed, a deliverable. */
export function zeroYieldReason({ outcome, builderReached, yield: brought, class: failure }: Ended): ZeroYieldReason | undefined {
  switch (outcome) {
    case 'complete': case 'review': return builderReached ? undefined : 'without-builder'
    case 'skipped': return 'without-builder'
    default: if (brought.testsFixed > 0 || brought.deliverables > 0) return undefined
  }
  if (failure === 'timeout') return 'timed-out'
  if (outcome !== 'failed' && outcome !== 'retry') return 'no-verdict'
  return builderReached ? 'builder-failed' : 'before-builder'
}

/** What attempts brought, added up. */
export interface Brought { phases: number; testsFixed: number; testsBroken: number; deliverables: number }

export function broughtBy(attempts: readonly Pick<AttemptTelemetry, 'outcome' | 'yield'>[]): Brought {
  const sum = (of: (attempt: (typeof attempts)[number]) => number) => attempts.reduce((total, attempt) => total + of(attempt), 0)
  return {
    phases: sum(({ outcome }) => (outcome === 'complete' || outcome === 'review' ? 1 : 0)),
    testsFixed: sum((attempt) => attempt.yield.testsFixed), testsBroken: sum((attempt) => attempt.yield.testsBroken), deliverables: sum((attempt) => attempt.yield.deliverables),
  }
}

export type Rate = Omit<Brought, 'testsBroken'>

/** What a million tokens brought: of the attempts whose tokens are known, for what the others spent nobody knows. Undefined where none are. */
export function yieldPerMillionTokens(attempts: readonly Pick<AttemptTelemetry, 'outcome' | 'yield' | 'usage'>[]): Rate | undefined {
  const known = attempts.filter((attempt) => attempt.usage !== 'unknown')
  return rate(broughtBy(known), known.reduce((sum, attempt) => sum + (totalTokens(attempt.usage) ?? 0), 0) / 1_000_000)
}

/** What a minute of attempts brought, from claim to end. Undefined where there was none. */
export function yieldPerMinute(attempts: readonly Pick<AttemptTelemetry, 'outcome' | 'yield' | 'startedAt' | 'endedAt'>[]): Rate | undefined {
  return rate(broughtBy(attempts), attempts.reduce((sum, attempt) => sum + (attempt.endedAt - attempt.startedAt), 0) / 60_000)
}

function rate({ phases, testsFixed, deliverables }: Brought, units: number): Rate | undefined {
  return units > 0 ? { phases: phases / units, testsFixed: testsFixed / units, deliverables: deliverables / units } : undefined
}
