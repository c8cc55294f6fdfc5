import { phaseName } from '../model/bucket.ts'
import { classGroup } from '../model/failure.ts'
import type { PhaseRecord } from '../store/store.ts'
import type { BacklogRun } from './backlog.ts'

/** Why a phase is not executed now. */
export type NotRunnable =
  | { type: 'state'; reason: string }
  | { type: 'held'; reason: string }
  | { type: 'deferred'; reason: string; until: number }
  | { type: 'blocked'; reason: string; by: string[] }
  | { type: 'out-of-attempts'; reason: string }
  | { type: 'excluded'; reason: string }

export interface SelectionRules {
  now: number
  maxAttemptsPerPhase: number
  absoluteAttemptCap: number
  /** Leave FAILED phases alone while their run has runnable queued ones. */
  skipRunsWithQueued: boolean
  /** Runs at work now, and runs that a rule holds for this drain. */
  busyRuns: ReadonlySet<string>
  heldRuns: ReadonlyMap<string, string>
  /** Phases that this drain does not touch again, by `phaseName`, with the reason. */
  excluded: ReadonlyMap<string, string>
  /** Whether a phase that FAILED before this drain began may be tried again (`drain`), or only one that failed within it (`run`). */
  oldFailures: boolean
  /** Phases that failed within this drain, by `phaseName`. */
  failedHere: ReadonlySet<string>
}

export interface Selection { run: BacklogRun; phase: PhaseRecord; kind: 'queued' | 'failed' }

const satisfied = new Set(['COMPLETE', 'SKIPPED'])

/** The phases that a phase waits for, in plan order. */
export function unmetNeeds(run: BacklogRun, phase: PhaseRecord): PhaseRecord[] {
  if (phase.spec.needs.length === 0) return []
  return run.phases.filter((other) => phase.spec.needs.includes(other.id) && !satisfied.has(other.state))
}

/** Undefined when the phase can be executed now. */
export function whyNotRunnable(run: BacklogRun, phase: PhaseRecord, rules: SelectionRules): NotRunnable | undefined {
  const excluded = rules.excluded.get(phaseName(run.record.id, phase.id))
  if (excluded) return { type: 'excluded', reason: excluded }
  if (phase.state === 'FAILED' && !rules.oldFailures && !rules.failedHere.has(phaseName(run.record.id, phase.id)))
    return { type: 'state', reason: 'failed earlier; run takes queued phases only' }
  if (phase.state !== 'QUEUED' && phase.state !== 'FAILED') return { type: 'state', reason: phase.state.toLowerCase() }
  if (phase.holdReason) return { type: 'held', reason: `held: ${phase.holdReason}` }
  const unmet = unmetNeeds(run, phase)
  if (unmet.length > 0) {
    const names = unmet.map((need) => `${need.id} (${need.state})`).join(', ')
    return { type: 'blocked', reason: `needs ${names}`, by: unmet.map((need) => need.id) }
  }
  if (phase.charged >= rules.maxAttemptsPerPhase) return { type: 'out-of-attempts', reason: `${phase.charged} of ${rules.maxAttemptsPerPhase} attempts used` }
  if (phase.chargedEver >= rules.absoluteAttemptCap)
    return { type: 'out-of-attempts', reason: `${phase.chargedEver} attempts in all reach the cap of ${rules.absoluteAttemptCap}; requeue lifts it` }
  if (phase.notBefore !== undefined && phase.notBefore > rules.now)
    return { type: 'deferred', reason: `not before ${new Date(phase.notBefore).toISOString()}`, until: phase.notBefore }
  return undefined
}

/** Order of failed phases: the likelier a cheap success, the earlier. */
function failureRank(phase: PhaseRecord): number {
  if (!phase.class) return 0
  if (phase.class === 'timeout') return 5
  if (phase.class === 'patch_failed' || phase.class === 'builder_no_change') return 3
  switch (classGroup(phase.class)) {
    case 'import-time': case 'collection': return 1
    case 'deliverables': return 2
    case 'phase-level': return 4
  }
}

/** The next phase to execute: queued first, in order of runs and phases; then failed ones of runs without runnable queued work. */
export function selectNext(runs: readonly BacklogRun[], rules: SelectionRules): Selection | undefined {
  const open = runs.filter((run) => !rules.busyRuns.has(run.record.id) && !rules.heldRuns.has(run.record.id))
  for (const run of open) {
    const phase = run.phases.find((candidate) => candidate.state === 'QUEUED' && !whyNotRunnable(run, candidate, rules))
    if (phase) return { run, phase, kind: 'queued' }
  }
  let best: { selection: Selection; key: [number, number, number] } | undefined
  for (const run of open) {
    // Here no open run has runnable queued work, so skipRunsWithQueued matters only for busy runs, which are not open.
    const failed = run.phases.filter((candidate) => candidate.state === 'FAILED')
    for (const phase of failed) {
      if (whyNotRunnable(run, phase, rules)) continue
      const key: [number, number, number] = [failureRank(phase), failed.length, phase.index]
      if (!best || before(key, best.key)) best = { selection: { run, phase, kind: 'failed' }, key }
    }
  }
  return best?.selection
}

function before(left: readonly number[], right: readonly number[]): boolean {
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return left[index]! < right[index]!
  return false
}

/** The earliest time at which a deferred phase becomes runnable, among runs that are not held. */
export function nextDeferral(runs: readonly BacklogRun[], rules: SelectionRules): number | undefined {
  let earliest: number | undefined
  for (const run of runs) {
    if (rules.heldRuns.has(run.record.id)) continue
    for (const phase of run.phases) {
      const why = whyNotRunnable(run, phase, rules)
      if (why?.type === 'deferred' && (earliest === undefined || why.until < earliest)) earliest = why.until
    }
  }
  return earliest
}
