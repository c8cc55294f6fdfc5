import { phaseUnknownError } from '../errors.ts'
import type { StoreContext } from './context.ts'
import type { Listing } from './listing.ts'
import type { ReviewRow } from './schema.ts'
import { all, run, statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { ReviewDecided, ReviewRecord, Store } from './store.ts'
import { transition } from './transition.ts'

type DecideRequest = Parameters<Store['decideReview']>[0]
type ReviewFilter = Parameters<Store['reviews']>[0]
export type Reviews = ReturnType<typeof reviewing>

/** Reviews of attempts that ended in REVIEW: who decided what. */
export function reviewing(context: StoreContext, listing: Listing) {
  const { project, connection, queries, runtime } = context
  const openReview = statement((row: Pick<ReviewRow, 'run' | 'phase' | 'attempt' | 'attempt_id' | 'commit_id' | 'requested_at'>) =>
    queries.insertInto('reviews').values({
      project, run: row.run, phase: row.phase, attempt: row.attempt, attempt_id: row.attempt_id, commit_id: row.commit_id, requested_at: row.requested_at,
    }))
  const settle = statement((at: { run: string; phase: string; now: number }) =>
    queries.updateTable('reviews').set({ settled_at: at.now }).where('project', '=', project).where('run', '=', at.run).where('phase', '=', at.phase)
      .where('decision', 'is not', null).where('settled_at', 'is', null))

  function* rows(filter: ReviewFilter): Steps<ReviewRow[]> {
    let query = queries.selectFrom('reviews').selectAll().where('project', '=', project)
    if (filter.run !== undefined) query = query.where('run', '=', filter.run)
    if (filter.phase !== undefined) query = query.where('phase', '=', filter.phase)
    if (filter.waiting) query = query.where('decision', 'is', null)
    return yield* all(query.orderBy('requested_at').orderBy('run').orderBy('phase').orderBy('attempt'))
  }

  function* decide(request: DecideRequest): Steps<ReviewDecided> {
    const phase = yield* listing.phaseRow(request.run, request.phase)
    if (!phase) throw phaseUnknownError(request.run, request.phase, undefined, [])
    const row = (yield* rows({ run: request.run, phase: request.phase })).at(-1)
    if (!row || (row.decision === null && phase.state !== 'REVIEW')) return { type: 'not-waiting', state: phase.state }
    if (row.decision !== null) return { type: 'already-decided', state: phase.state, review: reviewRecord(row) }

    const now = runtime.now()
    const { classification } = request
    const state = transition(phase, request.decision === 'reject' ? 'FAILED' : 'QUEUED')
    const decided: ReviewRow = { ...row, decision: request.decision, decided_by: request.by, comments: request.comments, decided_at: now, settled_at: request.decision === 'reject' ? now : null }
    yield* run(queries.updateTable('phases').set({
      state, hold_reason: null, not_before: null,
      ...(request.decision === 'reject'
        ? { class: classification?.class ?? null, fingerprint: classification?.fingerprint ?? null, title: classification?.title ?? null }
        : { charged: 0, charged_ever: 0, uncharged: 0 }),
      // The work that is to be done anew is not the work of the phase any more.
      ...(request.decision === 'more' && { commit_id: null }),
    }).where('project', '=', project).where('run', '=', row.run).where('id', '=', row.phase))
    if (request.decision === 'reject' && classification) {
      yield* run(queries.updateTable('attempts').set({ classification: JSON.stringify(classification) }).where('project', '=', project).where('run', '=', row.run).where('phase', '=', row.phase).where('number', '=', row.attempt))
    }
    yield* run(queries.updateTable('reviews')
      .set({ decision: decided.decision, decided_by: decided.decided_by, comments: decided.comments, decided_at: decided.decided_at, settled_at: decided.settled_at })
      .where('project', '=', project).where('run', '=', row.run).where('phase', '=', row.phase).where('attempt', '=', row.attempt))
    return { type: 'decided', state, review: reviewRecord(decided) }
  }

  return {
    /** Within the transaction that ends an attempt. */
    open: (row: { run: string; phase: string; attempt: number; attemptId: string; commit: string }) =>
      openReview.run({ run: row.run, phase: row.phase, attempt: row.attempt, attempt_id: row.attemptId, commit_id: row.commit, requested_at: runtime.now() }),
    settle: (at: { run: string; phase: string }) => settle.run({ ...at, now: runtime.now() }),
    methods: {
      decideReview: (request: DecideRequest) => connection.write(() => decide(request)),
      reviews: async (filter: ReviewFilter): Promise<ReviewRecord[]> => (await connection.read(() => rows(filter))).map(reviewRecord),
    },
  }
}

function reviewRecord(row: ReviewRow): ReviewRecord {
  return {
    run: row.run, phase: row.phase, attempt: row.attempt, attemptId: row.attempt_id, commit: row.commit_id, requestedAt: row.requested_at, settled: row.settled_at !== null,
    ...(row.decision !== null && { decision: { type: row.decision, by: row.decided_by ?? '', comments: row.comments ?? '', at: row.decided_at ?? 0 } }),
  }
}
