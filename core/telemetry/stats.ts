import { compareText } from '../model/compare-text.ts'
import type { StatsOutput } from '../model/stats-output.ts'
import type { AttemptTelemetry, Spent } from '../model/telemetry.ts'
import { totalTokens, wholeCost } from '../model/usage.ts'
import { accuracyOf, type Pair } from './estimate.ts'
import { spentBy, spentByGroup } from './spent.ts'
import { broughtBy, zeroYieldReason } from './yield.ts'

/** How long something took last. */
export interface StoredDuration { key: string; durationMs: number; at: number }

export interface StatsRequest {
  project: string
  /** As asked for; empty: all. */
  runs: readonly string[]
  /** Epoch milliseconds. */
  since: number | undefined
  /** Those that were asked for, the oldest first. */
  attempts: readonly AttemptTelemetry[]
  durations: readonly StoredDuration[]
}

/** How many checks and drains are told of. */
const mostChecks = 10
const mostDrains = 50

/** What a project's attempts cost, what they brought, and how well that was expected. */
export function statsOf({ project, runs, since, attempts, durations }: StatsRequest): StatsOutput {
  const total = spentBy(attempts)
  const wasted = spentBy(attempts.filter(broughtNothing))
  return {
    project, runs: [...runs], since: since === undefined ? null : new Date(since).toISOString(), total,
    builderReached: attempts.filter((attempt) => attempt.builderReached).length,
    byOutcome: spentByGroup(attempts, (attempt) => attempt.outcome).map(({ name, ...spent }) => ({ outcome: name, ...spent })),
    byClass: spentByGroup(attempts, (attempt) => attempt.class).map(({ name, ...spent }) => ({ class: name, ...spent })),
    wasted: { ...wasted, ofTokens: share(wasted.tokens ?? 0, total.tokens), ofTime: share(wasted.durationMs, total.durationMs) },
    yield: broughtBy(attempts),
    estimates: {
      tokens: accuracyOf(pairs(attempts, (estimate) => estimate.tokens, ({ usage }) => totalTokens(usage))) ?? null,
      cost: accuracyOf(pairs(attempts, (estimate) => estimate.cost, ({ usage }) => wholeCost(usage))) ?? null,
      duration: accuracyOf(pairs(attempts, (estimate) => estimate.durationMs, (attempt) => attempt.endedAt - attempt.startedAt)) ?? null,
    },
    slowestChecks: slowestOf(durations, runs.length === 0 ? undefined : new Set(attempts.map((attempt) => attempt.family))),
    drains: [...Map.groupBy(attempts, (attempt) => attempt.session)].map(drainOf).sort((left, right) => compareText(left.startedAt, right.startedAt)).slice(-mostDrains),
  }
}

const broughtNothing = (attempt: AttemptTelemetry): boolean => zeroYieldReason(attempt) !== undefined

const share = (part: number, total: number | null): number | null => (total === null || total === 0 ? null : part / total)

/** Attempts that never came to the builder are not what was expected to cost something. */
function pairs(attempts: readonly AttemptTelemetry[], expected: (estimate: NonNullable<AttemptTelemetry['estimate']>) => number | undefined, actual: (attempt: AttemptTelemetry) => number | undefined): Pair[] {
  return attempts.flatMap((attempt) => {
    const [hoped, came] = [attempt.estimate && expected(attempt.estimate), actual(attempt)]
    return !attempt.builderReached || hoped === undefined || came === undefined ? [] : [{ expected: hoped, actual: came }]
  })
}

/** Of durations such as `check:FAMILY:NAME`; those of single tests run again say nothing of the check. */
function slowestOf(durations: readonly StoredDuration[], families: ReadonlySet<string> | undefined): StatsOutput['slowestChecks'] {
  return durations
    .flatMap(({ key, durationMs, at }) => {
      const [, family, check] = /^check:(.*):([^:]+)$/.exec(key.endsWith(':rerun') ? '' : key) ?? []
      return family === undefined || check === undefined || (families && !families.has(family)) ? [] : [{ check, family, durationMs, at: new Date(at).toISOString() }]
    })
    .sort((left, right) => right.durationMs - left.durationMs || compareText(left.check, right.check))
    .slice(0, mostChecks)
}

function drainOf([session, attempts]: [string, readonly AttemptTelemetry[]]): StatsOutput['drains'][number] {
  const spent = spentBy(attempts)
  return {
    session, startedAt: new Date(attempts[0]!.startedAt).toISOString(), phases: broughtBy(attempts).phases, ...spent,
    wasted: wastedShare(spent, spentBy(attempts.filter(broughtNothing))),
  }
}

function wastedShare(all: Spent, wasted: Spent): number | null {
  return all.tokens === null || all.tokens === 0 ? share(wasted.durationMs, all.durationMs) : share(wasted.tokens ?? 0, all.tokens)
}
