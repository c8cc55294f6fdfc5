import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { acceptConflictError, acceptNotCarriedOutError, acceptNoPatchError, acceptOutsideScopeError, acceptPatchUnusableError, UserError } from '../errors.ts'
import type { Problem } from '../model/failure.ts'
import { receiptSchema, type Receipt } from '../model/receipt.ts'
import { FencedError, type AttemptRecord, type Claim, type PhaseRecord, type RunRecord } from '../store/store.ts'
import { applyPatch, createPathResolver, diffHash, diffStat, fenceOf, filesOfCommit, moveBranch, notThere, pick, refuseCheckedOut, scopeProblem, writeCommit, type Repository } from '../workspace/index.ts'
import type { Engine } from './engine.ts'
import { hashFile } from './hash-file.ts'
import { findMadeCommit, recordMadeCommit } from './made-commit.ts'
import { createResolve, resolvePhasePaths } from './paths.ts'
import { receiptHash, writeReceipt } from './receipt.ts'
import { baseOf, branchOf, type RunBase } from './run-base.ts'

/** What is to be accepted: the patch that this attempt at a FAILED phase has left. */
export interface Acceptance {
  run: RunRecord
  phase: PhaseRecord
  overruled: AttemptRecord
  by: string
  reason: string
  /** Take what lies outside the write scope as well. */
  outsideScope: boolean
}

/** What accepting it would put on the run's branch. */
export interface Acceptable {
  tree: string
  /** Where the branch is now. */
  onto: RunBase
  /** The patch as it was kept. */
  patch: string
  /** The receipt of the attempt, and its hash; undefined where there is none. */
  judged: { receipt: Receipt; hash: string } | undefined
  /** What of it lies outside the write scope. */
  outside: Problem[]
  diffStat: { files: number; added: number; removed: number }
}

/**
 * Looks at what is to be accepted; writes objects into `repository` and nothing else. Throws UserError: no patch, one that is not what was judged any more,
 * one that conflicts with what is on the branch by now, one that leaves the scope without leave.
 */
export async function prepareAcceptance(engine: Engine, acceptance: Acceptance, repository: Repository = engine.repository): Promise<Acceptable> {
  const { run, phase, overruled } = acceptance
  const paths = engine.layout.run(run).phase(phase).attempt(overruled.number)
  const patch = paths.changesPatch
  if (!existsSync(patch)) throw acceptNoPatchError(run.id, phase.id, overruled.number, await withPatch(engine, run, phase))
  const judged = await readJudged(paths.receipt)
  const recorded = judged?.receipt.files.find((file) => file.path === path.basename(patch))
  if (recorded && (await hashFile(patch)).sha256 !== recorded.sha256) throw acceptPatchUnusableError(patch, 'it was changed since')
  const base = overruled.baseCommit
  const started = base === undefined ? undefined : await lookUpCommit(repository, base)
  if (base === undefined || !started) throw acceptPatchUnusableError(patch, `the commit ${base ?? '(unknown)'} that it starts from is not in this repository any more`)

  const folder = await mkdtemp(path.join(engine.runtime.temporaryDir, 'autopack-accept-'))
  try {
    const applied = await applyPatch(repository, { patch, base, indexFile: path.join(folder, 'index') })
    if (applied.type === 'refused') throw acceptPatchUnusableError(patch, `it does not apply to ${base.slice(0, 12)}, where it was made: ${applied.message}`)
    const candidate = judged?.receipt.candidate
    if (candidate && candidate.tree !== applied.tree) throw acceptPatchUnusableError(patch, `it makes the tree ${applied.tree}, judged was ${candidate.tree}`)
    const outside = await outsideOf(engine, repository, phase, base, await filesOfCommit(repository, applied.commit))
    if (outside.length > 0 && !acceptance.outsideScope) throw acceptOutsideScopeError(run.id, phase.id, outside)
    const onto = await baseOf(engine, run)
    const picked = onto.commit === base ? { type: 'picked' as const, tree: applied.tree } : await pick(repository, applied.commit, onto.commit)
    // Moving it would pull the ground from under whoever works there.
    await refuseCheckedOut(repository, branchOf(engine, run), '')
    if (picked.type === 'conflict') throw acceptConflictError(run.id, phase.id, branchOf(engine, run), picked.files, patch)
    return { tree: picked.tree, onto, patch, judged, outside, diffStat: await diffStat(repository, onto.tree, picked.tree) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function lookUpCommit(repository: Repository, commit: string): Promise<boolean> {
  const { exitCode } = await repository.git({ cwd: repository.root, args: ['cat-file', '-e', `${commit}^{commit}`], allow: [0, 1, 128], saying: notThere, reading: true })
  return exitCode === 0
}

async function withPatch({ store, layout }: Engine, run: RunRecord, phase: PhaseRecord): Promise<number[]> {
  const attempts = await store.attempts({ run: run.id, phase: phase.id })
  return attempts.map((attempt) => attempt.number).filter((number) => existsSync(layout.run(run).phase(phase).attempt(number).changesPatch)).sort((left, right) => left - right)
}

async function readJudged(file: string): Promise<Acceptable['judged']> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return { receipt: receiptSchema.parse(JSON.parse(text)), hash: receiptHash(text) }
  } catch {
    // Whoever changed it: the patch is judged by what git says then.
    return undefined
  }
}

/** What the plan does not allow: an attempt that was cut off was never asked. */
async function outsideOf(engine: Engine, repository: Repository, phase: PhaseRecord, base: string, files: readonly string[]): Promise<Problem[]> {
  const roots = { projectRoot: repository.projectRoot, repositoryRoot: repository.root }
  const resolve = createResolve(engine, createPathResolver({ repository, base }), roots, new AbortController().signal)
  const resolved = await resolvePhasePaths(phase.spec, resolve)
  if (resolved.type === 'end') {
    const { ending } = resolved
    return [{ code: 'scope-unknown', message: `what the plan allows cannot be told: ${ending.type === 'failed' ? ending.failure.message : ending.type}` }]
  }
  const problem = scopeProblem(repository.prefix, { ...resolved.value.scope, protect: engine.protect })
  return files.flatMap((file) => problem(file) ?? [])
}

/**
 * Takes the patch over as an attempt of its own, which the claim stands for: receipt, commit, record, in the order in which any phase is committed. What goes
 * wrong leaves the phase FAILED as it was. Throws UserError, or FencedError where the lease was taken over.
 */
export async function takePatchOver(engine: Engine, claim: Claim, acceptance: Acceptance): Promise<{ commit: string; receipt: string; outside: Problem[] }> {
  const paths = engine.layout.run(claim.run).phase(claim.phase).attempt(claim.number)
  try {
    await mkdir(paths.dir, { recursive: true })
    // Under the lease nobody of ours moves the branch.
    const acceptable = await prepareAcceptance(engine, acceptance)
    await copyFile(acceptable.patch, paths.changesPatch)
    const hash = await writeReceipt(paths.dir, paths.receipt, await receiptOf(engine, claim, acceptance, acceptable))
    const commit = await commitTree(engine, claim, acceptance, acceptable, hash)
    await recordMadeCommit(engine, claim, { commit, state: 'COMPLETE', receiptHash: hash }, nothingSpent)
    return { commit, receipt: paths.receipt, outside: acceptable.outside }
  } catch (error) {
    if (error instanceof FencedError) throw error
    const message = engine.redact(error instanceof Error ? error.message : String(error))
    const made = await findMadeCommit(engine, claim, undefined)
    if (made) {
      await recordMadeCommit(engine, claim, made, nothingSpent)
      return { commit: made.commit, receipt: paths.receipt, outside: [] }
    }
    // What stands there may say that it is complete.
    const hash = await writeReceipt(paths.dir, paths.receipt, failedReceipt(engine, claim, message)).catch(() => undefined)
    await engine.store.finish(claim, {
      ...(hash !== undefined && { receiptHash: hash }), outcome: 'failed', state: 'FAILED', charged: false, stage: 'commit', usage: nothingSpent.usage, builderReached: false, keepsVerdict: true,
      failure: { stage: 'commit', message: `it could not be accepted: ${message}`, output: '', problems: [], causes: [] },
    })
    throw error instanceof UserError ? error : acceptNotCarriedOutError(claim.run.id, claim.phase.id, message)
  }
}

/** No model is involved: that is known. */
const nothingSpent = { usage: { inputTokens: 0, outputTokens: 0 }, builderReached: false }

const headOf = (engine: Engine, claim: Claim) => ({
  version: 1 as const, project: engine.config.project, run: claim.run.id, phase: claim.phase.id, attempt: claim.number, attemptId: claim.attemptId, session: claim.session,
  startedAt: new Date(claim.startedAt).toISOString(), endedAt: new Date(engine.runtime.now()).toISOString(), stage: 'commit', charged: false, usage: nothingSpent.usage, environmentWithheld: [],
})

const failedReceipt = (engine: Engine, claim: Claim, message: string): Omit<Receipt, 'files'> => ({ ...headOf(engine, claim), outcome: 'failed', checks: [], problems: [], warnings: [`it could not be accepted: ${message}`] })

async function receiptOf(engine: Engine, claim: Claim, acceptance: Acceptance, { tree, onto, judged, outside }: Acceptable): Promise<Omit<Receipt, 'files'>> {
  const { by, reason, overruled } = acceptance
  const now = new Date(engine.runtime.now()).toISOString()
  const found = overruled.classification
  const asJudged = judged?.receipt.candidate?.tree === tree
  const diffSha256 = (await diffHash(engine.repository, onto.tree, tree))!
  const { files } = await diffStat(engine.repository, onto.tree, tree)
  return engine.redactAll<Omit<Receipt, 'files'>>({
    ...headOf(engine, claim), endedAt: now, outcome: 'complete', base: { commit: onto.commit, tree: onto.tree }, candidate: { tree, diffSha256, files },
    // What failed is not hidden: it failed, and a person took it all the same.
    checks: judged?.receipt.checks ?? [], problems: judged?.receipt.problems ?? [],
    warnings: asJudged ? [] : ['no check has seen this tree: the attempt was not judged to the end, or the branch has moved on since'],
    accepted: {
      by, reason, at: now, attempt: overruled.number, ...(judged && { receiptSha256: judged.hash }), class: found?.class ?? 'interrupted', ...(found && { fingerprint: found.fingerprint }),
      title: found?.title ?? overruled.failure?.message ?? 'it was interrupted', outsideScope: outside.flatMap((problem) => problem.path ?? []), asJudged,
    },
  })
}

async function commitTree(engine: Engine, claim: Claim, { by, overruled }: Acceptance, { tree, onto }: Acceptable, hash: string): Promise<string> {
  const { repository, store } = engine
  const { spec } = claim.phase
  const branch = branchOf(engine, claim.run)
  const commit = await writeCommit(repository, {
    tree, parent: onto.commit, message: `${spec.id}: ${spec.goal.trim().split('\n')[0]!}`,
    trailers: {
      'Autopack-Run': claim.run.id, 'Autopack-Phase': spec.id, 'Autopack-Attempt': claim.attemptId, 'Autopack-Receipt': hash,
      'Autopack-Accepted-By': engine.redact(by), 'Autopack-Overruled': engine.redact(overruled.classification?.class ?? 'interrupted'),
    },
  })
  if (onto.from === 'ref') await store.setRunBase(claim.run.id, onto.commit)
  await store.assertCurrent(claim)
  await moveBranch(repository, branch, commit, onto.tip ?? onto.commit, { reason: 'accept a phase', fence: fenceOf(claim.attemptId) })
  return commit
}
