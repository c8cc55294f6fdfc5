import type { BreakerState, Bucket } from '../../model/bucket.ts'
import { isParkedBy, mayProbe, probeCost, tells } from './parked.ts'
import { isSystemic, type Traits } from './radius.ts'

/** A phase that could be executed if no bucket parked it. */
export interface Candidate {
  traits: Traits
  failed: boolean
  repairs: readonly string[]
  /** Charged attempts that count against the absolute cap. */
  spent: number
}

/** Whether any bucket wants to be probed now, so that it is worth looking for a phase. */
export function wantsProbe(state: BreakerState): boolean {
  if (!state.on) return false
  for (const bucket of state.buckets.values())
    if (!bucket.probe && !bucket.byHand && (bucket.opened !== undefined || isSystemic(bucket.blame) && bucket.cells.length > 0)) return true
  return false
}

/**
 * The next probe: of the candidates that are parked or would tell more of a fault, in selection order, the one that tells most, if every bucket that it is
 * about may be probed now. It is the probe of all of these. `idle`: there is nothing else to execute.
 */
export function chooseProbe<Item extends Candidate>(state: BreakerState, candidates: Iterable<Item>, at: { now: number; idle: boolean }): { candidate: Item; buckets: Bucket[] } | undefined {
  let best: { candidate: Item; buckets: Bucket[]; cost: number } | undefined
  for (const candidate of candidates) {
    const { traits, repairs, failed, spent } = candidate
    const buckets = [...state.buckets.values()].filter((bucket) => isParkedBy(bucket, traits, repairs) || tells(bucket, traits))
    if (buckets.length === 0 || !buckets.every((bucket) => mayProbe(bucket, traits, at.now, at.idle))) continue
    // Probes take turns, in the end with phases that have not failed yet: or a fault that lasts would take the same ones to their cap of attempts.
    const cost = buckets.reduce((sum, bucket) => sum + probeCost(bucket, traits, failed), 30 * Math.max(0, spent - 2))
    if (best === undefined || cost < best.cost) best = { candidate, buckets, cost }
  }
  return best && { candidate: best.candidate, buckets: best.buckets }
}
