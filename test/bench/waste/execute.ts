import { failureSchema, type Classification, type Failure, type FailureInput } from '../../../core/model/failure.ts'
import { parseDuration } from '../../../core/model/duration.ts'
import type { AttemptOutcomeName, PhaseResult, PhaseToExecute } from '../../../core/model/phase-result.ts'
import type { PhaseState, Stage } from '../../../core/model/phase.ts'
import type { UsageLimit } from '../../../core/model/circuit.ts'
import type { CheckResult } from '../../../core/model/check.ts'
import type { Usage } from '../../../core/model/usage.ts'
import type { FailureContext } from '../../../core/failure/index.ts'
import { askClassifiers, causesOfFailure } from '../../../core/pipeline/ask-classifiers.ts'
import type { OnBase } from '../../../core/pipeline/baseline.ts'
import { failureOfBase } from '../../../core/pipeline/check-failure.ts'
import { planChecks, type PlannedCheck } from '../../../core/pipeline/checks.ts'
import { brokeSince, isOfTheMachine, mayBeTheMachine, standsForMs } from '../../../core/pipeline/kept-result.ts'
import type { Hooks } from '../../../core/pipeline/facade.ts'
import { currentOwner } from '../../../core/process/owner.ts'
import type { Claim, Store } from '../../../core/store/store.ts'
import type { MovingClock } from '../../support/moving-clock.ts'
import { minute, type SimPhase } from './backlog.ts'
import { blockedBase, foundOnBase, hidesTests, judged, readResult } from './checks.ts'
import type { Fault } from './faults.ts'
import type { Ledger } from './ledger.ts'
import { revokedKey } from './texts.ts'
import { callBuilder, checkMinutes, deliverableProblems, runCheck, type CheckName, type Work, type World } from './world.ts'

export interface Simulation { world: World; ledger: Ledger; store: Store; clock: MovingClock; hooks: Hooks; worktreeOf(run: string): string; lastRuns: Map<string, number> }

/** An attempt under way, and what it met. */
interface Attempt { simulation: Simulation; request: PhaseToExecute; claim: Claim; phase: SimPhase; context: FailureContext; stage: Stage; called: boolean; usage: Usage; fault: Fault | undefined }

type Verdict = { outcome: AttemptOutcomeName; state: PhaseState; charged: boolean; reason?: string; classification?: Classification; failure?: Failure; holdReason?: string; notBefore?: number; limit?: UsageLimit; refused?: string }

/** The way of a phase, with commands that this world answers in the place of processes: their output goes through the real reports, verdicts and classifiers, and the end into the real store. */
export async function execute(simulation: Simulation, request: PhaseToExecute): Promise<PhaseResult> {
  const { world, ledger, store, clock } = simulation
  const { rules } = request
  const claimed = await store.claim({
    run: request.run, phase: request.phase, requeueFailed: request.requeueFailed, session: request.session, owner: currentOwner(clock), leaseSeconds: 86_400,
    maxAttempts: rules.maxAttemptsPerPhase, absoluteCap: rules.absoluteAttemptCap, circuit: ({ spec }) => spec.builder ?? '',
  })
  if (claimed.type === 'builder-paused') return { type: 'builder-paused', reason: claimed.reason }
  if (claimed.type !== 'claimed') return { type: 'not-claimed', reason: claimed.type === 'leased' || claimed.type === 'abandoned' ? 'another process has the run' : claimed.reason }
  const { claim } = claimed
  const phase = world.phases.find((one) => one.id === request.phase)!
  const worktree = simulation.worktreeOf(phase.run)
  const attempt: Attempt = { simulation, request, claim, phase, context: { workspace: worktree, projectRoot: worktree, run: phase.run, phase: phase.id, attempt: claim.number }, stage: 'claim', called: false, usage: 'unknown', fault: undefined }
  const verdict = await wayOf(attempt)
  const { stage, usage, called: builderReached } = attempt
  const { reason, refused, ...ending } = verdict
  await store.finish(claim, { ...ending, stage, usage, builderReached, builder: phase.builder, circuit: phase.builder, checks: claim.phase.spec.checks.map((check) => check.name) })
  ledger.note({ phase, called: builderReached, tokens: usage === 'unknown' ? 0 : usage.inputTokens, complete: verdict.outcome === 'complete', fault: attempt.fault })
  return {
    type: 'ended', outcome: verdict.outcome, state: verdict.state, charged: verdict.charged, attempt: claim.number, builderReached, usage, durationMs: clock.now() - claim.startedAt, warnings: [],
    yield: { testsFixed: 0, deliverables: verdict.outcome === 'complete' ? 1 : 0 },
    ...(reason !== undefined && { reason }), ...(verdict.classification && { classification: verdict.classification }), ...(verdict.notBefore !== undefined && { notBefore: verdict.notBefore }),
    ...(refused !== undefined && { refused }),
  }
}

async function wayOf(attempt: Attempt): Promise<Verdict> {
  const { phase, claim, simulation: { world, ledger, clock }, request: { rules } } = attempt
  const history = ledger.history(phase)
  if (history.held) return { outcome: 'held', state: 'QUEUED', charged: true, holdReason: 'it failed by itself in two nights; somebody looks at it' }
  attempt.stage = 'baseline'
  const bases: Base[] = []
  for (const check of planChecks({ checks: [] }, claim.phase.spec)) {
    const based = await baseline(attempt, check)
    if (based.type === 'blocked') return await failed(attempt, based.failure, false)
    bases.push(based.base)
  }
  attempt.stage = 'build'
  attempt.called = true
  const work = callBuilder(world, phase, clock.now(), { before: history.undisturbed, number: history.calls + 1, timeoutMinutes: rules.phaseTimeoutSeconds / 60 })
  clock.advance(work.minutes * minute)
  attempt.usage = { inputTokens: work.tokens, outputTokens: 0 }
  switch (work.type) {
    case 'refused': {
      attempt.fault = work.fault
      // An account whose limit is reached says when it is over; a key that was revoked says no more than that.
      if (work.fault.id === 'usage-limit') return { outcome: 'usage-limit', state: 'QUEUED', charged: false, reason: 'the usage limit is reached', limit: { reason: 'the usage limit is reached', until: work.fault.until } }
      return { ...(await failed(attempt, { stage: 'build', class: 'auth', message: `${phase.builder} exited with code 1`, exitCode: 1, output: revokedKey() }, true)), refused: 'the key was revoked' }
    }
    case 'timed-out': return await failed(attempt, { stage: 'build', class: 'timeout', message: `builder ${phase.builder} did not end within ${rules.phaseTimeoutSeconds}s` }, true)
    case 'done': break
  }
  attempt.stage = 'guard'
  if (!work.changed) return await failed(attempt, { stage: 'guard', class: 'builder_no_change', message: `builder ${phase.builder} ended without changing anything` }, true)
  attempt.stage = 'deliverables'
  const problems = deliverableProblems(phase, work)
  if (problems.length > 0) {
    attempt.fault = work.doubled
    return await failed(attempt, { stage: 'deliverables', class: 'deliverables_validation_failed', message: `${problems[0]!.message} (+3 existing files in workspace)`, problems }, true)
  }
  return await judge(attempt, work, bases)
}

const treeOf = ({ phase, simulation: { world, ledger } }: Attempt): string => {
  const commits = world.phases.filter((one) => one.run === phase.run && ledger.history(one).done).length
  return commits === 0 ? 'main' : `${phase.run}@${commits}`
}

function ran(attempt: Attempt, { spec, args }: PlannedCheck, work?: Work): { result: CheckResult; fault: Fault | undefined } {
  const { phase, context, simulation: { world, clock } } = attempt
  clock.advance(checkMinutes * minute)
  const output = runCheck(world, phase, spec.name as CheckName, clock.now(), { workspace: context.workspace!, args, ...(work && { work }) })
  attempt.simulation.lastRuns.set(commandKey({ spec, args }), clock.now())
  return { result: readResult(spec, output, { tree: work ? 'head' : treeOf(attempt), args, context }), fault: output.fault }
}

async function onBase(attempt: Attempt, check: PlannedCheck, anew = false): Promise<OnBase> {
  const { store, clock, lastRuns } = attempt.simulation
  const key = baselineKey(treeOf(attempt), check)
  const since = clock.now() - standsForMs
  const stored = anew ? undefined : await store.baseline(key)
  if (stored !== undefined) {
    const kept = JSON.parse(stored) as CheckResult
    if ((lastRuns.get(commandKey(check)) ?? 0) >= since || (await store.baseline(key, { since })) !== undefined) return { result: kept, cached: true }
    const { result } = ran(attempt, check)
    return brokeSince(check, kept, result, attempt.context) ? { result, cached: false, broken: true as const } : { result: kept, cached: true }
  }
  const { result } = ran(attempt, check)
  if (!mayBeTheMachine(result, attempt.context)) await store.putBaseline(key, JSON.stringify(result))
  return { result, cached: false }
}

/** The latest commit before the base on which the check is known to have passed. */
async function passedEarlier(attempt: Attempt, check: PlannedCheck): Promise<CheckResult | undefined> {
  const { phase, simulation: { store } } = attempt
  const commits = Number(/@(\d+)$/.exec(treeOf(attempt))?.[1] ?? 0)
  const trees = Array.from({ length: commits }, (_, index) => (index + 1 === commits ? 'main' : `${phase.run}@${commits - 1 - index}`))
  for (const tree of trees) {
    const stored = await store.baseline(baselineKey(tree, check))
    const kept = stored === undefined ? undefined : (JSON.parse(stored) as CheckResult)
    if (kept && !failureOfBase(check, kept)) return kept
  }
  return undefined
}

/** Whether a check that fails on a tree on which it never ran now fails in the same way on an earlier one, on which it passed. */
async function brokeWithoutChange(attempt: Attempt, check: PlannedCheck, result: CheckResult): Promise<boolean> {
  const { context } = attempt
  if (check.against === 'baseline' || !isOfTheMachine(result, context)) return false
  const earlier = await passedEarlier(attempt, check)
  if (!earlier) return false
  const { result: now } = ran(attempt, check)
  return brokeSince(check, earlier, now, context) && now.causes.some((cause) => result.causes.some((one) => one.fingerprint === cause.fingerprint))
}

const commandKey = ({ spec, args }: Pick<PlannedCheck, 'spec' | 'args'>): string => JSON.stringify([spec.run, args])
const baselineKey = (tree: string, { spec, args }: PlannedCheck): string => JSON.stringify([tree, spec.run, args])

interface Base extends OnBase { check: PlannedCheck }
type Based = { type: 'passed'; base: Base } | { type: 'blocked'; failure: FailureInput }

const loadClasses = new Set(['import_crash', 'syntax_error', 'collection_error', 'missing_dependency'])

async function baseline(attempt: Attempt, planned: PlannedCheck): Promise<Based> {
  const { phase, context } = attempt
  const asked = (attempt.request.probes ?? []).filter((probe) => probe.check === undefined || probe.check === planned.spec.name).map((probe) => probe.fingerprint)
  // Of a fault that may have come or gone since, only an execution of this hour tells.
  const anew = asked.length > 0
  let check = planned
  let found = await onBase(attempt, check, anew)
  const blocked = async () => {
    const blocks = blockedBase(phase, found.result, context)
    if (blocks || found.cached) return blocks
    return found.broken || (await brokeWithoutChange(attempt, check, found.result)) ? failureOfBase(check, found.result) : undefined
  }
  let failure = await blocked()
  if (failure) {
    const { action } = (await classify(attempt, failure)).classification
    if (action.type !== 'retry-checks' || action.check !== check.spec.name) return { type: 'blocked', failure }
    check = { ...check, args: action.args, retried: true }
    found = await onBase(attempt, check, anew)
    failure = await blocked()
    if (failure) return { type: 'blocked', failure }
  }
  const probed = anew ? failureOfBase(check, found.result) : undefined
  if (probed) {
    const { classification } = await classify(attempt, probed)
    if (!loadClasses.has(classification.class) && asked.includes(classification.fingerprint)) return { type: 'blocked', failure: probed }
  }
  return { type: 'passed', base: { check, ...found } }
}

async function judge(attempt: Attempt, work: Work, bases: readonly Base[]): Promise<Verdict> {
  const { phase, context, simulation: { store } } = attempt
  const carried: { check: PlannedCheck; result: CheckResult }[] = []
  let first: FailureInput | undefined
  attempt.stage = 'delta'
  for (const planned of bases) {
    let { check } = planned
    let base: OnBase = planned
    let head = ran(attempt, check, work)
    const { fault } = head
    let failure = await judged(phase, check, base.result, head.result, async () => ran(attempt, check, work).result)
    const found = failure && (await foundOnBase(phase, check, base, failure, { now: () => ran(attempt, check).result, passedEarlier: async () => (await passedEarlier(attempt, check)) !== undefined }, context))
    if (failure && found) {
      failure = { ...failure, onBase: true }
      base = { result: found, cached: false }
    }
    const { action } = failure && !check.retried ? (await classify(attempt, failure)).classification : { action: undefined }
    if (action?.type === 'retry-checks' && action.check === check.spec.name) {
      const without: PlannedCheck = { ...check, args: action.args, retried: true }
      const anew = await onBase(attempt, without)
      const again = ran(attempt, without, work)
      if (!hidesTests(phase, base.result, again.result)) {
        failure = await judged(phase, without, anew.result, again.result, async () => ran(attempt, without, work).result)
        if (failure && (await foundOnBase(phase, without, anew, failure, { now: () => ran(attempt, without).result, passedEarlier: async () => (await passedEarlier(attempt, without)) !== undefined }, context))) failure = { ...failure, onBase: true }
        check = without
        head = again
      }
    }
    if (failure) attempt.fault ??= head.fault ?? fault
    first ??= failure
    carried.push({ check, result: head.result })
  }
  if (first) return await failed(attempt, first, true)
  attempt.stage = 'commit'
  const tree = `${phase.run}@${Number(/@(\d+)$/.exec(treeOf(attempt))?.[1] ?? 0) + 1}`
  for (const { check, result } of carried) await store.putBaseline(baselineKey(tree, check), JSON.stringify({ ...result, tree }))
  return { outcome: 'complete', state: 'COMPLETE', charged: true }
}

async function classify(attempt: Attempt, input: FailureInput): Promise<{ failure: Failure; classification: Classification }> {
  const { claim, context, simulation: { hooks } } = attempt
  const failure = failureSchema.parse(input)
  if (failure.causes.length === 0 && failure.output !== '') failure.causes = causesOfFailure(failure, context)
  const roots = { projectRoot: context.projectRoot!, repositoryRoot: context.workspace! }
  const checks = claim.phase.spec.checks.map((check) => ({ name: check.name, argv: 'shell' in check.run ? [check.run.shell] : check.run }))
  const { classification } = await askClassifiers(hooks, { run: claim.run.id, phase: claim.phase.spec, attempt: claim.number, attemptId: claim.attemptId, failure, ...roots, checks }, context)
  return { failure, classification }
}

/** What the classification's action makes of a failure. */
async function failed(attempt: Attempt, input: FailureInput, charged: boolean): Promise<Verdict> {
  const { claim, simulation: { clock }, request: { rules } } = attempt
  const { failure, classification } = await classify(attempt, input)
  const verdict: Verdict = { outcome: 'failed', state: 'FAILED', charged, reason: classification.title, classification, failure }
  const { action } = classification
  if (action.type !== 'retry') return verdict
  const left = claim.phase.charged < rules.maxAttemptsPerPhase && claim.phase.chargedEver < rules.absoluteAttemptCap
  const after = action.after === undefined ? 0 : (parseDuration(action.after) ?? 0)
  return left ? { ...verdict, outcome: 'retry', state: 'QUEUED', charged: true, ...(after > 0 && { notBefore: clock.now() + after }) } : verdict
}
