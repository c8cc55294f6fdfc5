import { zeroYieldReasons, type AttemptTelemetry, type Brought, type Rate, type ZeroYieldReason } from '../model/telemetry.ts'
import { totalTokens } from '../model/usage.ts'
import { spentBy } from './spent.ts'

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

type Counts = Rate & { testsBroken: number }

function countsOf(attempts: readonly Pick<AttemptTelemetry, 'outcome' | 'yield'>[]): Counts {
  const sum = (of: (attempt: (typeof attempts)[number]) => number) => attempts.reduce((total, attempt) => total + of(attempt), 0)
  return {
    phases: sum(({ outcome }) => (outcome === 'complete' || outcome === 'review' ? 1 : 0)),
    testsFixed: sum((attempt) => attempt.yield.testsFixed), testsBroken: sum((attempt) => attempt.yield.testsBroken), deliverables: sum((attempt) => attempt.yield.deliverables),
  }
}

/** What attempts brought, for how much, and why the others brought nothing. */
export function broughtBy(attempts: readonly AttemptTelemetry[]): Brought {
  // What the others spent nobody knows, so what they brought is not set against it.
  const known = attempts.filter((attempt) => attempt.usage !== 'unknown')
  const counts = countsOf(attempts)
  const minutes = attempts.reduce((sum, attempt) => sum + (attempt.endedAt - attempt.startedAt), 0) / 60_000
  const tokens = known.reduce((sum, attempt) => sum + (totalTokens(attempt.usage) ?? 0), 0)
  const byReason = Map.groupBy(attempts, zeroYieldReason)
  return {
    ...counts,
    perMillionTokens: rate(countsOf(known), tokens / 1_000_000),
    perMinute: rate(counts, minutes),
    nothing: zeroYieldReasons.flatMap((reason) => (byReason.has(reason) ? [{ reason, ...spentBy(byReason.get(reason)!) }] : [])),
  }
}

function rate({ phases, testsFixed, deliverables }: Counts, units: number): Rate | null {
  return units > 0 ? { phases: phases / units, testsFixed: testsFixed / units, deliverables: deliverables / units } : null
}
