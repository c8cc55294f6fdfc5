import { compareChecks } from '../../checks/index.ts'
import type { LandingPaths, RunPaths } from '../../layout/run-paths.ts'
import type { LandOutput } from '../../model/landing.ts'
import type { PhaseSpec } from '../../model/plan.ts'
import type { Attempt } from '../../pipeline/attempt.ts'
import { takeBaseline } from '../../pipeline/baseline.ts'
import { planChecks, type PlannedCheck } from '../../pipeline/checks.ts'
import { classify } from '../../pipeline/classify.ts'
import type { Ending, Step } from '../../pipeline/ending.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { attemptEnvironment } from '../../pipeline/environment.ts'
import { judge } from '../../pipeline/judge.ts'
import type { ResolvedPaths, Roots } from '../../pipeline/paths.ts'
import { execute } from '../../pipeline/run-check.ts'
import { endOfSetup, setupOf } from '../../pipeline/workspace-stage.ts'
import type { LandingRecord } from '../../store/landing-record.ts'
import type { PhaseRecord, RunRecord } from '../../store/store.ts'
import { acquireWorkspace, removeWorktree, type ChangedFile, type Workspace } from '../../workspace/index.ts'
import { landingKey } from './move.ts'

export interface LandingChecks {
  engine: Engine
  landing: LandingRecord
  run: RunRecord
  /** Those whose work lands. */
  phases: readonly PhaseRecord[]
  /** The target as it is, the run's branch before, and what the target is to be. */
  onto: { commit: string; tree: string }
  before: { tree: string }
  after: { tree: string }
  runPaths: RunPaths
  paths: LandingPaths
  signal: AbortSignal
  abort(reason: Error): void
}

export interface LandingVerdict {
  type: 'passed' | 'failed' | 'interrupted'
  checks: LandOutput['checks']
  failure: LandOutput['failure']
  warnings: string[]
}

/** What a landing changes is what it may change: a test that is gone elsewhere was lost. */
const pathsOf = (changed: readonly ChangedFile[]): ResolvedPaths => ({ scope: { write: changed.map((file) => file.path), readOnly: [] }, deliverables: [] })

/**
 * Runs the checks of the project, and the acceptance of the phases, on what the target is to be. Those of the project are judged against the target as it is now,
 * a phase's against the run's branch: what it failed there already is told and does not block.
 */
export async function checkLanding(request: LandingChecks): Promise<LandingVerdict> {
  const { engine, landing } = request
  const { worktrees, repository } = engine
  const key = landingKey(landing.id)
  const [place, indexFile] = [worktrees.worktree({ key }), worktrees.indexFile(key)]
  const roots = { projectRoot: place, repositoryRoot: place }
  const first = newAttempt(request, phaseOf(request.run))
  try {
    const setup = setupOf(engine, request.paths.setupLog)
    const workspace = await acquireWorkspace({
      repository, path: place, indexFile, branch: `autopack/${key.slice(1)}`, base: request.onto.commit, exec: engine.exec, signal: request.signal,
      env: attemptEnvironment(first, roots).env, ...(setup && { setup }),
    })
    return await judgeAll(request, first, workspace)
  } catch (error) {
    return await verdictOf(first, endOfSetup(first, error, { stage: 'checks', charged: false }), roots, [])
  } finally {
    // What cannot be removed now is for `gc`: it must not hide what came of the work.
    await removeWorktree(repository, place, indexFile).catch(() => undefined)
  }
}

async function judgeAll(request: LandingChecks, attempt: Attempt, workspace: Workspace): Promise<LandingVerdict> {
  const roots: Roots = { projectRoot: workspace.projectDir, repositoryRoot: workspace.path }
  const { after, phases, engine } = request
  attempt.workspace = workspace
  const changed = await workspace.diffTrees(request.onto.tree, after.tree)
  const planned = planChecks(engine.config, { checks: [] })
  const based = await takeBaseline(attempt, planned, pathsOf(changed), roots)
  const judged: Step<undefined> = based.type === 'end' ? based : await judge(attempt, based.value, { tree: after.tree, changed }, pathsOf(changed), roots)
  const verdict = await verdictOf(attempt, judged, roots, planned)
  for (const phase of phases) {
    if (verdict.type === 'interrupted') break
    await acceptance(request, phase, workspace, roots, verdict)
  }
  return verdict
}

/** The acceptance of a phase, on the run's branch only where it does not pass. */
async function acceptance(request: LandingChecks, phase: PhaseRecord, workspace: Workspace, roots: Roots, verdict: LandingVerdict): Promise<void> {
  const own = planChecks({ checks: [] }, phase.spec)
  if (own.length === 0) return
  const attempt = newAttempt(request, phase)
  // What a phase is accepted by was judged on the run's branch: that is its base here.
  attempt.workspace = Object.create(workspace, { baseTree: { value: request.before.tree } }) as Workspace
  const changed = await workspace.diffTrees(request.before.tree, request.after.tree)
  const { prefix } = request.engine.repository
  const files = changed.filter((file) => file.status !== 'deleted' && file.path.startsWith(prefix)).map((file) => file.path.slice(prefix.length))
  for (const check of own) {
    const head = await execute(attempt, check, roots, { tree: request.after.tree, files })
    const delta = compareChecks({ check: check.spec.name, against: 'none', head, inWriteScope: () => false, flakeHistory: await request.engine.store.flakes(check.spec.name) })
    if (head.ended === 'cancelled') return void (verdict.type = 'interrupted')
    if (delta.verdict.type === 'passed') {
      verdict.checks.push({ name: check.spec.name, phase: phase.id, verdict: 'passed', reason: '' })
      continue
    }
    const again: PlannedCheck[] = [{ ...check, against: 'baseline' }]
    const based = await takeBaseline(attempt, again, pathsOf(changed), roots)
    const judged: Step<undefined> = based.type === 'end' ? based : await judge(attempt, based.value, { tree: request.after.tree, changed }, pathsOf(changed), roots)
    const second = await verdictOf(attempt, judged, roots, again, phase.id)
    verdict.checks.push(...second.checks)
    verdict.warnings.push(...second.warnings)
    if (second.type === 'passed') verdict.warnings.push(`${phase.id}: ${check.spec.name} does not pass on the run's own branch either: ${delta.verdict.reason}`)
    else if (verdict.type === 'passed') Object.assign(verdict, { type: second.type, failure: second.failure })
  }
}

async function verdictOf(attempt: Attempt, step: Step<unknown>, roots: Roots, planned: readonly PlannedCheck[], phase: string | null = null): Promise<LandingVerdict> {
  const checks = attempt.checks.map(({ result, delta }) => {
    const verdict = delta?.verdict
    const judged = verdict?.type === 'passed' ? { verdict: 'passed' as const, reason: '' } : { verdict: 'blocked' as const, reason: verdict?.reason ?? '' }
    return { name: result.check, phase, ...judged }
  })
  const common = { checks, warnings: [...new Set(attempt.warnings)], failure: null }
  if (step.type === 'next') return { type: 'passed', ...common }
  if (step.ending.type !== 'failed') return { type: 'interrupted', ...common }
  return { ...common, type: 'failed', failure: await told(attempt, step.ending, roots, planned) }
}

async function told(attempt: Attempt, ending: Extract<Ending, { type: 'failed' }>, roots: Roots, planned: readonly PlannedCheck[]): Promise<NonNullable<LandOutput['failure']>> {
  const { classification, failure } = ending.classified ?? (await classify(attempt, ending.failure, roots, planned))
  const { class: failureClass, fingerprint, title, blame, evidence } = classification
  return { class: failureClass, fingerprint, title, blame, evidence, log: failure.logPath ?? null }
}

/** What stands for the landing as a whole where a phase is asked for: no plan has a phase of that name. */
function phaseOf(run: RunRecord): PhaseRecord {
  const spec: PhaseSpec = { id: '(landing)', goal: `Land ${run.id}`, scope: { paths: [], readOnly: [] }, deliverables: [], checks: [], needs: [], kind: 'build', repairs: [] }
  return { run: run.id, id: spec.id, key: 'landing', index: 0, spec, state: 'EXECUTING', charged: 0, chargedEver: 0, attempts: 0 }
}

/** Checks run as those of an attempt do; what they note goes to the landing. */
function newAttempt({ engine, landing, run, runPaths, paths, signal, abort }: LandingChecks, phase: PhaseRecord): Attempt {
  const unlimited = { tokens: Number.POSITIVE_INFINITY, cost: Number.POSITIVE_INFINITY }
  return {
    engine, signal, abort, paths, runPaths: { ...runPaths, baseline: paths.baseline, retry: paths.retry },
    request: { run: run.id, phase: phase.id, requeueFailed: false, session: 'land', rules: engine.config.drain, remaining: unlimited, signal },
    claim: { attemptId: landing.id, run, phase, number: landing.number, fencingToken: landing.token, session: 'land', startedAt: landing.startedAt },
    stage: 'checks', leaseSeenAt: landing.startedAt, workspace: undefined, usage: 'unknown', builderReached: false, warnings: [], problems: [], skipped: [], builder: undefined, candidate: undefined, checks: [], withheld: [],
    yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 }, durations: new Map(), saving: undefined, runBlocked: undefined, beside: undefined,
  }
}
