import { phaseName } from '../model/bucket.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { BacklogPhase, BacklogRun } from './backlog.ts'
import type { DrainResult } from './contract.ts'
import { runsHeldByTimeouts } from './counters.ts'
import { whyNotChosen } from './filter.ts'
import { unmetNeeds } from './select.ts'

/** How many waiting phases a report names: enough to see why, few enough for a screen and a file. */
const mostWaiting = 100

/** What the drain did not execute and is not done, with the reason. */
export function waitingPhases({ session, backlog, breaker, circuits, skipped, filter }: DrainResult, now: number): DrainReport['waiting'] {
  const executed = new Set(session.outcomes.map((outcome) => phaseName(outcome.run, outcome.phase)))
  const waiting: DrainReport['waiting'] = []
  const heldRuns = runsHeldByTimeouts(session.counters, session.rules)
  const skippedFor = new Map(skipped?.flatMap(({ run, failed, reason }) => failed.map((phase) => [phaseName(run, phase), reason])))
  for (const run of backlog.runs)
    for (const phase of run.phases) {
      if (phase.state === 'COMPLETE' || phase.state === 'SKIPPED' || executed.has(phaseName(run.record.id, phase.id))) continue
      if (waiting.length === mostWaiting) return waiting
      const why = whyWaiting(run, phase, now, heldRuns.get(run.record.id), { breaker, circuits })
      // Why it was not executed says more than that it failed, or is queued.
      const instead = (filter && whyNotChosen(filter, phase)) ?? skippedFor.get(phaseName(run.record.id, phase.id))
      waiting.push({ run: run.record.id, phase: phase.id, state: phase.state, ...why, ...(instead !== undefined && (why.why === 'failed' || why.why === 'queued') && { reason: instead }) })
    }
  return waiting
}

type Why = Pick<DrainReport['waiting'][number], 'why' | 'reason'>

function whyWaiting(run: BacklogRun, phase: BacklogPhase, now: number, runHeld: string | undefined, { breaker, circuits }: Pick<DrainResult, 'breaker' | 'circuits'>): Why {
  // This drain has ended what it executed itself.
  if (phase.state === 'EXECUTING') return { why: 'executing', reason: 'another process is at work at it' }
  if (phase.state === 'REVIEW') return { why: 'review', reason: 'waits for a review' }
  if (phase.holdReason) return { why: 'held', reason: phase.holdReason }
  const unmet = unmetNeeds(run, phase)
  if (unmet.length > 0 && phase.state === 'QUEUED') return { why: 'blocked', reason: `needs ${unmet.map((need) => `${need.id} (${need.state.toLowerCase()})`).join(', ')}` }
  const parked = breaker?.parked(run, phase)
  if (parked) return { why: 'parked', reason: `${parked.title} (${parked.reason})` }
  if (phase.state === 'FAILED') return { why: 'failed', reason: phase.title ?? 'failed earlier' }
  if (phase.notBefore !== undefined && phase.notBefore > now) return { why: 'deferred', reason: `not before ${new Date(phase.notBefore).toISOString()}` }
  const paused = circuits?.reason(phase)
  if (paused !== undefined && runHeld === undefined) return { why: 'deferred', reason: paused }
  if (runHeld === undefined && run.phases.some((other) => other.state === 'EXECUTING')) return { why: 'queued', reason: 'another process is at work at its run' }
  return { why: 'queued', reason: runHeld === undefined ? 'was not reached' : `its run was left alone after ${runHeld}` }
}

/** Each phase under one heading; one that FAILED is `failed`, parked or not. One that is executed is so elsewhere: this drain has ended its own. */
export function countStates({ backlog, breaker, circuits }: Pick<DrainResult, 'backlog' | 'breaker' | 'circuits'>, now: number): DrainReport['counts'] {
  const counts = { complete: 0, failed: 0, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, parked: 0, executing: 0, queued: 0 }
  for (const run of backlog.runs)
    for (const phase of run.phases) {
      if (phase.state === 'COMPLETE') counts.complete++
      else if (phase.state === 'FAILED') counts.failed++
      else if (phase.state === 'SKIPPED') counts.skipped++
      else if (phase.state === 'REVIEW') counts.review++
      else if (phase.state === 'EXECUTING') counts.executing++
      else if (phase.holdReason) counts.held++
      else if (unmetNeeds(run, phase).length > 0) counts.blocked++
      else if (breaker?.parked(run, phase)) counts.parked++
      else if ((phase.notBefore !== undefined && phase.notBefore > now) || circuits?.reason(phase) !== undefined) counts.deferred++
      else counts.queued++
    }
  return counts
}

/** The buckets that park something, those that park most first. */
export function bucketsOf({ backlog, breaker }: DrainResult): DrainReport['buckets'] {
  const parked = new Map<string, { count: number; release: string }>()
  const live = breaker?.live() ?? []
  if (live.length === 0) return []
  for (const run of backlog.runs)
    for (const phase of run.phases) {
      if (phase.state !== 'QUEUED' && phase.state !== 'FAILED') continue
      const by = breaker?.parked(run, phase)
      if (by) parked.set(by.fingerprint, { count: (parked.get(by.fingerprint)?.count ?? 0) + 1, release: by.release })
    }
  return live
    .map(({ bucket: { fingerprint, class: failureClass, title, blame, members }, state, radius }) => ({
      fingerprint, class: failureClass, title, blame, state, radius, members: members.length, parked: parked.get(fingerprint)?.count ?? 0, release: parked.get(fingerprint)?.release ?? '',
    }))
    .toSorted((left, right) => right.parked - left.parked || right.members - left.members)
}
