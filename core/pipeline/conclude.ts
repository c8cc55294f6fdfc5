import { classifyBuiltIn } from '../failure/index.ts'
import { writeJson } from '../layout/atomic.ts'
import type { UsageLimit } from '../model/circuit.ts'
import { parseDuration } from '../model/duration.ts'
import type { Classification, Failure } from '../model/failure.ts'
import type { PhaseState } from '../model/phase.ts'
import type { AttemptOutcomeName, PhaseResult } from '../model/phase-result.ts'
import type { Receipt } from '../model/receipt.ts'
import { unreachable } from '../model/unreachable.ts'
import { childEnvironment } from '../process/environment.ts'
import { accountTrouble } from './account.ts'
import { tell, type Attempt } from './attempt.ts'
import { circuitOfPhase, findBuilder } from './builder-of.ts'
import { classify, failureContext } from './classify.ts'
import type { PlannedCheck } from './checks.ts'
import type { Ending } from './ending.ts'
import type { Roots } from './paths.ts'
import { reachOf } from './reach.ts'
import { writeReceipt } from './receipt.ts'

/** What goes on record for an ending. */
interface Verdict {
  outcome: AttemptOutcomeName
  state: PhaseState
  charged: boolean
  reason?: string
  classification?: Classification
  failure?: Failure
  commit?: string
  holdReason?: string
  notBefore?: number
  /** The builder's account is at its limit: its circuit opens. */
  limit?: UsageLimit
  /** The builder's account was refused: see `PhaseResult`. */
  refused?: string
}

/** The receipt's content as far as it is known now. `diffSha256` of the candidate is handed in: it is git's to compute. */
export function receiptContent(attempt: Attempt, verdict: { outcome: string; charged: boolean; classification?: Classification }, diffSha256: string | undefined): Omit<Receipt, 'files'> {
  const { claim, engine, workspace, candidate } = attempt
  const { classification } = verdict
  return engine.redactAll<Omit<Receipt, 'files'>>({
    version: 1, project: engine.config.project, run: claim.run.id, phase: claim.phase.id, attempt: claim.number, attemptId: claim.attemptId, session: claim.session,
    startedAt: new Date(claim.startedAt).toISOString(), endedAt: new Date(engine.runtime.now()).toISOString(),
    outcome: verdict.outcome, stage: attempt.stage, charged: verdict.charged,
    ...(workspace && { base: { commit: workspace.base, tree: workspace.baseTree } }),
    ...(attempt.alone && { alone: attempt.alone }),
    ...(candidate && diffSha256 !== undefined && { candidate: { tree: candidate.tree, diffSha256, files: candidate.files } }),
    ...(attempt.prompt && { prompt: attempt.prompt }),
    ...(attempt.builder && { builder: { ...attempt.builder, argv: [...attempt.builder.argv] } }),
    usage: attempt.usage,
    checks: attempt.checks.map(({ result, delta }) => ({ name: result.check, argv: result.argv, ...(result.args.length > 0 && { args: result.args }), exitCode: result.exitCode, ended: result.ended, ...(delta && { delta }) })),
    problems: attempt.problems,
    ...(classification && {
      classification: {
        class: classification.class, fingerprint: classification.fingerprint, confidence: classification.confidence, title: classification.title,
        blame: classification.blame, classifier: classification.classifier,
      },
    }),
    warnings: attempt.warnings,
    ...(attempt.skipped.length > 0 && { skipped: attempt.skipped }),
    environmentWithheld: [...attempt.withheld],
  })
}

/**
 * Puts an attempt on record: the patch is kept, the failure classified, the worktree rolled back, the receipt written, and one transaction ends it.
 * In this order, so that a crash in between leaves an attempt that recovery can end, and never a record of something that is not there.
 */
export async function conclude(attempt: Attempt, ending: Ending, roots: Roots, checks: readonly PlannedCheck[]): Promise<PhaseResult> {
  const { engine, claim, workspace } = attempt
  await engine.store.assertCurrent(claim)
  if (workspace && attempt.builderReached && ending.type !== 'worktree-gone') await workspace.savePatch(attempt.paths.changesPatch)
  const verdict = toldTogether(attempt, await verdictOf(attempt, ending, roots, checks))
  if (verdict.failure && verdict.classification) {
    attempt.problems.unshift(...verdict.failure.problems)
    await writeJson(attempt.runPaths.failure, engine.redactAll({
      run: claim.run.id, phase: claim.phase.id, attempt: claim.number, attemptDir: attempt.paths.dir, classification: verdict.classification, failure: verdict.failure,
    }))
  }
  const diff = workspace && attempt.candidate ? await workspace.diffHash(workspace.baseTree, attempt.candidate.tree) : undefined
  if (workspace) await workspace.rollback()
  const receiptHash = await writeReceipt(attempt.paths.dir, attempt.paths.receipt, receiptContent(attempt, verdict, diff))
  return await record(attempt, verdict, receiptHash)
}

/** The transaction that ends the attempt, and the event. */
export async function record(attempt: Attempt, unredacted: Verdict, receiptHash: string, diffStat?: { files: number; added: number; removed: number }): Promise<PhaseResult> {
  const { engine, claim } = attempt
  const verdict = engine.redactAll(unredacted)
  const warnings = engine.redactAll(attempt.warnings)
  const { classification, reason, commit, limit, refused } = verdict
  const circuit = circuitOfPhase(engine, claim.phase.spec)
  // Before the lease goes: the next owner of the run works in the same worktree.
  // What the checks of a COMPLETE phase left is removed when it is taken again; after anything else it was rolled back.
  await attempt.workspace?.release({ clean: verdict.state !== 'COMPLETE' })
  const { charged } = await engine.store.finish(claim, {
    outcome: verdict.outcome, state: verdict.state, charged: verdict.charged, stage: attempt.stage, usage: attempt.usage, builderReached: attempt.builderReached, receiptHash, durations: attempt.durations, yield: attempt.yield,
    ...reachOf(attempt), ...(circuit !== undefined && { circuit }), ...(limit && { limit }),
    ...(classification && { classification }), ...(verdict.failure && { failure: verdict.failure }),
    ...(commit !== undefined && { commit }), ...(verdict.holdReason !== undefined && { holdReason: verdict.holdReason }), ...(verdict.notBefore !== undefined && { notBefore: verdict.notBefore }),
  })
  const endedAt = engine.runtime.now()
  const durationMs = endedAt - claim.startedAt
  engine.history.add({
    run: claim.run.id, family: claim.run.family, phase: claim.phase.id, outcome: verdict.outcome, charged, builderReached: attempt.builderReached, usage: attempt.usage,
    startedAt: claim.startedAt, endedAt,
  })
  tell(attempt, {
    type: 'phase-finished', outcome: verdict.outcome, usage: attempt.usage, durationMs, warnings, attemptDir: attempt.paths.dir,
    ...(reason !== undefined && { reason }), ...(classification && { classification }), ...(commit !== undefined && { commit }), ...(diffStat && { diffStat }),
  })
  return {
    type: 'ended', outcome: verdict.outcome, state: verdict.state, attempt: claim.number, charged, builderReached: attempt.builderReached, usage: attempt.usage,
    durationMs, warnings, yield: attempt.yield, ...(attempt.runBlocked !== undefined && { runBlocked: attempt.runBlocked }), ...(refused !== undefined && { refused }),
    ...(classification && { classification }), ...(reason !== undefined && { reason }), ...(commit !== undefined && { commit }), ...(verdict.notBefore !== undefined && { notBefore: verdict.notBefore }),
  }
}

async function verdictOf(attempt: Attempt, ending: Ending, roots: Roots, checks: readonly PlannedCheck[]): Promise<Verdict> {
  const { runtime } = attempt.engine
  switch (ending.type) {
    case 'failed': {
      const classified = ending.classified ?? (await classify(attempt, ending.failure, roots, checks))
      const { failure, classification } = classified
      const trouble = attempt.builderReached ? accountTrouble(classified, { now: runtime.now(), withheld: attempt.withheld, passes: (name) => passesTo(attempt, name) }) : undefined
      if (trouble?.type === 'limit') return atLimit(trouble.limit)
      if (!trouble) return failedVerdict(attempt, ending.charged, failure, classification)
      // That the builder failed says less than what it was refused for.
      const refusal = classification.classifier === 'built-in' ? classifyBuiltIn({ ...failure, class: 'auth' }, failureContext(attempt, roots)) : classification
      return { ...failedVerdict(attempt, ending.charged, failure, refusal), refused: trouble.detail }
    }
    case 'skipped': return { outcome: 'skipped', state: 'SKIPPED', charged: true, reason: ending.reason }
    case 'held': return { outcome: 'held', state: 'QUEUED', charged: true, reason: ending.reason, holdReason: ending.reason }
    case 'interrupted': return { outcome: 'interrupted', state: 'QUEUED', charged: true, reason: ending.reason }
    case 'worktree-gone': return { outcome: 'deferred', state: 'QUEUED', charged: false, reason: ending.reason, failure: { stage: attempt.stage, message: ending.reason, output: '', problems: [], causes: [] } }
    case 'usage-limit': return atLimit({ reason: ending.reason, ...(ending.until !== undefined && { until: ending.until }) })
    default: return unreachable(ending)
  }
}

/** A candidate that was good by itself is not as wrong as its check says: whoever reads of it, and the next attempt, is told what it was merged with. */
function toldTogether({ together, alone }: Attempt, verdict: Verdict): Verdict {
  const { classification } = verdict
  if (!together || !alone || !classification) return verdict
  const others = together.join(', ')
  return {
    ...verdict,
    classification: {
      ...classification, title: `${classification.title} (passed alone, fails together with ${others})`,
      evidence: [`the change passed its checks on ${alone.base.commit.slice(0, 12)}, where it was made, and fails merged with what ${others} committed meanwhile`, ...classification.evidence],
    },
  }
}

/** Whether the builder of the phase gets a variable of this name where it is set. */
function passesTo({ engine, claim }: Attempt, name: string): boolean {
  const { config } = engine
  const builderPass = findBuilder(engine, claim.phase.spec)?.passEnvironment ?? []
  return Object.hasOwn(childEnvironment({ env: { [name]: '' }, pass: config.env.pass, set: config.env.set, builderPass }).env, name)
}

/** A pause and no failure. The phase itself waits for nothing: another builder may have it meanwhile. */
const atLimit = (limit: UsageLimit): Verdict => ({
  outcome: 'usage-limit', state: 'QUEUED', charged: false, reason: limit.reason, limit, failure: { stage: 'build', message: limit.reason, output: '', problems: [], causes: [] },
})

/** What the classification's action makes of a failure. */
function failedVerdict(attempt: Attempt, charged: boolean, failure: Failure, classification: Classification): Verdict {
  const { runtime } = attempt.engine
  // Nothing was asked of the builder, so the reason is not in its work.
  const reason = charged || attempt.builderReached ? classification.title : `before the builder: ${failure.message}`
  const failed: Verdict = { outcome: 'failed', state: 'FAILED', charged, reason, classification, failure }
  const { action } = classification
  switch (action.type) {
    // A check is retried while the checks run; who asks for it anywhere else, or a second time, gets the failure.
    case 'fail': case 'retry-checks': return failed
    case 'retry': {
      const { rules } = attempt.request
      const left = attempt.claim.phase.charged < rules.maxAttemptsPerPhase && attempt.claim.phase.chargedEver < rules.absoluteAttemptCap
      const after = action.after === undefined ? 0 : (parseDuration(action.after) ?? 0)
      // Charged even where the builder was not reached: or a cause that stays would be tried again twenty times.
      return left ? { ...failed, outcome: 'retry', state: 'QUEUED', charged: true, ...(after > 0 && { notBefore: runtime.now() + after }) } : failed
    }
    case 'defer': {
      const until = typeof action.until === 'number' ? action.until : Date.parse(action.until)
      return { ...failed, outcome: 'deferred', state: 'QUEUED', charged: false, notBefore: Number.isFinite(until) ? until : runtime.now() }
    }
    case 'hold': return { ...failed, outcome: 'held', state: 'QUEUED', holdReason: action.reason, reason: `held: ${action.reason}` }
    default: return unreachable(action)
  }
}
