import type { StoreContext } from './context.ts'
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
  const find = statement((at: { run: string }) =>
    queries.selectFrom('leases').selectAll().where('project', '=', project).where('run', '=', at.run))
  const take = statement((lease: Omit<LeaseRow, 'project'>) =>
    queries.insertInto('leases')
      .values({
        project, run: lease.run, token: lease.token, attempt: lease.attempt, host: lease.host, pid: lease.pid,
        start_time: lease.start_time, expires_at: lease.expires_at,
      })
      .onConflict((conflict) => conflict.columns(['project', 'run']).doUpdateSet((row) => ({
        token: row.ref('excluded.token'), attempt: row.ref('excluded.attempt'), host: row.ref('excluded.host'), pid: row.ref('excluded.pid'),
        start_time: row.ref('excluded.start_time'), expires_at: row.ref('excluded.expires_at'),
      }))))
  const extend = statement((to: { run: string; expires: number }) =>
    queries.updateTable('leases').set({ expires_at: to.expires }).where('project', '=', project).where('run', '=', to.run))
  const free = statement((at: { run: string }) =>
    queries.updateTable('leases').set({ attempt: null, expires_at: 0 }).where('project', '=', project).where('run', '=', at.run))
  const pass = statement((to: { run: string; attempt: string; expires: number }) =>
    queries.updateTable('leases').set({ attempt: to.attempt, expires_at: to.expires }).where('project', '=', project).where('run', '=', to.run))
  const open = statement((at: { run: string }) =>
    queries.selectFrom('attempts').select(['id', 'fencing_token']).where('project', '=', project).where('run', '=', at.run).where('ended_at', 'is', null))
  context.frequent.push(find, take, open, free)

  function* isOpen(at: { run: string; attempt: string; token: number }): Steps<boolean> {
    return (yield* open.all({ run: at.run })).some((one) => one.id === at.attempt && one.fencing_token === at.token)
  }

  return {
    find: (runId: string) => find.one({ run: runId }),
    /** Whether nobody holds the lease, or nobody who lives. */
    isFree: (lease: LeaseRow | undefined): boolean => !lease || lease.attempt === null || isOver(context, lease),
    /** Takes the lease for an attempt; returns the new fencing token. */
    *take(before: LeaseRow | undefined, to: { run: string; attempt: string; owner: Owner; seconds: number }): Steps<number> {
      const token = (before?.token ?? 0) + 1
      const { host, pid, startTime } = to.owner
      yield* take.run({ run: to.run, token, attempt: to.attempt, host, pid, start_time: startTime, expires_at: runtime.now() + to.seconds * 1_000 })
      return token
    },
    extend: (runId: string, seconds: number) => extend.run({ run: runId, expires: runtime.now() + seconds * 1_000 }),
    /** Whether `beside` is all that is open of the run, and holds its lease for this owner: then one attempt more may go beside. An expired lease that nobody took is still the owner's. */
    *isOwn(lease: LeaseRow, owner: Owner, beside: readonly string[]): Steps<boolean> {
      if (lease.attempt === null || lease.host !== owner.host || lease.pid !== owner.pid || lease.start_time !== owner.startTime) return false
      const found = yield* open.all({ run: lease.run })
      return found.length > 0 && found.every((one) => beside.includes(one.id) && one.fencing_token === lease.token)
    },
    /** Lets go of it, unless another attempt of the run is open: one of the same holding has it from now on; one that nobody executes keeps everybody out until it is ended. */
    *free(runId: string): Steps<void> {
      const left = yield* open.all({ run: runId })
      if (left.length === 0) return void (yield* free.run({ run: runId }))
      const lease = yield* find.one({ run: runId })
      const beside = left.find((one) => one.fencing_token === lease?.token)
      yield* pass.run({ run: runId, attempt: (beside ?? left[0]!).id, expires: beside ? (lease?.expires_at ?? 0) : 0 })
    },
    /** Whether an attempt holds the lease, alone or beside others, and its owner lives. */
    *isHeldBy(runId: string, attemptId: string): Steps<boolean> {
      const lease = yield* find.one({ run: runId })
      if (!lease || lease.attempt === null || this.isFree(lease)) return false
      return lease.attempt === attemptId || (yield* isOpen({ run: runId, attempt: attemptId, token: lease.token }))
    },
    /** Throws FencedError unless the claim holds the run's lease, alone or beside others. An expired lease that nobody took is still the claim's. */
    *verify(claim: Claim): Steps<void> {
      const lease = yield* find.one({ run: claim.run.id })
      if (lease && lease.attempt !== null && lease.token === claim.fencingToken
        && (lease.attempt === claim.attemptId || (yield* isOpen({ run: claim.run.id, attempt: claim.attemptId, token: lease.token })))) return
      throw new FencedError(
        `attempt ${claim.number} of ${claim.run.id}/${claim.phase.id} no longer holds the lease of its run: ` +
        `its token is ${claim.fencingToken}, the current one ${lease?.token ?? 0}`,
      )
    },
  }
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
