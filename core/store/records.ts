import type { BreakerEvent, BreakerFact, BreakerState, Bucket } from '../model/bucket.ts'
import type { PhaseState, Stage } from '../model/phase.ts'
import { runStateOf } from '../model/phase.ts'
import type { AttemptRow, PhaseRow, RunRow } from './schema.ts'
import type { AttemptOutcome, AttemptRecord, PhaseRecord, RunRecord } from './store.ts'

/** Leaves out what the database has as null. */
function present<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const kept: Record<string, unknown> = {}
  for (const key in fields) if (fields[key] !== null) kept[key] = fields[key]
  return kept as { [K in keyof T]?: NonNullable<T[K]> }
}

export function runRecord(row: RunRow, states: readonly PhaseState[]): RunRecord {
  return {
    id: row.id, key: row.key, project: row.project, family: row.family, baseRef: row.base_ref, ordered: row.ordered === 1,
    source: row.source, state: runStateOf(states), importedAt: row.imported_at,
    ...present({ goal: row.goal, baseCommit: row.base_commit }),
  }
}

export function phaseRecord(row: PhaseRow): PhaseRecord {
  return {
    run: row.run, id: row.id, key: row.key, index: row.number, spec: JSON.parse(row.spec) as PhaseRecord['spec'], state: row.state,
    charged: row.charged, chargedEver: row.charged_ever, attempts: row.attempts,
    ...present({
      stage: row.stage as Stage | null, holdReason: row.hold_reason, notBefore: row.not_before,
      class: row.class, fingerprint: row.fingerprint, title: row.title, commit: row.commit_id,
    }),
  }
}

export function attemptRecord(row: AttemptRow): AttemptRecord {
  return {
    id: row.id, run: row.run, phase: row.phase, number: row.number, charged: row.charged === 1, session: row.session,
    owner: { host: row.host, pid: row.pid, startTime: row.start_time }, fencingToken: row.fencing_token, stage: row.stage as Stage,
    startedAt: row.started_at, usage: JSON.parse(row.usage) as AttemptRecord['usage'], builderReached: row.builder_reached === 1,
    processes: JSON.parse(row.processes) as AttemptRecord['processes'],
    ...present({
      baseCommit: row.base_commit, outcome: row.outcome as AttemptOutcome | null, endedAt: row.ended_at, commit: row.commit_id,
      receiptHash: row.receipt_hash, worktree: row.worktree,
      classification: JSON.parse(row.classification ?? 'null') as AttemptRecord['classification'] | null,
      failure: JSON.parse(row.failure ?? 'null') as AttemptRecord['failure'] | null,
      estimate: JSON.parse(row.estimate ?? 'null') as AttemptRecord['estimate'] | null,
      yield: JSON.parse(row.yield ?? 'null') as AttemptRecord['yield'] | null,
    }),
  }
}

export function breakerEvent(row: { seq: number; at: number; json: string }): BreakerEvent {
  return { ...(JSON.parse(row.json) as BreakerFact), seq: row.seq, at: row.at }
}

export function breakerState(mark: { seq: number; json: string }, buckets: readonly { fingerprint: string; json: string }[]): BreakerState {
  const known = JSON.parse(mark.json) as Pick<BreakerState, 'on' | 'repeats'>
  return { ...known, seq: mark.seq, buckets: new Map(buckets.map((row) => [row.fingerprint, JSON.parse(row.json) as Bucket])) }
}
