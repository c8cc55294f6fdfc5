import { phaseName } from '../model/bucket.ts'
import type { DrainRules } from '../model/drain.ts'
import type { PhaseState } from '../model/phase.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { sumUsage } from '../model/usage.ts'
import { count, noCounters } from './counters.ts'
import { beforeBuilder } from './results.ts'
import type { Session } from './session.ts'

/** What is looked at of an attempt. */
export type CountedAttempt = Pick<AttemptTelemetry, 'run' | 'phase' | 'number' | 'outcome' | 'startedAt' | 'charged' | 'builderReached' | 'usage' | 'endedAt' | 'yield' | 'class' | 'fingerprint'>

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
  return { ...session, counters, failedHere: [...failed.values()], excluded: [...excluded.values()], outcomes: outcomesOf(session.outcomes, inOrder) }
}

/** What the record has, and of a phase of which it missed the latest attempt what the store knows of that. */
function outcomesOf(known: Session['outcomes'], attempts: readonly CountedAttempt[]): Session['outcomes'] {
  const outcomes = new Map(known.map((one) => [phaseName(one.run, one.phase), one]))
  for (const [name, of] of Map.groupBy(attempts, (attempt) => phaseName(attempt.run, attempt.phase))) {
    const last = of.at(-1)!
    if ((outcomes.get(name)?.attempts ?? 0) >= last.number) continue
    const { run, phase, number, outcome, class: failure, fingerprint } = last
    outcomes.set(name, {
      run, phase, state: stateAfter(outcome), attempts: number, outcome, warnings: [], durationMs: last.endedAt - last.startedAt,
      usage: sumUsage(of), ...(failure !== undefined && { class: failure }), ...(fingerprint !== undefined && { fingerprint }),
    })
  }
  return [...outcomes.values()]
}

function stateAfter(outcome: CountedAttempt['outcome']): PhaseState {
  switch (outcome) {
    case 'complete': return 'COMPLETE'
    case 'failed': return 'FAILED'
    case 'skipped': return 'SKIPPED'
    case 'review': return 'REVIEW'
    case 'retry': case 'held': case 'deferred': case 'usage-limit': case 'interrupted': return 'QUEUED'
  }
}
