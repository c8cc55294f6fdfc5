import type { StoreContext } from './context.ts'
import { keysBeside, leaseColumns, ofLease, standing, type AttemptKey, type Holding, type KnownAttempt, type LeaseColumns } from './holding.ts'
import type { LeaseRow } from './schema.ts'
import { statement } from './steps.ts'
import type { Steps } from './steps.ts'
import { FencedError } from './store.ts'
import type { Claim, Owner } from './store.ts'

/**
 * How far the clocks of two machines may be apart, in milliseconds: for so long after its end a lease of another machine is left alone. To take it too
 * early would lose nothing but the work of who holds it, for the fencing token stops that one; but that work was paid for.
 */
export const clockToleranceMs = 5 * 60_000

export type Leases = ReturnType<typeof leases>

/**
 * Who may write for a run: one process at a time, with one attempt or with several that it executes beside each other, until they end, the lease expires, or its
 * owner on this host is dead. The token is that of the holding: attempts beside each other share it, and are fenced off together.
 */
export function leases(context: StoreContext) {
  const { project, queries, runtime } = context
  const all = () => queries.selectFrom('leases').leftJoin('attempts', (join) => ofLease(join)).select(leaseColumns).where('leases.project', '=', project)
  const find = statement((at: { run: string }) => all().where('leases.run', '=', at.run))
  const list = statement((_none: object) => all().orderBy('leases.run'))
  const known = statement((at: AttemptKey) =>
    queries.selectFrom('attempts').select(['id', 'fencing_token', 'ended_at']).where('run', '=', at.run).where('project', '=', project).where('phase', '=', at.phase).where('number', '=', at.number))
  const take = statement((lease: Omit<LeaseRow, 'project'>) =>
    queries.insertInto('leases')
      .values({
        project, run: lease.run, token: lease.token, attempt: lease.attempt, host: lease.host, pid: lease.pid, start_time: lease.start_time, expires_at: lease.expires_at,
        phase: lease.phase, number: lease.number, beside: lease.beside,
      })
      .onConflict((conflict) => conflict.columns(['project', 'run']).doUpdateSet((row) => ({
        token: row.ref('excluded.token'), attempt: row.ref('excluded.attempt'), host: row.ref('excluded.host'), pid: row.ref('excluded.pid'),
        start_time: row.ref('excluded.start_time'), expires_at: row.ref('excluded.expires_at'), phase: row.ref('excluded.phase'), number: row.ref('excluded.number'), beside: row.ref('excluded.beside'),
      }))))
  const extend = statement((to: { run: string; expires: number }) =>
    queries.updateTable('leases').set({ expires_at: to.expires }).where('project', '=', project).where('run', '=', to.run))
  const free = statement((at: { run: string }) =>
    queries.updateTable('leases').set({ attempt: null, expires_at: 0 }).where('project', '=', project).where('run', '=', at.run))
  context.frequent.push(find, take)

  /** How a lease stands, by its columns: read alone, or with a phase of its run. */
  function* settle(row: LeaseColumns): Steps<Holding | undefined> {
    if (row.lease_run === null || row.beside === null) return standing(row, [])
    const others: KnownAttempt[] = []
    for (const key of keysBeside({ run: row.lease_run, beside: row.beside })) {
      const found = yield* known.one(key)
      if (found) others.push({ ...key, id: found.id, token: found.fencing_token, ended: found.ended_at !== null })
    }
    return standing(row, others)
  }
  function* current(runId: string): Steps<Holding | undefined> {
    const row = yield* find.one({ run: runId })
    return row && (yield* settle(row))
  }
  function* write(lease: Omit<LeaseRow, 'project'>): Steps<number> {
    yield* take.run(lease)
    return lease.token
  }

  return {
    settle,
    find: current,
    /** Of every run that somebody holds. */
    *held(): Steps<Holding[]> {
      const found: Holding[] = []
      for (const row of yield* list.all({})) {
        const lease = yield* settle(row)
        if (lease && lease.attempt !== null) found.push(lease)
      }
      return found
    },
    /** Whether nobody holds the lease, or nobody who lives. */
    isFree: (lease: Holding | undefined): boolean => !lease || lease.attempt === null || isOver(context, lease),
    /** Takes the lease, for an attempt that begins if `latest` is given: none of the run may be open then. Returns the new fencing token. */
    take(before: Holding | undefined, to: { run: string; attempt: string; owner: Owner; seconds: number; latest?: { phase: string; number: number } }): Steps<number> {
      const { host, pid, startTime } = to.owner
      const attempts = to.latest ? { ...to.latest, beside: null } : { phase: before?.phase ?? null, number: before?.number ?? null, beside: before?.beside ?? null }
      return write({ run: to.run, token: (before?.token ?? 0) + 1, attempt: to.attempt, host, pid, start_time: startTime, expires_at: runtime.now() + to.seconds * 1_000, ...attempts })
    },
    /** Has one attempt more go under a lease that its owner holds; returns its token. */
    join({ run, token, attempt, host, pid, start_time, open }: Holding, to: { seconds: number; latest: { phase: string; number: number } }): Steps<number> {
      const beside = JSON.stringify(open.map((each) => [each.phase, each.number]))
      return write({ run, token, attempt, host, pid, start_time, expires_at: runtime.now() + to.seconds * 1_000, ...to.latest, beside })
    },
    extend: (runId: string, seconds: number) => extend.run({ run: runId, expires: runtime.now() + seconds * 1_000 }),
    /** Whether `beside` is all that is open of the run, and holds its lease for this owner: then one attempt more may go beside. An expired lease that nobody took is still the owner's. */
    isOwn(lease: Holding, owner: Owner, beside: readonly string[]): boolean {
      if (lease.attempt === null || lease.host !== owner.host || lease.pid !== owner.pid || lease.start_time !== owner.startTime) return false
      return lease.open.length > 0 && lease.open.every((one) => beside.includes(one.id) && one.token === lease.token)
    },
    /** Lets go of it. An attempt does that by its end. */
    free: (runId: string) => free.run({ run: runId }),
    /** Whether an attempt holds the lease, alone or beside others, and its owner lives. */
    *isHeldBy(runId: string, attemptId: string): Steps<boolean> {
      const lease = yield* current(runId)
      return lease !== undefined && !isOver(context, lease) && lease.open.some((one) => one.id === attemptId && one.token === lease.token)
    },
    /** See `verifyLease`. */
    *verify(claim: Claim): Steps<void> {
      verifyLease(claim, yield* current(claim.run.id))
    },
  }
}

/** Throws FencedError unless the claim holds the run's lease, alone or beside others. An expired lease that nobody took is still the claim's. */
export function verifyLease(claim: Claim, lease: Holding | undefined): void {
  if (lease && lease.token === claim.fencingToken && lease.open.some((one) => one.id === claim.attemptId && one.token === lease.token)) return
  throw new FencedError(
    `attempt ${claim.number} of ${claim.run.id}/${claim.phase.id} no longer holds the lease of its run: ` +
    `its token is ${claim.fencingToken}, the current one ${lease?.token ?? 0}`,
  )
}

/** Whether nobody who lives and renews holds this, be it a lease or what is like one. `isAlive`: default the store's own. */
export function isOver(context: StoreContext, held: { host: string; pid: number; start_time: string; expires_at: number }, isAlive = context.isAlive): boolean {
  const { runtime } = context
  const owner = ownerOf(held)
  if (owner.host === runtime.host && !isAlive(owner)) return true
  return leaseEnd(context, held) <= runtime.now()
}

/** When, by this machine's clock, a lease is over for certain, in epoch milliseconds. */
export function leaseEnd({ hasOurClock }: Pick<StoreContext, 'hasOurClock'>, held: { host: string; pid: number; start_time: string; expires_at: number }): number {
  return hasOurClock(ownerOf(held)) ? held.expires_at : held.expires_at + clockToleranceMs
}

export function ownerOf(row: { host: string; pid: number; start_time: string }): Owner {
  return { host: row.host, pid: row.pid, startTime: row.start_time }
}
