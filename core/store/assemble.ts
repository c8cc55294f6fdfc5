import { breakers } from './buckets.ts'
import { circuits as circuiting } from './circuits.ts'
import { claims } from './claim.ts'
import type { Connection } from './connection.ts'
import type { StoreContext } from './context.ts'
import { finishing } from './finish.ts'
import { importing } from './import.ts'
import { landing } from './landings.ts'
import { leases } from './lease.ts'
import { listings } from './listing.ts'
import { memory } from './memory.ts'
import { recovery } from './recovery.ts'
import { repairs } from './repair.ts'
import { requeueing } from './requeue.ts'
import { reviewing } from './reviews.ts'
import type { Steps } from './steps.ts'
import { stops } from './stops.ts'
import type { Store, StoreIdentity } from './store.ts'
import { telemetry } from './telemetry.ts'

/** The whole store, of its parts. */
export function assemble(context: StoreContext, identity: StoreIdentity): Store {
  const { connection } = context
  const lease = leases(context)
  const listing = listings(context)
  const reviews = reviewing(context, listing)
  const buckets = breakers(context)
  const circuits = circuiting(context, lease)
  return {
    identity,
    ...importing(context),
    ...listing.methods,
    ...telemetry(context),
    ...claims(context, lease, circuits),
    ...finishing(context, lease, reviews, buckets, circuits),
    ...reviews.methods,
    ...buckets.methods,
    ...circuits.methods,
    ...recovery(context, lease, listing),
    ...landing(context, lease),
    ...requeueing(context, listing, buckets),
    ...repairs(context, lease, listing, buckets),
    ...memory(context),
    exclusively: (work) => connection.note(() => nothingAsked(work)),
    ...stops(context),
    verify: async () => problemsOf(connection),
    close: async () => connection.close(),
  }
}

/** Steps that ask nothing of the database: what counts is that the transaction is there. */
function* nothingAsked<Value>(work: () => Value): Steps<Value> {
  yield* []
  return work()
}

function problemsOf(connection: Connection): string[] {
  const damage = connection.query('pragma integrity_check').map((row) => String(row['integrity_check'])).filter((line) => line !== 'ok')
  const dangling = connection.query('pragma foreign_key_check')
    .map((row) => `${row['rowid'] === null ? 'a row' : `row ${String(row['rowid'])}`} of ${String(row['table'])} names a row of ${String(row['parent'])} that does not exist`)
  return [...damage, ...dangling]
}
