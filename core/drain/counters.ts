import type { DrainRules, StopReason } from '../model/drain.ts'
import type { PhaseResult } from '../model/phase-result.ts'
import { unpricedPart } from '../model/usage.ts'
import { countedSpending } from '../telemetry/spending.ts'

/** What the stop rules count. Part of the session's record, so that a resumed drain goes on counting. */
export interface Counters {
  /** Phases handed out so far (attempts count each); one that only met a usage limit is still to come. */
  executed: number
  /** What counts against the budgets: with the assumption in the place of what is unknown. */
  tokens: number
  cost: number
  /** Attempts whose usage is unknown, and those of which tokens have no price. */
  unknownUsage: number
  unpriced: number
  /** Consecutive attempts that reached the builder and brought nothing. */
  zeroYield: number
  timeoutsByRun: Record<string, number>
  /** Milliseconds of work, and of waiting for limits. */
  activeMs: number
  pausedMs: number
}

export const noCounters = (): Counters => ({ executed: 0, tokens: 0, cost: 0, unknownUsage: 0, unpriced: 0, zeroYield: 0, timeoutsByRun: {}, activeMs: 0, pausedMs: 0 })

/** What is looked at of an attempt that ended. */
type Ended = Pick<Extract<PhaseResult, { type: 'ended' }>, 'outcome' | 'charged' | 'builderReached' | 'usage' | 'yield'> & { class?: string | undefined }

/** The counters after one more attempt. */
export function count(counters: Counters, run: string, result: Ended, rules: DrainRules): Counters {
  const spent = countedSpending(result, rules)
  const brought = result.outcome === 'complete' || result.yield.testsFixed > 0 || result.yield.deliverables > 0
  const timeouts = result.class === 'timeout' ? { ...counters.timeoutsByRun, [run]: timeoutsOf(counters, run) + 1 } : counters.timeoutsByRun
  return {
    ...counters,
    executed: counters.executed + (result.outcome === 'usage-limit' ? 0 : 1),
    tokens: counters.tokens + spent.tokens,
    cost: counters.cost + spent.cost,
    unknownUsage: counters.unknownUsage + (result.builderReached && result.usage === 'unknown' ? 1 : 0),
    unpriced: counters.unpriced + (unpricedPart(result.usage) ? 1 : 0),
    // COMPLETE ends a row of nothings; a failure before the builder, what is not charged (a usage limit is a pause) and what was stopped neither end it nor count.
    zeroYield: brought ? 0 : result.builderReached && result.charged && result.outcome !== 'interrupted' ? counters.zeroYield + 1 : counters.zeroYield,
    timeoutsByRun: timeouts,
  }
}

/** A run may have the name of something that every object has. */
const timeoutsOf = ({ timeoutsByRun }: Counters, run: string): number => (Object.hasOwn(timeoutsByRun, run) ? timeoutsByRun[run]! : 0)

export interface Stop { reason: StopReason; detail: string }

/** The first rule that says stop, before the next phase is chosen. `batch`: phases that this drain may take, or undefined for all. */
export function stopByRules(counters: Counters, rules: DrainRules, batch: number | undefined): Stop | undefined {
  if (batch !== undefined && counters.executed >= batch) return { reason: 'batch_done', detail: `${counters.executed} phases, the batch size` }
  if (counters.tokens >= rules.maxTokens.drain) {
    const assumed = assumedPart([[counters.unknownUsage, 'of unknown usage']], `${rules.assumedTokensPerAttempt} tokens`, 'assumedTokensPerAttempt')
    return { reason: 'budget_tokens', detail: `${counters.tokens} tokens of ${rules.maxTokens.drain} (maxTokens.drain)${assumed}` }
  }
  if (counters.cost >= rules.maxCost.drain) {
    const parts = [[counters.unknownUsage, 'of unknown usage'], [counters.unpriced, 'with tokens without a price']] as const
    const assumed = assumedPart(parts, `$${rules.assumedCostPerAttempt}`, 'assumedCostPerAttempt')
    return { reason: 'budget_cost', detail: `$${counters.cost.toFixed(2)} of $${rules.maxCost.drain} (maxCost.drain)${assumed}` }
  }
  const left = timeLeft(counters, rules)
  if (left !== undefined && left <= briefMs)
    return { reason: 'budget_time', detail: `${rules.maxTotalMinutes} minutes (maxTotalMinutes)` }
  if (rules.maxZeroYield !== undefined && counters.zeroYield >= rules.maxZeroYield)
    return { reason: 'no_yield', detail: `${counters.zeroYield} attempts in a row brought nothing (maxZeroYield)` }
  return undefined
}

/** What is not known is not passed off as counted. */
function assumedPart(parts: readonly (readonly [attempts: number, what: string])[], each: string, rule: keyof DrainRules): string {
  const told = parts.filter(([attempts]) => attempts > 0).map(([attempts, what]) => `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} ${what}`)
  const atLeast = parts.some(([attempts, what]) => attempts > 0 && what !== 'of unknown usage') ? 'at least ' : ''
  return told.length === 0 ? '' : `, ${told.join(' and ')} counted as ${atLeast}${each} each (${rule})`
}

/** Timers are that much early at times; nothing is begun for so little. */
const briefMs = 50

/** What is left of `maxTotalMinutes`, in milliseconds; undefined without it. */
export function timeLeft({ activeMs }: Pick<Counters, 'activeMs'>, { maxTotalMinutes }: Pick<DrainRules, 'maxTotalMinutes'>): number | undefined {
  return maxTotalMinutes === undefined ? undefined : maxTotalMinutes * 60_000 - activeMs
}

/** Runs that had too many timeouts to go on in this drain, with the reason. */
export function runsHeldByTimeouts(counters: Counters, rules: DrainRules): Map<string, string> {
  const held = new Map<string, string>()
  for (const [run, timeouts] of Object.entries(counters.timeoutsByRun))
    if (timeouts >= rules.maxTimeoutsPerRun) held.set(run, `${timeouts} ${timeouts === 1 ? 'timeout' : 'timeouts'} (maxTimeoutsPerRun ${rules.maxTimeoutsPerRun})`)
  return held
}

/** The caps in force, as printed before the first spawn. */
export function capsInForce(rules: DrainRules, batch: number | undefined): Record<string, string> {
  const scopes = (caps: { attempt: number; phase: number; drain: number }, unit: (value: number) => string) =>
    `${unit(caps.attempt)} attempt, ${unit(caps.phase)} phase, ${unit(caps.drain)} drain`
  const tokens = (value: number) => (value >= 1_000_000 ? `${value / 1_000_000} M` : value >= 1_000 ? `${value / 1_000} k` : String(value))
  return {
    ...(batch !== undefined && { batchSize: String(batch) }),
    phaseTimeoutSeconds: String(rules.phaseTimeoutSeconds),
    ...(rules.idleTimeoutSeconds !== undefined && { idleTimeoutSeconds: String(rules.idleTimeoutSeconds) }),
    maxAttemptsPerPhase: String(rules.maxAttemptsPerPhase),
    maxFingerprintRepeats: String(rules.maxFingerprintRepeats),
    maxTimeoutsPerRun: String(rules.maxTimeoutsPerRun),
    ...(rules.maxTotalMinutes !== undefined && { maxTotalMinutes: String(rules.maxTotalMinutes) }),
    ...(rules.maxZeroYield !== undefined && { maxZeroYield: String(rules.maxZeroYield) }),
    maxTokens: scopes(rules.maxTokens, tokens),
    maxCost: scopes(rules.maxCost, (value) => `$${value}`),
    unknownUsage: `${tokens(rules.assumedTokensPerAttempt)}, $${rules.assumedCostPerAttempt} an attempt`,
    maxPauseMinutes: String(rules.maxPauseMinutes),
    parallel: String(rules.parallel),
    ...(rules.phaseParallelism > 1 && { phaseParallelism: String(rules.phaseParallelism) }),
    ...(rules.maxLoad !== undefined && { maxLoad: String(rules.maxLoad) }),
    ...(rules.minFreeMemory !== undefined && { minFreeMemory: `${Math.round(rules.minFreeMemory / 1_000_000)} MB` }),
  }
}
