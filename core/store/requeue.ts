import { phaseUnknownError, requeueStateError } from '../errors.ts'
import type { Breakers } from './buckets.ts'
import type { StoreContext } from './context.ts'
import type { Listing } from './listing.ts'
import type { PhaseRow } from './schema.ts'
import { one, run } from './steps.ts'
import type { Steps } from './steps.ts'
import { transition } from './transition.ts'

/** Ways back into the queue, and what they allow. */
export function requeueing(context: StoreContext, listing: Listing, buckets: Breakers) {
  const { project, connection, queries, runtime } = context

  function* find(runId: string, phaseId: string): Steps<PhaseRow> {
    const row = yield* listing.phaseRow(runId, phaseId)
    if (!row) throw phaseUnknownError(runId, phaseId, undefined, [])
    return row
  }

  function* requeue(runId: string, phaseId: string, reason: string): Steps<void> {
    const row = yield* find(runId, phaseId)
    // A phase that is queued loses what holds it; to ask twice does no harm.
    if (row.state !== 'FAILED' && row.state !== 'QUEUED') throw requeueStateError(runId, phaseId, row.state)
    const state = row.state === 'QUEUED' ? row.state : transition(row, 'QUEUED')
    yield* run(queries.updateTable('phases')
      .set({ state, hold_reason: null, not_before: null, charged: 0, charged_ever: 0, uncharged: 0 })
      .where('project', '=', project).where('run', '=', runId).where('id', '=', phaseId))
    yield* buckets.note({ type: 'requeue', run: runId, phase: phaseId, reason })
    yield* run(queries.insertInto('requeues').values({ project, run: runId, phase: phaseId, reason, requeued_at: runtime.now() }))
  }

  function* grantAllowance(session: string): Steps<void> {
    // Once for each session: a resumed one has had its own.
    if (yield* one(queries.selectFrom('allowances').select('session').where('project', '=', project).where('session', '=', session))) return
    yield* run(queries.insertInto('allowances').values({ project, session, granted_at: runtime.now() }))
    yield* run(queries.updateTable('phases').set({ charged: 0 }).where('project', '=', project).where('charged', '>', 0))
  }

  return {
    requeue: (runId: string, phaseId: string, by: { reason: string }) => connection.write(() => requeue(runId, phaseId, by.reason)),
    grantAllowance: (session: string) => connection.write(() => grantAllowance(session)),
  }
}
