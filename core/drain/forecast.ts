import type { Backlog, BacklogRun } from './backlog.ts'
import { Breaker, type BreakerOptions } from './breaker/breaker.ts'
import { inOrder, selectNext, whyNotRunnable, type Selection, type SelectionRules } from './select.ts'

export interface Forecast {
  order: Selection[]
  /** Fingerprints of the buckets whose probe the first of them would be. */
  probeOf: string[]
  /** With what is parked. */
  rules: SelectionRules
}

/** What a drain would execute, in which order, if everything succeeded at once; `batch` phases at most. Its beginning goes into the store: give it a copy. */
export async function forecast(backlog: Backlog, withoutBuckets: SelectionRules, options: Omit<BreakerOptions, 'emit' | 'resumed'>, batch?: number): Promise<Forecast> {
  const breaker = new Breaker({ ...options, emit: () => undefined, resumed: false })
  await breaker.begin()
  const probe = breaker.choose(inOrder(backlog.runs, { ...withoutBuckets, skipRunsWithQueued: false }), false)
  const rules: SelectionRules = { ...withoutBuckets, parked: (run, phase) => breaker.parked(run, phase) }
  return { order: inTurn(backlog, rules, batch, probe?.selection), probeOf: probe?.buckets.map((bucket) => bucket.fingerprint) ?? [], rules }
}

function inTurn({ runs: given }: Backlog, rules: SelectionRules, batch = Infinity, first?: Selection): Selection[] {
  const runs: BacklogRun[] = given.map((run) => ({ ...run }))
  const order: Selection[] = []
  const take = (selection: Selection): void => {
    order.push(selection)
    const run = runs.find((one) => one.record.id === selection.run.record.id)!
    run.phases = run.phases.map((phase) => (phase.id === selection.phase.id ? { ...phase, state: 'COMPLETE' } : phase))
  }
  if (first && batch > 0) take(first)
  // Run by run, for the queued phases of one run never wait for another: looking through everything for each of them would take long.
  for (const run of runs) {
    while (order.length < batch) {
      const phase = run.phases.find((one) => one.state === 'QUEUED' && !whyNotRunnable(run, one, rules))
      if (!phase) break
      take({ run, phase, kind: 'queued' })
    }
  }
  while (order.length < batch) {
    const next = selectNext(runs, rules)
    if (!next) break
    take(next)
  }
  return order
}
