import type { PhaseRecord, Store } from '../store/store.ts'

/** Of these phases, those whose work a review approved and that wait for the next run to take it over. */
export async function readApproved(store: Pick<Store, 'reviews'>, phases: readonly PhaseRecord[]): Promise<ReadonlySet<PhaseRecord>> {
  // An approved phase keeps its commit; so does one that was rejected and requeued.
  const candidates = phases.filter((phase) => phase.state === 'QUEUED' && phase.commit !== undefined)
  if (candidates.length === 0) return new Set()
  const reviews = await store.reviews({})
  return new Set(candidates.filter((phase) => {
    const latest = reviews.findLast((review) => review.run === phase.run && review.phase === phase.id)
    return latest?.decision?.type === 'approve' && !latest.settled
  }))
}
