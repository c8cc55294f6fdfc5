import type { StoreContext } from './context.ts'
import type { LeaseRow } from './schema.ts'
import { statement } from './steps.ts'
import type { Steps } from './steps.ts'
import { FencedError } from './store.ts'
import type { Claim, Owner } from './store.ts'

export type Leases = ReturnType<typeof leases>

/** Who may write for a run: one attempt at a time, until it ends, its lease expires, or its owner on this host is dead. */
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
  context.frequent.push(find, take, free)

  return {
    find: (runId: string) => find.one({ run: runId }),
    /** Whether nobody holds the lease, or nobody who lives. */
    isFree(lease: LeaseRow | undefined): boolean {
      if (!lease || lease.attempt === null || lease.expires_at <= runtime.now()) return true
      return lease.host === runtime.host && !context.isAlive(ownerOf(lease))
    },
    /** Takes the lease for an attempt; returns the new fencing token. */
    *take(before: LeaseRow | undefined, to: { run: string; attempt: string; owner: Owner; seconds: number }): Steps<number> {
      const token = (before?.token ?? 0) + 1
      const { host, pid, startTime } = to.owner
      yield* take.run({ run: to.run, token, attempt: to.attempt, host, pid, start_time: startTime, expires_at: runtime.now() + to.seconds * 1_000 })
      return token
    },
    extend: (runId: string, seconds: number) => extend.run({ run: runId, expires: runtime.now() + seconds * 1_000 }),
    free: (runId: string) => free.run({ run: runId }),
    /** Throws FencedError unless the claim holds the run's lease. An expired lease that nobody took is still the claim's. */
    *verify(claim: Claim): Steps<void> {
      const lease = yield* find.one({ run: claim.run.id })
      if (lease?.attempt === claim.attemptId && lease.token === claim.fencingToken) return
      throw new FencedError(
        `attempt ${claim.number} of ${claim.run.id}/${claim.phase.id} no longer holds the lease of its run: ` +
        `its token is ${claim.fencingToken}, the current one ${lease?.token ?? 0}`,
      )
    },
  }
}

export function ownerOf(row: { host: string; pid: number; start_time: string }): Owner {
  return { host: row.host, pid: row.pid, startTime: row.start_time }
}
