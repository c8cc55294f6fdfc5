import type { JoinBuilder } from 'kysely'
import type { Database, LeaseRow } from './schema.ts'

/** An attempt by its key, within the project. */
export interface AttemptKey { run: string; phase: string; number: number }

/** An attempt of the run that may be open. */
export interface KnownAttempt extends AttemptKey { id: string; token: number; ended: boolean }

/** A lease as it stands. `attempt`: who holds it, null while nobody does; `open`: the attempts of the run that have not ended, in the order in which they began. */
export interface Holding {
  run: string
  token: number
  attempt: string | null
  host: string
  pid: number
  start_time: string
  expires_at: number
  open: readonly KnownAttempt[]
  /** As the row has them: see `LeaseRow`. */
  phase: string | null
  number: number | null
  beside: string | null
}

type LatestJoin = JoinBuilder<Database, 'leases' | 'attempts'>

/** To the latest attempt of the run. */
export const ofLease = (join: LatestJoin): LatestJoin => join.onRef('attempts.run', '=', 'leases.run').onRef('attempts.project', '=', 'leases.project')
  .onRef('attempts.phase', '=', 'leases.phase').onRef('attempts.number', '=', 'leases.number')

/** Of leases and `ofLease`: what tells how a lease stands. */
export const leaseColumns = [
  'leases.run as lease_run', 'leases.token as token', 'leases.attempt as holder', 'leases.host as host', 'leases.pid as pid', 'leases.start_time as start_time', 'leases.expires_at as expires_at',
  'leases.phase as latest_phase', 'leases.number as latest_number', 'leases.beside as beside', 'attempts.id as latest', 'attempts.fencing_token as latest_token', 'attempts.ended_at as latest_ended_at',
] as const

/** All null where nobody ever took it. */
export interface LeaseColumns {
  lease_run: string | null; token: number | null; holder: string | null; host: string | null; pid: number | null; start_time: string | null; expires_at: number | null
  latest_phase: string | null; latest_number: number | null; beside: string | null; latest: string | null; latest_token: number | null; latest_ended_at: number | null
}

/** The attempts that a lease names beside the latest. */
export function keysBeside({ run, beside }: Pick<LeaseRow, 'run' | 'beside'>): AttemptKey[] {
  return beside === null ? [] : (JSON.parse(beside) as [string, number][]).map(([phase, number]) => ({ run, phase, number }))
}

/**
 * How a lease stands, by what its row says and by which of its attempts have ended. An attempt lets go of its run by ending: its own row is written then anyway,
 * that of the lease would be one page more. What is open besides keeps the run: an attempt of the same holding has it from then on; one that nobody executes
 * keeps everybody out until it is ended.
 */
export function standing(row: LeaseColumns, others: readonly KnownAttempt[]): Holding | undefined {
  if (row.lease_run === null) return undefined
  const run = row.lease_run
  const latest = row.latest === null ? [] : [{ run, phase: row.latest_phase!, number: row.latest_number!, id: row.latest, token: row.latest_token!, ended: row.latest_ended_at !== null }]
  const known = others.length === 0 ? latest : [...others, ...latest]
  const open = known.filter((attempt) => !attempt.ended)
  const lease = {
    run, token: row.token!, attempt: row.holder, host: row.host!, pid: row.pid!, start_time: row.start_time!, expires_at: row.expires_at!, open,
    phase: row.latest_phase, number: row.latest_number, beside: row.beside,
  }
  if (row.holder !== null && !known.some((attempt) => attempt.ended && attempt.id === row.holder)) return lease
  const heir = open.find((attempt) => attempt.token === row.token)
  return { ...lease, attempt: (heir ?? open[0])?.id ?? null, expires_at: heir ? lease.expires_at : 0 }
}
