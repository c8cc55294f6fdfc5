import { attemptFact, type Breakers } from './buckets.ts'
import type { Circuits } from './circuits.ts'
import type { StoreContext } from './context.ts'
import { leaseColumns, ofLease } from './holding.ts'
import { verifyLease, type Leases } from './lease.ts'
import type { Reviews } from './reviews.ts'
import type { AttemptRow, PhaseRow } from './schema.ts'
import { statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { AttemptEnd, Claim } from './store.ts'
import { transition } from './transition.ts'

/** Attempts that may end uncharged for each phase: after them a usage limit that never ends, or a machine that always gives out, is paid for like anything else. */
const uncharged = 20

/** The end of an attempt: the attempt, the phase's state and the charge in one transaction. With its end it holds the lease of its run no more. */
export function finishing(context: StoreContext, lease: Leases, reviews: Reviews, buckets: Breakers, circuits: Circuits) {
  const { project, connection, queries, runtime } = context
  // The phase and the lease of its run, in one.
  const look = statement((at: { run: string; phase: string }) =>
    queries.selectFrom('phases')
      .leftJoin('leases', (join) => join.onRef('leases.project', '=', 'phases.project').onRef('leases.run', '=', 'phases.run')).leftJoin('attempts', (join) => ofLease(join))
      .select(leaseColumns).select([
        'phases.run', 'phases.id', 'phases.state', 'phases.charged', 'phases.charged_ever', 'phases.uncharged', 'phases.class', 'phases.fingerprint', 'phases.title', 'phases.commit_id',
      ]).where('phases.project', '=', project).where('phases.run', '=', at.run).where('phases.id', '=', at.phase))
  const endAttempt = statement((row: Pick<AttemptRow,
    'run' | 'phase' | 'number' | 'charged' | 'stage' | 'outcome' | 'ended_at' | 'usage' | 'builder_reached' | 'classification' | 'failure' | 'commit_id' | 'receipt_hash' | 'yield'>) =>
    queries.updateTable('attempts').set({
      charged: row.charged, stage: row.stage, outcome: row.outcome, ended_at: row.ended_at, usage: row.usage, builder_reached: row.builder_reached,
      classification: row.classification, failure: row.failure, commit_id: row.commit_id, receipt_hash: row.receipt_hash, yield: row.yield,
    }).where('run', '=', row.run).where('project', '=', project).where('phase', '=', row.phase).where('number', '=', row.number))
  const endPhase = statement((row: Pick<PhaseRow,
    'run' | 'id' | 'state' | 'stage' | 'charged' | 'charged_ever' | 'uncharged' | 'hold_reason' | 'not_before' | 'class' | 'fingerprint' | 'title' | 'commit_id'>) =>
    queries.updateTable('phases').set({
      state: row.state, stage: row.stage, charged: row.charged, charged_ever: row.charged_ever, uncharged: row.uncharged,
      hold_reason: row.hold_reason, not_before: row.not_before, class: row.class, fingerprint: row.fingerprint, title: row.title, commit_id: row.commit_id,
    }).where('project', '=', project).where('run', '=', row.run).where('id', '=', row.id))

  const duration = statement((row: { key: string; milliseconds: number; recorded_at: number }) =>
    queries.insertInto('durations').values({ project, key: row.key, milliseconds: row.milliseconds, recorded_at: row.recorded_at })
      .onConflict((conflict) => conflict.columns(['project', 'key']).doUpdateSet((to) => ({ milliseconds: to.ref('excluded.milliseconds'), recorded_at: to.ref('excluded.recorded_at') }))))
  context.frequent.push(look, endPhase, endAttempt)

  function* finish(claim: Claim, end: AttemptEnd): Steps<{ charged: boolean }> {
    const of = { run: claim.run.id, phase: claim.phase.id }
    const row = yield* look.one(of)
    if (!row) throw new Error(`phase ${claim.run.id}/${claim.phase.id} is gone while it was executing`)
    verifyLease(claim, yield* lease.settle(row))
    // What a crash cut off has been paid for: recovery never gives it back.
    const charged = end.charged || (end.outcome === 'interrupted' && !end.gaveOut) || row.uncharged >= uncharged
    const held: Pick<AttemptEnd, 'holdReason' | 'notBefore'> = end.state === 'QUEUED' ? end : {}
    yield* endPhase.run({
      run: row.run,
      id: row.id,
      state: transition(row, end.state),
      stage: end.stage,
      // A new allowance may have been granted meanwhile.
      charged: charged ? row.charged : Math.max(0, row.charged - 1),
      charged_ever: charged ? row.charged_ever : Math.max(0, row.charged_ever - 1),
      uncharged: charged ? row.uncharged : row.uncharged + 1,
      hold_reason: held.holdReason ?? null,
      not_before: held.notBefore ?? null,
      ...(end.keepsVerdict ? keptVerdict(row, end) : {
        class: end.classification?.class ?? null, fingerprint: end.classification?.fingerprint ?? null, title: end.classification?.title ?? null,
      }),
      commit_id: end.commit ?? row.commit_id,
    })
    yield* endAttempt.run({
      ...of, number: claim.number, charged: charged ? 1 : 0, stage: end.stage, outcome: end.outcome, ended_at: runtime.now(), usage: JSON.stringify(end.usage),
      builder_reached: end.builderReached ? 1 : 0, classification: json(end.classification), failure: json(end.failure),
      commit_id: end.commit ?? null, receipt_hash: end.receiptHash ?? null, yield: json(end.yield),
    })
    if (end.state === 'REVIEW') yield* reviews.open({ ...of, attempt: claim.number, attemptId: claim.attemptId, commit: end.commit ?? '' })
    // A first attempt has nothing that was decided before it; and what is not charged was not the work's fault, which stays approved.
    else if (claim.number > 1 && end.state !== 'QUEUED' && charged) yield* reviews.settle(of)
    if (!end.keepsVerdict) yield* buckets.note(attemptFact(claim, end, runtime.host))
    else if (end.state === 'COMPLETE') yield* buckets.note({ type: 'accepted', ...of })
    yield* circuits.after(claim, end)
    for (const [key, milliseconds] of end.durations ?? []) yield* duration.run({ key, milliseconds: Math.round(milliseconds), recorded_at: runtime.now() })
    return { charged }
  }

  return { finish: (claim: Claim, end: AttemptEnd) => connection.write(() => finish(claim, end)) }
}

type Verdict = Pick<PhaseRow, 'class' | 'fingerprint' | 'title'>

/** What failed without a class was cut off; its class is what tells an accepted phase from one that passed. */
function keptVerdict(row: Verdict, end: AttemptEnd): Verdict {
  const { fingerprint } = row
  return end.state === 'COMPLETE' ? { class: row.class ?? 'interrupted', fingerprint, title: row.title ?? 'it was interrupted' } : { class: row.class, fingerprint, title: row.title }
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}
