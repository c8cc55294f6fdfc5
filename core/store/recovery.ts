import type { StoreContext } from './context.ts'
import type { Holding } from './holding.ts'
import { isOver } from './lease.ts'
import type { Leases } from './lease.ts'
import type { Listing } from './listing.ts'
import { attemptRecord, phaseRecord } from './records.ts'
import type { AttemptRow } from './schema.ts'
import { run } from './steps.ts'
import type { Steps } from './steps.ts'
import type { AttemptRecord, Claim, Owner } from './store.ts'

/** Attempts that nobody executes any more, and the right to end them. */
export function recovery(context: StoreContext, lease: Leases, listing: Listing) {
  const { connection, queries } = context

  function isOrphan(attempt: AttemptRow, held: Holding | undefined, isAlive: (owner: Owner) => boolean): boolean {
    if (!held || held.attempt === null || held.token !== attempt.fencing_token) return true
    return isOver(context, held, isAlive)
  }

  function* orphans(isAlive: (owner: Owner) => boolean): Steps<AttemptRecord[]> {
    const found: AttemptRecord[] = []
    for (const attempt of yield* listing.attemptRows({ unfinished: true })) {
      if (isOrphan(attempt, yield* lease.find(attempt.run), isAlive)) found.push(attemptRecord(attempt))
    }
    return found
  }

  function* takeOver(attemptId: string, owner: Owner, leaseSeconds: number): Steps<Claim | undefined> {
    const [attempt] = yield* listing.attemptRows({ id: attemptId, unfinished: true })
    if (!attempt) return undefined
    const before = yield* lease.find(attempt.run)
    if (!lease.isFree(before)) return undefined
    const record = yield* listing.executingRun(attempt.run)
    const phase = yield* listing.phaseRow(attempt.run, attempt.phase)
    if (!record || !phase) return undefined
    const token = yield* lease.take(before, { run: attempt.run, attempt: attempt.id, owner, seconds: leaseSeconds })
    yield* run(queries.updateTable('attempts').set({ fencing_token: token }).where('project', '=', attempt.project).where('run', '=', attempt.run).where('phase', '=', attempt.phase).where('number', '=', attempt.number))
    return { attemptId, run: record, phase: phaseRecord(phase), number: attempt.number, fencingToken: token, session: attempt.session, startedAt: attempt.started_at }
  }

  return {
    orphans: (isAlive: (owner: Owner) => boolean) => connection.read(() => orphans(isAlive)),
    takeOver: (attemptId: string, owner: Owner, leaseSeconds: number) => connection.write(() => takeOver(attemptId, owner, leaseSeconds)),
  }
}
