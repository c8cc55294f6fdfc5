import { phaseName } from '../model/bucket.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { addUsage, type Usage } from '../model/usage.ts'
import type { Backlog, BacklogRun } from './backlog.ts'
import type { DrainResult } from './contract.ts'
import { reviewCommand, shellQuote } from '../model/command-text.ts'
import type { PhaseRecord } from '../store/store.ts'
import { runsHeldByTimeouts } from './counters.ts'
import { reportTelemetry } from './report-telemetry.ts'
import { unmetNeeds } from './select.ts'

/** What the repository and the layout say about a run. */
export interface RunDescription {
  branch: string
  commits: number
  diffStat?: { files: number; added: number; removed: number }
  summary: string
  /** Whether the branch that is checked out has all of it. */
  merged?: boolean
}

export interface ReportRequest {
  result: DrainResult
  /** Of the session, the earlier ones of a resumed one too. */
  attempts: readonly AttemptTelemetry[]
  now: number
  runsDir: string
  describe(run: BacklogRun): Promise<RunDescription>
}

/** What the drain brought, from its session and the backlog as it is now. Sections are added by plugins afterwards. */
export async function buildReport({ result, attempts, now, runsDir, describe }: ReportRequest): Promise<DrainReport> {
  const { session, backlog, stop } = result
  const outcomes = session.outcomes.map((outcome) => asItStands(outcome, backlog))
  const touched = new Set(outcomes.map((outcome) => outcome.run))
  const shown = backlog.runs.filter((run) => touched.has(run.record.id) || session.runs.includes(run.record.id) || backlog.runs.length <= 20)
  const runs: DrainReport['runs'] = []
  const toMerge: { id: string; branch: string }[] = []
  for (const run of shown) {
    const { merged, ...description } = await describe(run)
    if (!merged && description.commits > 0) toMerge.push({ id: run.record.id, branch: description.branch })
    runs.push({ id: run.record.id, state: run.record.state, ...(run.record.baseCommit !== undefined && { baseCommit: run.record.baseCommit }), ...description })
  }
  return {
    session: session.id, project: session.project, command: session.command, startedAt: session.startedAt, endedAt: session.endedAt ?? new Date(now).toISOString(),
    durationMs: now - Date.parse(session.startedAt), stop, exitCode: result.exitCode, counts: countStates(backlog, now), phases: outcomes, waiting: waitingPhases(result, now), runs,
    usage: outcomes.reduce<Usage>((sum, outcome) => addUsage(sum, outcome.usage), 'unknown'), ...reportTelemetry(attempts), runsDir, sections: [], next: nextCommands(result, outcomes, toMerge),
  }
}

/** What the session noted, unless something else has become of the phase since: a resumed session finds what recovery ended. */
function asItStands(outcome: DrainReport['phases'][number], backlog: Backlog): DrainReport['phases'][number] {
  const phase = backlog.runs.find((run) => run.record.id === outcome.run)?.phases.find((one) => one.id === outcome.phase)
  if (!phase || phase.state === outcome.state || phase.state !== 'FAILED') return outcome
  return {
    ...outcome, state: phase.state, outcome: 'failed', attempts: phase.attempts,
    ...(phase.class !== undefined && { class: phase.class }), ...(phase.fingerprint !== undefined && { fingerprint: phase.fingerprint }), ...(phase.title !== undefined && { title: phase.title }),
  }
}

/** How many waiting phases a report names: enough to see why, few enough for a screen and a file. */
const mostWaiting = 100

function waitingPhases({ session, backlog }: DrainResult, now: number): DrainReport['waiting'] {
  const executed = new Set(session.outcomes.map((outcome) => phaseName(outcome.run, outcome.phase)))
  const waiting: DrainReport['waiting'] = []
  const heldRuns = runsHeldByTimeouts(session.counters, session.rules)
  for (const run of backlog.runs)
    for (const phase of run.phases) {
      if (phase.state === 'COMPLETE' || phase.state === 'SKIPPED' || executed.has(phaseName(run.record.id, phase.id))) continue
      if (waiting.length === mostWaiting) return waiting
      waiting.push({ run: run.record.id, phase: phase.id, state: phase.state, ...whyWaiting(run, phase, now, heldRuns.get(run.record.id)) })
    }
  return waiting
}

function whyWaiting(run: BacklogRun, phase: PhaseRecord, now: number, runHeld: string | undefined): Pick<DrainReport['waiting'][number], 'why' | 'reason'> {
  if (phase.state === 'REVIEW') return { why: 'review', reason: 'waits for a review' }
  if (phase.state === 'FAILED') return { why: 'failed', reason: phase.title ?? 'failed earlier' }
  if (phase.holdReason) return { why: 'held', reason: phase.holdReason }
  const unmet = unmetNeeds(run, phase)
  if (unmet.length > 0) return { why: 'blocked', reason: `needs ${unmet.map((need) => `${need.id} (${need.state.toLowerCase()})`).join(', ')}` }
  if (phase.notBefore !== undefined && phase.notBefore > now) return { why: 'deferred', reason: `not before ${new Date(phase.notBefore).toISOString()}` }
  return { why: 'queued', reason: runHeld === undefined ? 'was not reached' : `its run was left alone after ${runHeld}` }
}

export function countStates(backlog: Backlog, now: number): DrainReport['counts'] {
  const counts = { complete: 0, failed: 0, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, queued: 0 }
  for (const run of backlog.runs)
    for (const phase of run.phases) {
      if (phase.state === 'COMPLETE') counts.complete++
      else if (phase.state === 'FAILED') counts.failed++
      else if (phase.state === 'SKIPPED') counts.skipped++
      else if (phase.state === 'REVIEW') counts.review++
      else if (phase.holdReason) counts.held++
      else if (phase.notBefore !== undefined && phase.notBefore > now) counts.deferred++
      else if (unmetNeeds(run, phase).length > 0) counts.blocked++
      else counts.queued++
    }
  return counts
}

/** How many runs are shown the way into the branch. */
const mostMerges = 5

/** A session that has used up what it may would stop again at once if it were resumed. */
const usedUp: ReadonlySet<string> = new Set(['budget_tokens', 'budget_cost', 'budget_time', 'no_yield'])

function goOn({ session, stop }: DrainResult): DrainReport['next'][number] {
  const isUsedUp = usedUp.has(stop.reason) || (stop.reason === 'batch_done' && session.command === 'drain')
  if (!isUsedUp) return { command: `autopack ${session.command} --resume ${session.id}`, why: 'go on where this stopped' }
  return { command: ['autopack', session.command, ...session.runs.map(shellQuote)].join(' '), why: 'go on in a new session, whose counters begin anew' }
}

/** The commands that a person would type next: look at a failure, take the work over, go on. */
function nextCommands(result: DrainResult, outcomes: DrainReport['phases'], done: readonly { id: string; branch: string }[]): DrainReport['next'] {
  const next: DrainReport['next'] = []
  const failed = outcomes.find((outcome) => outcome.state === 'FAILED')
  if (failed) {
    next.push({ command: `autopack show ${shellQuote(failed.run)} ${shellQuote(failed.phase)}`, why: 'why it failed, with the evidence' })
    next.push({ command: `autopack requeue ${shellQuote(failed.run)} ${shellQuote(failed.phase)} --reason '…'`, why: 'try it again after mending the cause' })
  }
  const [waiting, ...others] = result.backlog.runs.flatMap((run) => run.phases.filter((phase) => phase.state === 'REVIEW'))
  if (waiting) {
    next.push({
      command: others.length > 0 ? 'autopack review list' : reviewCommand(waiting.run, waiting.id),
      why: others.length > 0 ? `${others.length + 1} phases wait for a review` : 'it waits for a review: what it found out',
    })
  }
  if (done[0]) {
    next.push({ command: `autopack show ${shellQuote(done[0].id)} --diff`, why: 'the work of the run, as a diff' })
    next.push({ command: `git merge --no-edit ${shellQuote(done[0].branch)}`, why: 'take it over into the branch that you are on' })
  }
  // Once the first is merged, the branch has moved on from where the others started.
  for (const run of done.slice(1, mostMerges)) next.push({ command: `git merge --no-edit ${shellQuote(run.branch)}`, why: 'and then this one' })
  // A drain that ended by itself has nothing to go on with.
  if (result.stop.reason !== 'drained' && (result.exitCode === 3 || result.exitCode === 130)) next.push(goOn(result))
  return next
}
