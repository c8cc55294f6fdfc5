import type { GoNoGo } from '../model/drain-report.ts'
import { classGroup } from '../model/failure.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'

/** What is looked at of an attempt that ended. */
export type JudgedAttempt = Pick<AttemptTelemetry, 'run' | 'phase' | 'charged' | 'outcome' | 'builderReached' | 'usage' | 'yield' | 'class'>

/** Fewer charged attempts that ended than this say nothing of a larger batch. */
const attemptsNeeded = 20
/** Share of charged attempts that may fail before their tests are collected: below it is go. */
const mostCollection = 0.05
/** Share of phases that must have left a trace of work: above it is go. */
const fewestWithEvents = 0.6

/**
 * Whether a larger batch (30 → 100) is worth its tokens, from the charged attempts that ended: nothing failed at import time, less than 5 % at
 * collection, and more than 60 % of the phases have events. All criteria are told in any case; with fewer than 20 attempts the verdict is `insufficient`.
 */
export function goNoGo(attempts: readonly JudgedAttempt[]): GoNoGo {
  const charged = attempts.filter((attempt) => attempt.charged)
  const inGroup = (group: ReturnType<typeof classGroup>) => charged.filter((attempt) => attempt.class !== undefined && classGroup(attempt.class) === group).length
  const name = ({ run, phase }: JudgedAttempt) => JSON.stringify([run, phase])
  const phases = new Set(charged.map(name)).size
  const withEvents = new Set(charged.filter(hasEvents).map(name)).size
  const importTime = inGroup('import-time')
  const share = (count: number, of: number) => (of === 0 ? 0 : count / of)
  const collection = share(inGroup('collection'), charged.length)
  const events = share(withEvents, phases)
  const criteria: GoNoGo['criteria'] = [
    { name: 'import-time-failures', value: importTime, limit: 0, met: importTime === 0 },
    { name: 'collection-share', value: collection, limit: mostCollection, met: collection < mostCollection },
    { name: 'phases-with-events', value: events, limit: fewestWithEvents, met: events > fewestWithEvents },
  ]
  const verdict = charged.length < attemptsNeeded ? 'insufficient' : criteria.every((criterion) => criterion.met) ? 'go' : 'no-go'
  return { verdict, attempts: charged.length, needed: attemptsNeeded, criteria, reason: reasonOf(verdict, charged.length, criteria) }
}

/** Its builder was reached and left a trace of work: usage, a test that it fixed, a deliverable, or a phase that is complete. */
function hasEvents({ builderReached, usage, outcome, yield: brought }: JudgedAttempt): boolean {
  return builderReached && (usage !== 'unknown' || outcome === 'complete' || outcome === 'review' || brought.testsFixed > 0 || brought.deliverables > 0)
}

function reasonOf(verdict: GoNoGo['verdict'], attempts: number, criteria: GoNoGo['criteria']): string {
  if (verdict === 'insufficient') return `${attempts} charged ${attempts === 1 ? 'attempt' : 'attempts'} ended; fewer than ${attemptsNeeded} say nothing of a larger batch`
  return criteria.filter((criterion) => verdict === 'go' || !criterion.met).map(textOf).join(', ')
}

function textOf({ name, value }: GoNoGo['criteria'][number]): string {
  switch (name) {
    case 'import-time-failures': return `${value} import-time ${value === 1 ? 'failure' : 'failures'} (0 allowed)`
    case 'collection-share': return `${percent(value)} failed at collection (below ${percent(mostCollection)} allowed)`
    case 'phases-with-events': return `${percent(value)} of the phases have events (above ${percent(fewestWithEvents)} needed)`
  }
}

/** Rounded away from the limit that it has to be told from: 4.96 % is not printed as 5 %. */
const percent = (share: number): string => `${Math.floor(share * 1_000) / 10} %`
