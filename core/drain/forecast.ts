import type { Backlog, BacklogRun } from './backlog.ts'
import { Breaker, type BreakerOptions } from './breaker/breaker.ts'
import { inOrder, nextDeferral, selectNext, whyNotRunnable, type Selection, type SelectionRules } from './select.ts'

/** What would be executed; `from`: until when (epoch milliseconds) the drain would wait first, because a builder is paused or a phase was put off. */
export type Planned = Selection & { from?: number }

export interface Forecast {
  order: Planned[]
  /** Fingerprints of the buckets whose probe the first of them would be. */
  probeOf: string[]
  /** With what is parked. */
  rules: SelectionRules
}

export interface ForecastLimits {
  /** Phases at most. */
  batch?: number | undefined
  /** How long it would wait for paused builders and phases that were put off, in all, in milliseconds. Default: as long as it takes. */
  maxPauseMs?: number
}

/** What a drain would execute, in which order, if everything succeeded at once. Its beginning goes into the store: give it a copy. */
export async function forecast(backlog: Backlog, withoutBuckets: SelectionRules, options: Omit<BreakerOptions, 'emit' | 'resumed'>, limits: ForecastLimits = {}): Promise<Forecast> {
  const breaker = new Breaker({ ...options, emit: () => undefined, resumed: false })
  await breaker.begin()
  const probe = breaker.choose(inOrder(backlog.runs, { ...withoutBuckets, skipRunsWithQueued: false }), false)
  const rules: SelectionRules = { ...withoutBuckets, parked: (run, phase) => breaker.parked(run, phase) }
  return { order: inTurn(backlog, rules, limits, probe?.selection), probeOf: probe?.buckets.map((bucket) => bucket.fingerprint) ?? [], rules }
}

function inTurn({ runs: given }: Backlog, asItIs: SelectionRules, { batch = Infinity, maxPauseMs = Infinity }: ForecastLimits, first?: Selection): Planned[] {
  const runs: BacklogRun[] = given.map((run) => ({ ...run }))
  const order: Planned[] = []
  const rules = { ...asItIs }
  const take = (selection: Selection): void => {
    order.push(rules.now === asItIs.now ? selection : { ...selection, from: rules.now })
    const run = runs.find((one) => one.record.id === selection.run.record.id)!
    run.phases = run.phases.map((phase) => (phase.id === selection.phase.id ? { ...phase, state: 'COMPLETE' } : phase))
  }
  if (first && batch > 0) take(first)
  for (;;) {
    // Those that are fair take turns; else run by run, for the queued phases of one run never wait for another: looking through everything for each of them would take long.
    for (let taken = -1; taken < order.length && (taken < 0 || rules.begun); ) {
      taken = order.length
      for (const run of runs) {
        for (let number = 0; order.length < batch && (number === 0 || !rules.begun); number++) {
          const phase = run.phases.find((one) => one.state === 'QUEUED' && !whyNotRunnable(run, one, rules))
          if (!phase) break
          take({ run, phase, kind: 'queued' })
        }
      }
    }
    while (order.length < batch) {
      const next = selectNext(runs, rules)
      if (!next) break
      take(next)
    }
    const until = order.length < batch ? nextDeferral(runs, rules) : undefined
    if (until === undefined || until - asItIs.now > maxPauseMs) return order
    rules.now = until
  }
}
