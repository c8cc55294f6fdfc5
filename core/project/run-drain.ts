import { loadPlans, refuseUnknownFormats } from '../config/plans.ts'
import { sessionBusyError } from '../errors.ts'
import { buildReport, capsInForce, drain, explainNothing, readBacklog, recount, reportTelemetry, unmetNeeds, type Backlog, type BacklogRun, type SelectionRules } from '../drain/index.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { DrainRules, DrainRulesInput } from '../model/drain.ts'
import type { Emit } from '../model/events.ts'
import type { Plan } from '../model/plan.ts'
import type { Estimate } from '../model/telemetry.ts'
import { findBuilder } from '../pipeline/builder-of.ts'
import type { Engine } from '../pipeline/engine.ts'
import { executePhase } from '../pipeline/execute.ts'
import { reachOfPhase } from '../pipeline/reach.ts'
import { recover } from '../pipeline/recovery.ts'
import { branchOf } from '../pipeline/run-base.ts'
import { isAlive } from '../process/owner.ts'
import { killTree } from '../process/tree.ts'
import { createLocalQueue } from '../queue/index.ts'
import { createHistory } from '../telemetry/estimate.ts'
import { sumEstimates } from '../telemetry/expected.ts'
import { diffStat, holdsAll, resolveBase } from '../workspace/index.ts'
import { carryBuckets } from './carry-buckets.ts'
import { checkBranches } from './check-branches.ts'
import { createEngine } from './engine.ts'
import { createNotifier } from './notify.ts'
import type { ProjectParts } from './parts.ts'
import { checkDirty, checkPlans, chooseRuns, plannedRuns, type PlannedRun } from './prepare.ts'
import { preflight } from './preflight.ts'
import { findSession, openSession } from './session-files.ts'
import { createStopSignal } from './stop-file.ts'

export interface DrainOptions {
  project: ProjectParts
  /** Makes what is missing of the runs directory and the store, once everything was checked; the project with them. Default: they are there. */
  begin?: () => Promise<ProjectParts>
  command: 'run' | 'drain'
  /** Ids of runs; empty: every run. */
  runs: readonly string[]
  /** From flags: they win over the config. */
  rules: DrainRulesInput
  /** Tell what would run and write nothing: the project's store is then one in memory. */
  dryRun: boolean
  allowDirty: boolean
  rebase: boolean
  resume: string | true | undefined
  /** Of a drain: take a larger batch once go/no-go says go. */
  scale?: boolean
  /** The plan of `--goal`. */
  goalPlan: Plan | undefined
  emit: Emit
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal
  /** Aborted by the second one: whoever gave it ends the process, and its children with it. */
  secondSignal?: AbortSignal
}

/** How many of the latest attempts estimates are made of. */
const mostHistory = 1_000

/** `autopack run` and `autopack drain`: checks everything, imports the plans, recovers what a crash left, drains, reports. */
export async function runDrain(options: DrainOptions): Promise<DrainReport> {
  const { project, command, emit } = options
  const { config, layout, runtime } = project
  // A stop that is asked for from now on is meant for this drain too.
  const since = runtime.now()
  const rules = mergeRules(config.drain, options.rules)
  const looking = createEngine(project, emit)

  const names = { builders: [...project.provided.builders.keys()], formats: [...looking.provisions.checkFormats.keys()] }
  refuseUnknownFormats(config, names.formats)
  const planned = options.goalPlan ? [{ plan: options.goalPlan, source: '--goal' }] : plannedRuns((await loadPlans(config, names)).plans)
  const resumed = options.resume === undefined ? undefined : await findSession(project.store, options.resume)
  // Two processes would write over each other's counters and outcomes.
  const holder = resumed && resumed.endedAt === undefined ? resumed.holder : undefined
  if (holder && holder.host === runtime.host && holder.pid !== runtime.pid && isAlive(runtime, holder)) throw sessionBusyError(resumed!.id, holder.pid)
  // Who goes on with a session goes on with its runs, unless others are named.
  const named = options.runs.length > 0 ? options.runs : (resumed?.runs ?? [])
  const chosen = await chooseRuns(looking, planned, options.goalPlan ? [options.goalPlan.id] : named)
  const relevant = planned.filter((run) => chosen === undefined || chosen.includes(run.plan.id))
  await checkSelected(looking, relevant, options)
  await checkBranches(looking, relevant, chosen)
  // An explicit batch size holds for a run too; else a run takes all of the named runs.
  const batch = command === 'drain' || options.rules.batchSize !== undefined ? rules.batchSize : undefined

  // From here on something is written; a dry run has a store that is thrown away.
  // Once there is a session, its journal hears everything.
  let tell = emit
  const parts = options.dryRun || !options.begin ? project : await options.begin()
  const { store } = parts
  const engine = createEngine(parts, (event) => tell(event))
  for (const run of relevant) {
    const report = await store.importPlan(run.plan, run.source)
    if (report.type !== 'unchanged') emit({ type: 'run-imported', run: report.run, change: report.type, changes: report.changes })
  }
  if (options.dryRun) return await preview(engine, options, chosen, rules, batch)

  const session = await openSession({ store, layout, runtime, emit, owner: engine.owner, since, resumed })
  const { id } = session
  const notifier = createNotifier(engine, id)
  tell = (event) => {
    session.emit(event)
    notifier.event(event)
  }
  await recover(engine, {
    isAlive: (owner) => isAlive(runtime, owner),
    killSurvivors: (attempt) => endSurvivors(engine, attempt),
    // A new session gives a new allowance right below; only the cap is for good.
    attemptsLeft: (phase) => phase.chargedEver < rules.absoluteAttemptCap && (!resumed || phase.charged < rules.maxAttemptsPerPhase),
  }, engine.leaseSeconds)
  if (!resumed) await store.grantAllowance(id)
  for (const attempt of await store.telemetry({ limit: mostHistory })) engine.history.add(attempt)
  const stops = createStopSignal({ layout, store, session, since, emit: engine.emit, isAlive: (owner) => isAlive(runtime, owner) })
  const queue = createLocalQueue(rules.parallel, (request: Parameters<typeof executePhase>[1]) => executePhase(engine, request))
  const rebased = new Set(relevant.flatMap(({ plan }) => (plan.rebase ? [plan.id] : [])))
  if (!parts.buckets?.on) engine.emit({ type: 'notice', level: 'info', message: 'no buckets, breakers or probes in this drain: the plugin that switches them on, fingerprintBuckets, was removed' })
  else await carryBuckets(engine)
  const result = await drain(
    {
      store, runtime, emit: engine.emit, project: config.project,
      execute: (request) => queue.execute({ ...request, rebase: options.rebase || rebased.has(request.run) }),
      ...(parts.buckets?.on && { reach: ({ spec }) => reachOfPhase(engine, spec) }),
      preflight: (run, signal) => preflight(engine, run, signal),
      stopRequest: () => stops.read(),
      consumeStop: (stop) => stops.consume(stop),
      save: (record) => session.save(record),
    },
    { command, session: id, runs: chosen, rules, batch, ...(options.scale && { scale: true }), ...(resumed && { resumed: { ...resumed, counters: recount(resumed.counters, await store.telemetry({ session: id }), rules) } }), signal: options.signal },
  )
  // What was parked meanwhile is told in the summary of its run too, whether anything of that was executed or not.
  for (const run of result.backlog.runs) if (run.phases.some((phase) => result.breaker?.parked(run, phase))) await engine.summaries.phaseEnded(run.record)
  await engine.summaries.flush()
  // What a rebase or a changed base moved is not seen by looking at single phases.
  for (const run of new Set(result.session.outcomes.map((outcome) => outcome.run))) await result.backlog.refresh(run)
  if (result.executed === 0 && (result.stop.reason === 'drained' || result.stop.reason === 'fingerprint_repeat')) tellNothing(result.backlog.runs, { ...selectionRules(engine, command, rules), parked: (run, phase) => result.breaker?.parked(run, phase) }, engine.emit)
  const report = await buildReport({ result, attempts: await store.telemetry({ session: id }), now: runtime.now(), runsDir: config.runsDir, describe: (run) => describe(engine, run) })
  await callAfterDrain(engine, report)
  engine.emit({ type: 'drain-finished', report })
  await notifier.flush()
  await session.flush()
  return report
}

export function mergeRules(configured: DrainRules, flags: DrainRulesInput): DrainRules {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  return { ...configured, ...given, maxTokens: { ...configured.maxTokens, ...flags.maxTokens }, maxCost: { ...configured.maxCost, ...flags.maxCost } } as DrainRules
}

async function checkSelected(engine: Engine, relevant: readonly PlannedRun[], options: DrainOptions): Promise<void> {
  const finished = new Set((await engine.store.phases({ states: ['COMPLETE', 'SKIPPED'] })).map((phase) => JSON.stringify([phase.run, phase.id])))
  const done = (run: string, phase: string) => finished.has(JSON.stringify([run, phase]))
  await checkPlans(engine, relevant, done)
  const open = relevant.flatMap(({ plan }) => plan.phases.filter((phase) => !done(plan.id, phase.id)).map((spec) => ({ spec, base: plan.base })))
  await checkDirty(engine, open, options.allowDirty, options.emit)
}

async function endSurvivors(engine: Engine, attempt: { id: string; processes: readonly { pid: number; startTime: string }[] }): Promise<number> {
  let ended = 0
  for (const child of attempt.processes) ended += await killTree(engine.runtime, { ...child, graceMs: 0 })
  return ended + (await killTree(engine.runtime, { marker: attempt.id, graceMs: 0 }))
}

async function describe(engine: Engine, run: BacklogRun) {
  const { repository, layout } = engine
  const branch = branchOf(engine, run.record)
  const commits = run.phases.filter((phase) => phase.commit !== undefined && phase.state === 'COMPLETE').length
  const summary = layout.run(run.record).summary
  if (commits === 0) return { branch, commits, summary }
  const tip = await resolveBase(repository, `refs/heads/${branch}`).catch(() => undefined)
  const start = await resolveBase(repository, run.record.baseCommit ?? `refs/heads/${branch}~${commits}`).catch(() => undefined)
  const stat = tip && start ? await diffStat(repository, start.tree, tip.tree) : undefined
  const head = tip && (await resolveBase(repository, 'HEAD').catch(() => undefined))
  const merged = tip !== undefined && head !== undefined && (await holdsAll(repository, head.commit, [tip.commit]))
  return { branch, commits, summary, ...(stat && { diffStat: stat }), ...(merged && { merged }) }
}

async function callAfterDrain(engine: Engine, report: DrainReport): Promise<void> {
  const sections = report.sections
  let plugin = ''
  const outcome = await engine.hooks.call('afterDrain', { report, section: (section) => void sections.push({ plugin, ...section }) }, { onTap: (name) => { plugin = name } })
  for (const problem of outcome.recorded) engine.emit({ type: 'notice', level: 'warning', message: problem.message })
}

function selectionRules(engine: Engine, command: 'run' | 'drain', rules: DrainRules): SelectionRules {
  return {
    now: engine.runtime.now(), maxAttemptsPerPhase: rules.maxAttemptsPerPhase, absoluteAttemptCap: rules.absoluteAttemptCap, skipRunsWithQueued: rules.skipRunsWithQueued,
    busyRuns: new Set(), heldRuns: new Map(), excluded: new Map(), oldFailures: command === 'drain', failedHere: new Set(),
  }
}

function tellNothing(runs: readonly BacklogRun[], rules: SelectionRules, tell: Emit): void {
  for (const run of explainNothing(runs, rules)) {
    for (const { phase, state, reason } of run.reasons.slice(0, 10)) tell({ type: 'notice', level: 'warning', run: run.run, phase, message: `${phase} is ${state}: ${reason}` })
    tell({ type: 'notice', level: 'info', run: run.run, message: `next: ${run.next}` })
  }
}

/** What would run, in order, and under which rules. The store is one in memory. */
async function preview(engine: Engine, options: DrainOptions, chosen: readonly string[] | undefined, rules: DrainRules, batch: number | undefined): Promise<DrainReport> {
  const backlog: Backlog = await readBacklog(engine.store, chosen)
  const selection = selectionRules(engine, options.command, rules)
  const history = createHistory(await engine.store.telemetry({ limit: mostHistory }))
  const wanted: (Estimate | undefined)[] = []
  const runs = []
  for (const run of backlog.runs) {
    const base = await resolveBase(engine.repository, run.record.baseRef)
    runs.push({
      run: run.record.id, base: `${run.record.baseRef} (${base.commit.slice(0, 12)})`, branch: branchOf(engine, run.record), source: run.record.source,
      phases: run.phases.map((phase) => {
        const needs = unmetNeeds(run, phase).map((need) => need.id)
        const runnable = phase.state === 'QUEUED' && !phase.holdReason
        const isTried = runnable || (selection.oldFailures && phase.state === 'FAILED')
        const expected = isTried ? history.expect({ run: run.record.id, family: run.record.family, phase: phase.id }) : undefined
        if (isTried) wanted.push(expected)
        return {
          phase: phase.id, state: phase.state, builder: findBuilder(engine, phase.spec)?.name ?? '(none)', ...(expected && { expected }),
          action: !runnable ? (selection.oldFailures && phase.state === 'FAILED' ? 'would be tried again after the queued ones' : phase.holdReason ? `held: ${phase.holdReason}` : phase.state.toLowerCase()) : needs.length > 0 ? `would run after ${needs.join(', ')}` : 'would run',
        }
      }),
    })
  }
  const at = new Date(engine.runtime.now()).toISOString()
  engine.emit({ type: 'drain-previewed', caps: capsInForce(rules, batch), runs, checks: engine.config.checks.map((check) => check.name), runsDir: engine.config.runsDir, expected: sumEstimates(wanted.slice(0, batch)) })
  return {
    session: '(dry run)', project: engine.config.project, command: options.command, startedAt: at, endedAt: at, durationMs: 0, stop: { reason: 'drained', detail: 'dry run: nothing was written' }, exitCode: 0,
    counts: { complete: 0, failed: 0, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, parked: 0, queued: 0 }, phases: [], waiting: [], runs: [], usage: 'unknown', ...reportTelemetry([]), runsDir: engine.config.runsDir, buckets: [], sections: [], next: [],
  }
}
