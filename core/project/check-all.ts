import { loadPlans, refuseUnknownFormats } from '../config/plans.ts'
import type { Asked, Session } from '../drain/index.ts'
import { phaseParallelismUnsupportedError } from '../errors.ts'
import type { DrainRules } from '../model/drain.ts'
import type { Engine } from '../pipeline/engine.ts'
import { canMerge, refuseNested, resolveBase } from '../workspace/index.ts'
import { checkBranches } from './check-branches.ts'
import { choose, type Chosen } from './choose.ts'
import { removeOwnLocks } from './dead-locks.ts'
import { createEngine } from './engine.ts'
import { checkDirty, checkPlans, plannedRuns, type PlannedRun } from './prepare.ts'
import { refuseElsewhere, traceOf } from './refuse-elsewhere.ts'
import { findSession, mergeRules, refuseBusy, resumeWith } from './resume.ts'
import type { DrainOptions } from './run-drain.ts'

export interface Checked { planned: PlannedRun[]; resumed: Session | undefined; asked: Asked; chosen: Chosen; rules: DrainRules }

/** Everything that can be said against the drain before anything is written. `planned`: the plans of the chosen runs. */
export async function checkAll(options: DrainOptions): Promise<Checked> {
  const { project, command, emit } = options
  const { config, layout, runtime } = project
  await refuseElsewhere({ store: project.store, layout, trace: options.trace ?? (await traceOf(layout)), databaseUrl: config.databaseUrl, configDir: config.configDir, newStore: options.newStore === true, emit })
  const looking = createEngine(project, emit)
  const names = { builders: [...project.provided.builders.keys()], formats: [...looking.provisions.checkFormats.keys()] }
  refuseUnknownFormats(config, names.formats)
  const planned = options.goalPlan ? [{ plan: options.goalPlan, source: '--goal' }] : plannedRuns((await loadPlans(config, names)).plans)
  options.collect?.()
  const resumed = options.resume === undefined ? undefined : await findSession(project.store, options.resume, command)
  if (resumed) refuseBusy(resumed, runtime)
  const typed: Asked = { ...options.selection, ...(options.runs.length > 0 && { runs: options.runs }), rules: options.rules, ...(options.scale && { scale: true }) }
  const { asked, chosen } = resumed
    ? resumeWith(resumed, typed)
    : { asked: typed, chosen: await choose({ store: project.store, planned, plans: config.plans }, options.goalPlan ? { ...typed, runs: [options.goalPlan.id] } : typed) }
  const rules = mergeRules(config.drain, asked.rules ?? {})
  const relevant = planned.filter((run) => chosen.runs === undefined || chosen.runs.includes(run.plan.id))
  refuseNested(looking.repository, looking.worktrees.dir)
  await checkSelected(looking, relevant, options)
  if (!options.dryRun) removeOwnLocks(looking, command)
  await checkBranches(looking, relevant, chosen.runs)
  // Not when the first phase has been paid for that would have to be merged.
  if (rules.phaseParallelism > 1 && !(await canMerge(looking.repository, (await resolveBase(looking.repository, 'HEAD')).commit))) throw phaseParallelismUnsupportedError()
  return { planned: relevant, resumed, asked, chosen, rules }
}

async function checkSelected(engine: Engine, relevant: readonly PlannedRun[], options: DrainOptions): Promise<void> {
  const finished = new Map<string, Set<string>>()
  for (const { plan } of relevant) {
    const phases = new Set<string>()
    await engine.store.eachPhase(plan.id, ({ id, state }) => void ((state === 'COMPLETE' || state === 'SKIPPED') && phases.add(id)))
    finished.set(plan.id, phases)
  }
  const done = (run: string, phase: string) => finished.get(run)?.has(phase) === true
  await checkPlans(engine, relevant, done)
  const open = relevant.flatMap(({ plan }) => plan.phases.filter((phase) => !done(plan.id, phase.id)).map((spec) => ({ spec, base: plan.base })))
  await checkDirty(engine, open, options.allowDirty, options.emit)
}
