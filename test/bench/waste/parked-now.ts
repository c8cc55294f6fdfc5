import { fold, noBuckets } from '../../../core/drain/breaker/fold.ts'
import { bucketsParking } from '../../../core/drain/breaker/parked.ts'
import type { Store } from '../../../core/store/store.ts'
import type { SimPhase } from './backlog.ts'

/**
 * What the breaker parks for a failure of others, each phase with the fingerprints of the buckets that do. What waits because it failed itself, with the
 * same fingerprint as others that did, is not among them.
 */
export async function parkedNow(store: Store, host: string, phases: Iterable<SimPhase>, failedItself: (phase: SimPhase) => boolean): Promise<Map<SimPhase, string[]>> {
  const { state: stored, after } = await store.storedBreaker()
  const state = after.reduce((before, event) => fold(before, event).state, stored ?? noBuckets())
  const parked = new Map<SimPhase, string[]>()
  if (!state.on || state.buckets.size === 0) return parked
  for (const phase of phases) {
    const checks = ['tests', ...(phase.builds ? ['build'] : [])]
    const buckets = bucketsParking(state, { run: phase.run, family: phase.family, phase: phase.id, host, builder: phase.builder, checks })
    const others = buckets.filter((one) => !failedItself(phase) || !one.members.some((member) => member.phase === phase.id))
    if (others.length > 0) parked.set(phase, others.map((one) => one.fingerprint))
  }
  return parked
}
