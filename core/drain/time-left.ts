import { phaseName } from '../model/bucket.ts'
import { formatDuration } from '../model/duration.ts'
import type { DrainRules } from '../model/drain.ts'
import type { DrainDependencies } from './contract.ts'
import { timeLeft, type Counters, type Stop } from './counters.ts'
import type { Selection } from './select.ts'

/** What `maxTotalMinutes` leaves of a drain, and the phases that would be cut off by it. */
export class TimeLeft {
  readonly #rules: DrainRules
  readonly #counters: () => Pick<Counters, 'activeMs' | 'executed'>
  readonly #expectedMs: DrainDependencies['expectedMs']
  /** Phases that take longer than what is left, by `phaseName`, with the reason. */
  readonly tooLong = new Map<string, string>()

  /** `counters`: as of now. */
  constructor(rules: DrainRules, counters: () => Pick<Counters, 'activeMs' | 'executed'>, expectedMs: DrainDependencies['expectedMs']) {
    this.#rules = rules
    this.#counters = counters
    this.#expectedMs = expectedMs
  }

  /** Asked while something is at work; undefined where the time is not bounded. */
  get ms(): (() => number) | undefined {
    return this.#rules.maxTotalMinutes === undefined ? undefined : () => timeLeft(this.#counters(), this.#rules) ?? Infinity
  }

  /** A phase that would be cut off before it is through costs tokens for nothing: it is noted, and true. The first one is begun whatever is expected of it. */
  isTooLong({ run, phase }: Selection): boolean {
    const left = timeLeft(this.#counters(), this.#rules)
    // What was approved is there already.
    if (left === undefined || this.#counters().executed === 0 || phase.commit !== undefined) return false
    const expected = this.#expectedMs?.(run.record, phase) ?? 0
    if (expected <= left) return false
    this.tooLong.set(phaseName(run.record.id, phase.id), `${formatDuration(left)} of ${this.#rules.maxTotalMinutes} minutes are left (maxTotalMinutes), and ${run.record.id}/${phase.id} takes about ${formatDuration(expected)} by its history`)
    return true
  }

  /** Why the drain ends where nothing is left but what would be cut off. */
  get stop(): Stop | undefined {
    const [detail] = this.tooLong.values()
    return detail === undefined ? undefined : { reason: 'budget_time', detail }
  }
}
