import { phaseName } from '../model/bucket.ts'
import { classGroup } from '../model/failure.ts'
import { phaseOf, type BacklogPhase, type BacklogRun } from './backlog.ts'
import { overridesSkip, whyNotChosen, type PhaseFilter } from './filter.ts'

/** Why a phase is not executed now. */
export type NotRunnable =
  | { type: 'state'; reason: string }
  | { type: 'held'; reason: string }
  | { type: 'deferred'; reason: string; until: number }
  | { type: 'blocked'; reason: string; by: string[] }
  | { type: 'out-of-attempts'; reason: string }
  | { type: 'parked'; reason: string; fingerprint: string; release: string }
  | { type: 'excluded'; reason: string }
  /** Not among those that were asked for. */
  | { type: 'not-chosen'; reason: string }

export interface SelectionRules {
  now: number
  maxAttemptsPerPhase: number
  absoluteAttemptCap: number
  /** Leave FAILED phases alone while their run has runnable queued ones. */
  skipRunsWithQueued: boolean
  /** Runs at work of which nothing more can be begun now, and runs that a rule holds for this drain. */
  busyRuns: ReadonlySet<string>
  /** Only of these anything can be begun now: as many runs as may be are at work. Left out: of all. */
  openRuns?: ReadonlySet<string> | undefined
  heldRuns: ReadonlyMap<string, string>
  /** Where several runs are executed at once: of how many phases of each run this drain has begun an attempt. The run with the fewest is next. */
  begun?: ReadonlyMap<string, number>
  /** Phases that this drain does not touch again, by `phaseName`, with the reason. */
  excluded: ReadonlyMap<string, string>
  /** Whether a phase that FAILED before this drain began may be tried again (`drain`), or only one that failed within it (`run`). */
  oldFailures: boolean
  /** Phases that failed within this drain, by `phaseName`. */
  failedHere: ReadonlySet<string>
  /** Only these phases; left out: all. */
  filter?: PhaseFilter | undefined
  /** Phases that this drain has executed already, by `phaseName`: they stay chosen, whatever has become of them. */
  touched?: ReadonlySet<string>
  /** Until when (epoch milliseconds) nothing is asked of the phase's builder, if its usage limit is reached. */
  pausedUntil?(phase: BacklogPhase): number | undefined
  /** Whether it has to wait for what is at work. */
  waits?(run: BacklogRun, phase: BacklogPhase): boolean
  /** The fingerprint with which a phase failed again and again, if it did: it has one attempt. */
  repeated?(run: BacklogRun, phase: BacklogPhase): { fingerprint: string; times: number } | undefined
  /** Why a bucket parks a phase, if one does. `mayProbe`: it may be executed as a probe. */
  parked?(run: BacklogRun, phase: BacklogPhase): { fingerprint: string; reason: string; release: string; mayProbe: boolean } | undefined
}

export interface Selection { run: BacklogRun; phase: BacklogPhase; kind: 'queued' | 'failed' }

const satisfied = new Set(['COMPLETE', 'SKIPPED'])

/** The phases that a phase waits for, in plan order. */
export function unmetNeeds(run: BacklogRun, phase: BacklogPhase): BacklogPhase[] {
  const unmet = phase.spec.needs.flatMap((id) => phaseOf(run, id) ?? []).filter(({ state }) => !satisfied.has(state))
  return unmet.length < 2 ? unmet : run.phases.filter((other) => unmet.includes(other))
}

/** Undefined when the phase can be executed now. */
export function whyNotRunnable(run: BacklogRun, phase: BacklogPhase, rules: SelectionRules): NotRunnable | undefined {
  const excluded = rules.excluded.get(phaseName(run.record.id, phase.id))
  if (excluded) return { type: 'excluded', reason: excluded }
  const notChosen = rules.filter && !rules.touched?.has(phaseName(run.record.id, phase.id)) ? whyNotChosen(rules.filter, phase) : undefined
  if (notChosen !== undefined) return { type: 'not-chosen', reason: notChosen }
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
  const repeated = phase.charged > 0 && phase.state === 'FAILED' ? rules.repeated?.(run, phase) : undefined
  if (repeated) return { type: 'out-of-attempts', reason: `failed ${repeated.times} times in a row with ${repeated.fingerprint}: one attempt in each drain` }
  if (phase.chargedEver >= rules.absoluteAttemptCap)
    return { type: 'out-of-attempts', reason: `${phase.chargedEver} attempts in all reach the cap of ${rules.absoluteAttemptCap}; requeue lifts it` }
  const parked = rules.parked?.(run, phase)
  const waits = parked && ({ type: 'parked', reason: parked.reason, fingerprint: parked.fingerprint, release: parked.release } as const)
  // Nobody waits for the time of a phase that could not be executed then.
  if (parked && !parked.mayProbe) return waits
  if (phase.notBefore !== undefined && phase.notBefore > rules.now)
    return { type: 'deferred', reason: `not before ${new Date(phase.notBefore).toISOString()}`, until: phase.notBefore }
  const paused = rules.pausedUntil?.(phase)
  if (paused !== undefined && paused > rules.now) return { type: 'deferred', reason: `the usage limit of its builder is reached until ${new Date(paused).toISOString()}`, until: paused }
  return waits
}

/** Order of failed phases: the likelier a cheap success, the earlier. */
function failureRank(phase: BacklogPhase): number {
  if (!phase.class) return 0
  if (phase.class === 'timeout') return 5
  if (phase.class === 'patch_failed' || phase.class === 'builder_no_change') return 3
  switch (classGroup(phase.class)) {
    case 'import-time': case 'collection': return 1
    case 'deliverables': return 2
    case 'phase-level': return 4
  }
}

/**
 * The queued phases of a run that can be executed, chosen or not: while there are any, `skipRunsWithQueued` leaves its failed ones alone, for a queued one
 * has cost nothing yet and may bring what they need. Empty where that rule is off, or where a bucket or phase was named.
 */
export function queuedFirst(run: BacklogRun, rules: SelectionRules): BacklogPhase[] {
  if (!rules.skipRunsWithQueued || overridesSkip(rules.filter)) return []
  const { filter: _filter, ...all } = rules
  return run.phases.filter((phase) => phase.state === 'QUEUED' && !whyNotRunnable(run, phase, all))
}

/** What can be executed, in the order in which it is: queued first, in order of runs and phases, with `begun` from the run that has had the least; then failed ones of runs without runnable queued work. */
export function* inOrder(runs: readonly BacklogRun[], rules: SelectionRules): Generator<Selection> {
  const open = runs.filter(({ record: { id } }) => !rules.busyRuns.has(id) && !rules.heldRuns.has(id) && (rules.openRuns?.has(id) ?? true))
  // With equals in order: nobody is begun twice while somebody else who could be waits.
  const { begun } = rules
  for (const run of begun ? open.toSorted((left, right) => (begun.get(left.record.id) ?? 0) - (begun.get(right.record.id) ?? 0)) : open)
    for (const phase of run.phases) if (phase.state === 'QUEUED' && !whyNotRunnable(run, phase, rules) && !rules.waits?.(run, phase)) yield { run, phase, kind: 'queued' }
  const failed: { selection: Selection; key: [number, number, number] }[] = []
  for (const run of open) {
    const phases = run.phases.filter((candidate) => candidate.state === 'FAILED')
    if (phases.length === 0 || queuedFirst(run, rules).length > 0) continue
    for (const phase of phases) if (!whyNotRunnable(run, phase, rules) && !rules.waits?.(run, phase)) failed.push({ selection: { run, phase, kind: 'failed' }, key: [failureRank(phase), phases.length, phase.index] })
  }
  for (const { selection } of failed.toSorted((left, right) => compare(left.key, right.key))) yield selection
}

/** The next phase to execute. */
export function selectNext(runs: readonly BacklogRun[], rules: SelectionRules): Selection | undefined {
  return inOrder(runs, rules).next().value ?? undefined
}

function compare(left: readonly number[], right: readonly number[]): number {
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return left[index]! - right[index]!
  return 0
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
