import { buildReport, drain, recount, type Asked, type BacklogRun } from '../drain/index.ts'
import { gaveOut } from '../errors.ts'
import { hasReviewCommand } from '../model/command-text.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { DrainRulesInput } from '../model/drain.ts'
import type { Emit } from '../model/events.ts'
import type { Plan } from '../model/plan.ts'
import { circuitOfPhase } from '../pipeline/builder-of.ts'
import type { Engine } from '../pipeline/engine.ts'
import { executePhase } from '../pipeline/execute.ts'
import { mayGoBeside } from '../pipeline/overlap.ts'
import { reachOfPhase } from '../pipeline/reach.ts'
import { recover, type RecoveryTools } from '../pipeline/recovery.ts'
import { branchOf } from '../pipeline/run-base.ts'
import { isAlive } from '../process/owner.ts'
import { createLocalQueue } from '../queue/index.ts'
import { diffStat, holdsAll } from '../workspace/index.ts'
import { carryBuckets } from './carry-buckets.ts'
import { checkAll } from './check-all.ts'
import { createEngine } from './engine.ts'
import { endDrafts } from './draft/record.ts'
import { recoverLandings } from './land/move.ts'
import { watchMainCheckout } from './main-checkout.ts'
import { createNotifier } from './notify.ts'
import type { ProjectParts } from './parts.ts'
import { preflight } from './preflight.ts'
import { preview } from './preview.ts'
import type { StoreTrace } from './refuse-elsewhere.ts'
import { endScratchTrees } from './scratch-trees.ts'
import { selectionRules } from './selection-rules.ts'
import { openSession } from './session-files.ts'
import { createStopSignal } from './stop-signal.ts'
import { endSurvivors } from './survivors.ts'
import { tellNothing } from './tell-nothing.ts'
import { createWorkerLogs } from './worker-logs.ts'

export interface DrainOptions {
  project: ProjectParts
  /** Makes what is missing of the runs directory and the store, once everything was checked; the project with them. Default: they are there. */
  begin?: () => Promise<ProjectParts>
  command: 'run' | 'drain'
  /** Ids of runs; empty: every run. */
  runs: readonly string[]
  /** What of them is taken; left out: everything. */
  selection?: Omit<Asked, 'runs' | 'rules' | 'scale'>
  /** From flags: they win over the config. */
  rules: DrainRulesInput
  /** Tell what would run and write nothing: the project's store is then one in memory. */
  dryRun: boolean
  /** With a dry run: what another policy would have spent so far. */
  compare?: 'retry'
  allowDirty: boolean
  rebase: boolean
  resume: string | true | undefined
  /** Ask builders again whose usage limit is reached: somebody lifted it. */
  retryBuilders?: boolean
  /** Begin with an empty store although the project has had another. */
  newStore?: boolean
  /** What said, before the store was opened, that the project has had one. */
  trace?: StoreTrace
  /** Of a drain: take a larger batch once go/no-go says go. */
  scale?: boolean
  /** The plan of `--goal`. */
  goalPlan: Plan | undefined
  emit: Emit
  /** Called where much of what was needed so far is not needed any more: a time to collect garbage. */
  collect?: () => void
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal
  /** Aborted by the second one: whoever gave it ends the process, and its children with it. */
  secondSignal?: AbortSignal
}

const skipWarning = 'skipRunsWithQueued is off: failed phases are tried again although queued ones of their run, which have cost nothing yet, can be executed'

/** How many of the latest attempts estimates are made of. */
const mostHistory = 1_000

/** `autopack run` and `autopack drain`: checks everything, imports the plans, recovers what a crash left, drains, reports. */
export async function runDrain(options: DrainOptions): Promise<DrainReport> {
  let begun = false
  try {
    return await checkAndDrain(options, () => { begun = true })
  } catch (error) {
    // What gives out from here on, the store of a full disk above all, is no fault of what was typed.
    throw begun ? gaveOut(error) : error
  }
}

async function checkAndDrain(options: DrainOptions, onSession: () => void): Promise<DrainReport> {
  const { project, command, emit } = options
  const { config, layout, runtime } = project
  // A stop that is asked for from now on is meant for this drain too.
  const since = runtime.now()
  const { planned, resumed, asked, chosen, rules } = await checkAll(options)
  // An explicit batch size holds for a run too; else a run takes all of the named runs.
  const batch = command === 'drain' || asked.rules?.batchSize !== undefined ? rules.batchSize : undefined

  // From here on something is written; a dry run has a store that is thrown away.
  // Once there is a session, its journal hears everything.
  let tell = emit
  const parts = options.dryRun || !options.begin ? project : await options.begin()
  const { store } = parts
  const engine = createEngine(parts, (event) => tell(event))
  const rebased = new Set(planned.flatMap(({ plan }) => (plan.rebase ? [plan.id] : [])))
  // What is in the store is not held here as well, for hours.
  for (let run = planned.shift(); run; run = planned.shift()) {
    const report = await store.importPlan(run.plan, run.source)
    if (report.type !== 'unchanged') emit({ type: 'run-imported', run: report.run, change: report.type, changes: report.changes })
  }
  if (options.dryRun) return await preview(engine, { command, chosen, rules, batch, buckets: parts.buckets?.on === true, mostHistory, compare: options.compare === 'retry', retryBuilders: options.retryBuilders === true })

  options.collect?.()
  const session = await openSession({ store, layout, runtime, emit, owner: engine.owner, since, resumed })
  onSession()
  const { id } = session
  const notifier = createNotifier(engine, id)
  const known = new Map((await store.runs()).map((run) => [run.id, run]))
  const workers = createWorkerLogs({ layout, runtime, session: id, emit, runs: () => known.values() })
  tell = (event) => {
    session.emit(event)
    notifier.event(event)
    workers.event(event)
  }
  const recovery: RecoveryTools = {
    isAlive: (owner) => isAlive(runtime, owner),
    killSurvivors: (attempt) => endSurvivors(engine, attempt),
    // A new session gives a new allowance right below; only the cap is for good.
    attemptsLeft: (phase) => phase.chargedEver < rules.absoluteAttemptCap && (!resumed || phase.charged < rules.maxAttemptsPerPhase),
  }
  await recover(engine, recovery, engine.leaseSeconds)
  await recoverLandings(engine)
  await endDrafts(engine)
  await endScratchTrees(engine)
  if (!resumed) await store.grantAllowance(id)
  for (const attempt of await store.telemetry({ limit: mostHistory })) engine.history.add(attempt)
  if (options.retryBuilders) for (const { builder } of await store.circuits()) await store.retryBuilder(builder)
  const stops = createStopSignal({ layout, store, session, project: config.project, pid: runtime.pid, since, emit: engine.emit, isAlive: (owner) => isAlive(runtime, owner) })
  const queue = createLocalQueue(rules.parallel * rules.phaseParallelism, async (request: Parameters<typeof executePhase>[1]) => {
    let result = await executePhase(engine, request)
    // Another drain of the store died, or was stopped for longer than a lease lasts, since this one began. It may have left several of a run.
    for (let left = ''; result.type === 'not-claimed' && result.abandoned !== undefined && result.abandoned !== left;) {
      left = result.abandoned
      await recover(engine, { ...recovery, only: left }, engine.leaseSeconds)
      result = await executePhase(engine, request)
    }
    return result
  })
  if (!parts.buckets?.on) engine.emit({ type: 'notice', level: 'info', message: 'no buckets, breakers or probes in this drain: the plugin that switches them on, fingerprintBuckets, was removed' })
  else await carryBuckets(engine)
  if (command === 'drain' && !rules.skipRunsWithQueued) engine.emit({ type: 'notice', level: 'warning', message: skipWarning })
  const earlier = resumed ? await store.telemetry({ session: id }) : []
  const tellMainCheckout = await watchMainCheckout(engine)
  const result = await drain(
    {
      store, runtime, emit: engine.emit, project: config.project,
      execute: (request) => queue.execute({ ...request, rebase: options.rebase || rebased.has(request.run) }),
      ...(rules.phaseParallelism > 1 && { mayGoBeside: (one, other) => mayGoBeside(engine, one, other) }),
      ...(parts.buckets?.on && { reach: ({ spec }) => reachOfPhase(engine, spec) }),
      circuitOf: (phase) => (phase.commit === undefined ? circuitOfPhase(engine, phase.spec) : undefined),
      expectedMs: (run, phase) => engine.history.expect({ run: run.id, family: run.family, phase: phase.id })?.durationMs,
      preflight: (run, signal) => preflight(engine, run, signal),
      stopRequest: () => stops.read(),
      consumeStop: (stop) => stops.consume(stop),
      save: (record) => session.save(record),
    },
    {
      command, session: id, runs: chosen.runs, filter: chosen.filter, asked, rules, batch, ...(asked.scale && { scale: true }), signal: options.signal,
      ...(resumed && { touched: earlier, resumed: recount(resumed, earlier, rules) }),
    },
  )
  options.collect?.()
  await tellMainCheckout()
  // What was parked meanwhile is told in the summary of its run too, whether anything of that was executed or not.
  for (const run of result.backlog.runs) if (run.phases.some((phase) => result.breaker?.parked(run, phase))) await engine.summaries.phaseEnded(run.record)
  await engine.summaries.flush()
  // What a rebase or a changed base moved is not seen by looking at single phases.
  for (const run of new Set(result.session.outcomes.map((outcome) => outcome.run))) await result.backlog.refresh(run)
  if (result.executed === 0 && (result.stop.reason === 'drained' || result.stop.reason === 'fingerprint_repeat')) tellNothing(result.backlog.runs, { ...selectionRules(command, rules, chosen, runtime.now()), parked: (run, phase) => result.breaker?.parked(run, phase) }, hasReviewCommand(config), engine.emit)
  const report = await buildReport({ result, attempts: await store.telemetry({ session: id }), now: runtime.now(), runsDir: config.runsDir, hasReview: hasReviewCommand(config), describe: async (run) => {
    const log = workers.resultOf(run.record.id)
    return { ...(await describe(engine, run)), ...(log && { log }) }
  } })
  await callAfterDrain(engine, report)
  engine.emit({ type: 'drain-finished', report })
  await notifier.flush()
  await session.flush()
  workers.close()
  return report
}

async function describe(engine: Engine, run: BacklogRun) {
  const { repository, layout } = engine
  const branch = branchOf(engine, run.record)
  const commits = run.phases.filter((phase) => phase.commit !== undefined && phase.state === 'COMPLETE').length
  const summary = layout.run(run.record).summary
  if (commits === 0) return { branch, commits, summary }
  // A branch or a start that is gone by now is told of by nothing.
  const tip = `refs/heads/${branch}`
  const [stat, merged] = await Promise.all([
    diffStat(repository, run.record.baseCommit ?? `${tip}~${commits}`, tip).catch(() => undefined),
    holdsAll(repository, 'HEAD', [tip]).catch(() => false),
  ])
  return { branch, commits, summary, ...(stat && { diffStat: stat }), ...(merged && { merged }) }
}

async function callAfterDrain(engine: Engine, report: DrainReport): Promise<void> {
  const sections = report.sections
  let plugin = ''
  const outcome = await engine.hooks.call('afterDrain', { report, section: (section) => void sections.push({ plugin, ...section }) }, { onTap: (name) => { plugin = name } })
  for (const problem of outcome.recorded) engine.emit({ type: 'notice', level: 'warning', message: problem.message })
}
