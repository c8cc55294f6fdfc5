import type { Generated } from 'kysely'
import type { PhaseState } from '../model/phase.ts'
import type { ReviewDecisionType } from './store.ts'

// Rows as the database holds them: 0 and 1 for false and true, epoch milliseconds for times, JSON as text.

export interface RunRow {
  project: string
  id: string
  key: string
  family: string
  goal: string | null
  base_ref: string
  base_commit: string | null
  ordered: number
  source: string
  imported_at: number
}

export interface PhaseRow {
  project: string
  run: string
  id: string
  key: string
  /** Order in the plan. */
  position: number
  /** Number of the phase's folder, from 0: the position until it first runs, fixed from then on. */
  number: number
  spec: string
  state: PhaseState
  stage: string | null
  hold_reason: string | null
  not_before: number | null
  charged: number
  charged_ever: number
  uncharged: number
  attempts: number
  class: string | null
  fingerprint: string | null
  title: string | null
  commit_id: string | null
}

/** Each by its name: see the rows of a statement in `connection.ts`. */
export const runColumns = ['project', 'id', 'key', 'family', 'goal', 'base_ref', 'base_commit', 'ordered', 'source', 'imported_at'] as const satisfies (keyof RunRow)[]
export const phaseColumns = [
  'project', 'run', 'id', 'key', 'position', 'number', 'spec', 'state', 'stage', 'hold_reason', 'not_before', 'charged', 'charged_ever', 'uncharged', 'attempts',
  'class', 'fingerprint', 'title', 'commit_id',
] as const satisfies (keyof PhaseRow)[]

export interface AttemptRow {
  id: string
  project: string
  run: string
  phase: string
  number: number
  charged: number
  session: string
  host: string
  pid: number
  start_time: string
  fencing_token: number
  base_commit: string | null
  stage: string
  outcome: string | null
  started_at: number
  ended_at: number | null
  usage: string
  builder_reached: number
  classification: string | null
  failure: string | null
  commit_id: string | null
  receipt_hash: string | null
  processes: string
  worktree: string | null
  estimate: string | null
  yield: string | null
}

/**
 * One row for each run that was ever claimed. The token only grows. `attempt` is who took it, null once it was freed; an attempt that has ended holds it no
 * more, whatever stands here: see `standing` in `holding.ts`.
 */
export interface LeaseRow {
  project: string
  run: string
  token: number
  attempt: string | null
  host: string
  pid: number
  start_time: string
  expires_at: number
  /** With `number`: the latest attempt of the run. Null where only landings held it. */
  phase: string | null
  number: number | null
  /** JSON, `[phase, number][]`: the attempts before it that may be open too. Null where none went beside another. */
  beside: string | null
}

/** One row for each attempt that ended in REVIEW. */
export interface ReviewRow {
  project: string
  run: string
  phase: string
  attempt: number
  attempt_id: string
  commit_id: string
  requested_at: number
  decision: ReviewDecisionType | null
  decided_by: string | null
  comments: string | null
  decided_at: number | null
  settled_at: number | null
}

/** One row for each landing of a run, open while `ended_at` is null. */
export interface LandingRow {
  id: string
  project: string
  run: string
  number: number
  target: string
  host: string
  pid: number
  start_time: string
  token: number
  expires_at: number
  processes: string
  plan: string | null
  outcome: string | null
  started_at: number
  ended_at: number | null
  json: string | null
}

export interface Database {
  store: { id: string; schema_version: number; created_at: number }
  runs: RunRow
  phases: PhaseRow
  /** `seq`: in the order in which they began. */
  attempts: AttemptRow & { seq: Generated<number> }
  leases: LeaseRow
  allowances: { project: string; session: string; granted_at: number }
  reviews: ReviewRow
  landings: LandingRow
  requeues: { project: string; run: string; phase: string; reason: string; requeued_at: number }
  breaker_events: { seq: Generated<number>; project: string; at: number; type: string; fingerprint: string | null; run: string | null; phase: string | null; json: string }
  breaker: { project: string; seq: number; json: string }
  buckets: { project: string; fingerprint: string; json: string }
  circuits: { project: string; builder: string; json: string }
  stop_requests: { key: string; project: string | null; json: string }
  baselines: { project: string; key: string; json: string; written_at: number }
  flakes: { project: string; check_name: string; test: string; seen: number; last_at: number }
  durations: { project: string; key: string; milliseconds: number; recorded_at: number }
  sessions: { project: string; id: string; json: string; written_at: number }
  worktrees: { project: string; path: string; run: string; attempt: string | null }
}
