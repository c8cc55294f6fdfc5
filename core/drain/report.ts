import type { DrainReport } from '../model/drain-report.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import { isAccepted } from '../model/phase.ts'
import { sumUsage } from '../model/usage.ts'
import { flagsOf, type Asked } from './asked.ts'
import { phaseOf, type BacklogRun } from './backlog.ts'
import type { DrainResult } from './contract.ts'
import { reviewCommand, shellQuote } from '../model/command-text.ts'
import { reportTelemetry } from './report-telemetry.ts'
import { scaledBatch } from './scale.ts'
import { bucketsOf, countStates, waitingPhases } from './waiting.ts'

/** What the repository and the layout say about a run. */
export interface RunDescription {
  branch: string
  commits: number
  diffStat?: { files: number; added: number; removed: number }
  summary: string
  /** What was told of the work at it in this drain: where all of it stands, and the end. */
  log?: { logPath: string; tail: string }
  /** Whether the branch that is checked out has all of it. */
  merged?: boolean
}

export interface ReportRequest {
  result: DrainResult
  /** Of the session, the earlier ones of a resumed one too. */
  attempts: readonly AttemptTelemetry[]
  now: number
  runsDir: string
  /** Whether there is `autopack review`. */
  hasReview: boolean
  describe(run: BacklogRun): Promise<RunDescription>
}

/** What the drain brought, from its session and the backlog as it is now. Sections are added by plugins afterwards. */
export async function buildReport({ result, attempts, now, runsDir, hasReview, describe }: ReportRequest): Promise<DrainReport> {
  const { session, backlog, stop } = result
  const telemetry = reportTelemetry(attempts, session.rules)
  const paused = result.circuits?.paused() ?? []
  const byId = new Map(backlog.runs.map((run) => [run.record.id, run]))
  const outcomes = session.outcomes.map((outcome) => asItStands(outcome, byId.get(outcome.run)))
  const touched = new Set(outcomes.map((outcome) => outcome.run))
  const shown = backlog.runs.filter((run) => touched.has(run.record.id) || session.runs.includes(run.record.id) || backlog.runs.length <= 20)
  const runs: DrainReport['runs'] = []
  const toMerge: ToMerge[] = []
  for (const run of shown) {
    const { merged, ...description } = await describe(run)
    if (!merged && description.commits > 0) toMerge.push({ id: run.record.id, branch: description.branch, complete: run.record.state === 'complete' })
    runs.push({ id: run.record.id, state: run.record.state, ...(run.record.baseCommit !== undefined && { baseCommit: run.record.baseCommit }), ...description })
  }
  return {
    session: session.id, project: session.project, command: session.command, startedAt: session.startedAt, endedAt: session.endedAt ?? new Date(now).toISOString(),
    durationMs: now - Date.parse(session.startedAt), stop, exitCode: result.exitCode, counts: countStates(result, now), phases: outcomes, waiting: waitingPhases(result, now), runs,
    usage: sumUsage(attempts), ...telemetry, buckets: bucketsOf(result), ...(paused.length > 0 && { pausedBuilders: paused }), runsDir, sections: [], next: nextCommands(result, outcomes, toMerge, telemetry.goNoGo.verdict, hasReview),
  }
}

/** What the session noted, unless something else has become of the phase since: a resumed session finds what recovery ended. */
function asItStands(outcome: DrainReport['phases'][number], run: BacklogRun | undefined): DrainReport['phases'][number] {
  const phase = run && phaseOf(run, outcome.phase)
  if (!phase || phase.state === outcome.state) return outcome
  if (isAccepted(phase)) return { ...outcome, state: phase.state, outcome: 'complete', attempts: phase.attempts, warnings: [...outcome.warnings, `accepted against the verdict, ${phase.class}: ${phase.title}`] }
  if (phase.state !== 'FAILED') return outcome
  return {
    ...outcome, state: phase.state, outcome: 'failed', attempts: phase.attempts,
    ...(phase.class !== undefined && { class: phase.class }), ...(phase.fingerprint !== undefined && { fingerprint: phase.fingerprint }), ...(phase.title !== undefined && { title: phase.title }),
  }
}

/** A run whose work is not in the branch that is checked out. */
interface ToMerge { id: string; branch: string; complete: boolean }

/** How many runs are shown the way into the branch. */
const mostMerges = 5

/** A session that has used up what it may would stop again at once if it were resumed. */
const usedUp: ReadonlySet<string> = new Set(['budget_tokens', 'budget_cost', 'budget_time', 'no_yield', 'fingerprint_repeat'])

function goOn({ session, stop }: DrainResult, verdict: DrainReport['goNoGo']['verdict']): DrainReport['next'][number] {
  const isUsedUp = usedUp.has(stop.reason) || (stop.reason === 'batch_done' && session.command === 'drain')
  if (!isUsedUp) return { command: `autopack ${session.command} --resume ${session.id}`, why: stop.reason === 'builder_paused' ? 'go on where this stopped, once the builder may be asked again' : 'go on where this stopped' }
  const asked = session.asked ?? { runs: session.runs }
  const again = (flags: Asked) => ['autopack', session.command, ...flagsOf(session.command, flags)].join(' ')
  if (stop.reason === 'batch_done' && verdict === 'go' && session.rules.batchSize < scaledBatch)
    return { command: again({ ...asked, scale: false, rules: { ...asked.rules, batchSize: scaledBatch } }), why: 'go on with a larger batch: go/no-go says go' }
  return { command: again(asked), why: stop.reason === 'fingerprint_repeat' ? 'once it is mended: a probe tells, and the others follow' : 'go on in a new session, whose counters begin anew' }
}

/** The commands that a person would type next: look at a failure, take the work over, go on. */
function nextCommands(result: DrainResult, outcomes: DrainReport['phases'], done: readonly ToMerge[], verdict: DrainReport['goNoGo']['verdict'], hasReview: boolean): DrainReport['next'] {
  const next: DrainReport['next'] = []
  const failed = outcomes.find((outcome) => outcome.state === 'FAILED')
  const [bucket] = result.breaker?.live().filter(({ state }) => state !== 'suspended') ?? []
  if (bucket) {
    next.push({ command: `autopack explain ${bucket.bucket.fingerprint}`, why: 'what parks the others: its cause and everything that failed with it' })
    next.push({ command: 'autopack buckets', why: 'what is parked, and what would release it' })
  }
  if (failed) {
    next.push({ command: `autopack show ${shellQuote(failed.run)} ${shellQuote(failed.phase)}`, why: 'why it failed, with the evidence' })
    next.push({ command: `autopack requeue ${shellQuote(failed.run)} ${shellQuote(failed.phase)} --reason '…'`, why: 'try it again after mending the cause' })
  }
  const [waiting, ...others] = result.backlog.runs.flatMap((run) => run.phases.filter((phase) => phase.state === 'REVIEW'))
  if (waiting) {
    next.push({
      command: others.length > 0 && hasReview ? 'autopack review list' : reviewCommand(waiting.run, waiting.id, hasReview),
      why: others.length > 0 ? `${others.length + 1} phases wait for a review` : 'it waits for a review: what it found out',
    })
  }
  if (done[0]) {
    next.push({ command: `autopack show ${shellQuote(done[0].id)} --diff`, why: 'the work of the run, as a diff' })
    next.push({ command: `git merge --no-edit ${shellQuote(done[0].branch)}`, why: 'take it over into the branch that you are on' })
    if (done[0].complete) next.push({ command: `autopack land ${shellQuote(done[0].id)} --update-checkout`, why: 'or so, rebased on that branch and checked again where it has moved' })
  }
  // Once the first is merged, the branch has moved on from where the others started.
  for (const run of done.slice(1, mostMerges)) next.push({ command: `git merge --no-edit ${shellQuote(run.branch)}`, why: 'and then this one' })
  // A drain that ended by itself has nothing to go on with.
  if (result.stop.reason === 'auth') next.push({ ...goOn(result, verdict), why: 'go on once the builder has access again' })
  else if (result.stop.reason !== 'drained' && (result.exitCode === 3 || result.exitCode === 130)) next.push(goOn(result, verdict))
  if (result.stop.reason === 'builder_paused' && (result.circuits?.paused().length ?? 0) > 0) next.push({ command: `${goOn(result, verdict).command} --retry-builders`, why: 'the same now, if the limit was lifted' })
  return next
}
