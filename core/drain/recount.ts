import { phaseName } from '../model/bucket.ts'
import type { DrainRules } from '../model/drain.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { count, noCounters } from './counters.ts'
import { beforeBuilder } from './results.ts'
import type { Session } from './session.ts'

/** What is looked at of an attempt. */
export type CountedAttempt = Pick<AttemptTelemetry, 'run' | 'phase' | 'outcome' | 'charged' | 'builderReached' | 'usage' | 'endedAt' | 'yield' | 'class'>

/**
 * A session that goes on, with what the store knows of its attempts: a crash leaves some that the session's record has not counted, and what was spent was
 * spent. Its clock is as it was written last.
 */
export function recount(session: Session, attempts: readonly CountedAttempt[], rules: DrainRules): Session {
  const { activeMs, pausedMs } = session.counters
  const inOrder = attempts.toSorted((left, right) => left.endedAt - right.endedAt)
  const counters = inOrder.reduce((sum, attempt) => count(sum, attempt.run, attempt, rules), { ...noCounters(), activeMs, pausedMs })
  const failed = new Map(session.failedHere.map((one) => [phaseName(one.run, one.phase), one]))
  const excluded = new Map(session.excluded.map((one) => [phaseName(one.run, one.phase), one]))
  for (const { run, phase, charged } of inOrder.filter((attempt) => attempt.outcome === 'failed')) {
    const name = phaseName(run, phase)
    if (failed.has(name)) continue
    failed.set(name, { run, phase })
    if (!charged) excluded.set(name, { run, phase, reason: beforeBuilder })
  }
  return { ...session, counters, failedHere: [...failed.values()], excluded: [...excluded.values()] }
}
