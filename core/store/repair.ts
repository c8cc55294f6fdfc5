import type { Breakers } from './buckets.ts'
import type { StoreContext } from './context.ts'
import { leaseEnd, ownerOf, type Leases } from './lease.ts'
import type { Listing } from './listing.ts'
import type { RepairAction } from '../model/repair.ts'
import { run } from './steps.ts'
import type { Steps } from './steps.ts'
import type { HeldLease } from './store.ts'

/** Changes that no command makes in the ordinary way: for `autopack doctor --repair` alone. Each looks first whether it is still needed, in its own transaction. */
export function repairs(context: StoreContext, lease: Leases, listing: Listing, buckets: Breakers) {
  const { project, connection, queries } = context

  function* held(): Steps<HeldLease[]> {
    return (yield* lease.held()).map((row) => ({ run: row.run, attemptId: row.attempt!, owner: ownerOf(row), expiresAt: leaseEnd(context, row) }))
  }

  /** Whether nobody can be at work on the run: no attempt of it is open. */
  function* isIdle(runId: string): Steps<boolean> {
    return (yield* listing.attemptRows({ run: runId, unfinished: true })).length === 0
  }

  function* freeLease(runId: string, attemptId: string): Steps<boolean> {
    const row = yield* lease.find(runId)
    if (row?.attempt !== attemptId || !(yield* isIdle(runId))) return false
    yield* lease.free(runId)
    return true
  }

  function* settle({ run: runId, phase, from, to, commit, attemptId, overruled }: Extract<RepairAction, { type: 'settle-phase' }>): Steps<boolean> {
    const row = yield* listing.phaseRow(runId, phase)
    if (row?.state !== from || !(yield* isIdle(runId))) return false
    // Past the ordinary ways of a phase: what git holds is what is done. The class that was overruled tells that it was accepted.
    const verdict = overruled === undefined
      ? { class: null, fingerprint: null, title: null }
      : { class: overruled, ...(row.class !== overruled && { fingerprint: null, title: 'accepted against its verdict; what that was is not on record' }) }
    yield* run(queries.updateTable('phases')
      .set({ state: to, hold_reason: null, not_before: null, ...(to === 'COMPLETE' && { stage: 'commit', ...verdict, commit_id: commit ?? null }) })
      .where('project', '=', project).where('run', '=', runId).where('id', '=', phase))
    if (to === 'COMPLETE' && attemptId !== undefined) {
      yield* run(queries.updateTable('attempts').set({ outcome: 'complete', stage: 'commit', commit_id: commit ?? null, classification: null, failure: null })
        .where('project', '=', project).where('run', '=', runId).where('phase', '=', phase).where('id', '=', attemptId))
    }
    // Its bucket, if it was in one, has lost a member.
    if (row.fingerprint !== null) yield* buckets.note({ type: 'requeue', run: runId, phase, reason: 'doctor --repair' })
    return true
  }

  return {
    heldLeases: () => connection.read(held),
    freeLease: (runId: string, attemptId: string) => connection.write(() => freeLease(runId, attemptId)),
    settlePhase: (request: Extract<RepairAction, { type: 'settle-phase' }>) => connection.write(() => settle(request)),
  }
}
