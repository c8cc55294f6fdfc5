import { existsSync, statSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { usageFile } from '../builders/usage-file.ts'
import { hasReviewCommand } from '../model/command-text.ts'
import type { Problem } from '../model/failure.ts'
import type { Receipt } from '../model/receipt.ts'
import type { Usage } from '../model/usage.ts'
import { FencedError, type AttemptRecord, type Claim, type Owner, type PhaseRecord, type RunRecord } from '../store/store.ts'
import { attemptsBetween, quarantine, raiseFence, resolveBase, restoreAfterCrash, salvagePatch } from '../workspace/index.ts'
import { acceptSession } from './accept-session.ts'
import type { Engine } from './engine.ts'
import { findMadeCommit, recordMadeCommit } from './made-commit.ts'
import { learnFrom } from './learn.ts'
import { writeReceipt } from './receipt.ts'
import { redactFiles } from './redact-files.ts'
import { branchOf } from './run-base.ts'
import { writeSummary } from './summary.ts'
import { setupOf } from './workspace-stage.ts'

export interface RecoveryTools {
  isAlive(owner: Owner): boolean
  /** Ends what is left of an attempt's processes and returns how many there were. */
  killSurvivors(attempt: Pick<AttemptRecord, 'id' | 'processes'>): Promise<number>
  /** Whether the phase of an attempt that was interrupted may be tried again. */
  attemptsLeft(phase: PhaseRecord): boolean
  /** Only this attempt. */
  only?: string
}

/** Ends every attempt that a crash left open: complete if its commit is there, interrupted (and charged) if not. Returns how many. */
export async function recover(engine: Engine, tools: RecoveryTools, leaseSeconds: number): Promise<number> {
  let recovered = 0
  for (const orphan of await engine.store.orphans(tools.isAlive)) {
    if (tools.only !== undefined && orphan.id !== tools.only) continue
    // Before the lease is taken and anything of it is touched: a builder that lives on may still be writing.
    if (orphan.owner.host === engine.owner.host) await tools.killSurvivors(orphan)
    const claim = await engine.store.takeOver(orphan.id, engine.owner, leaseSeconds)
    if (!claim) continue
    try {
      await endOrphan(engine, orphan, claim, {
        attemptsLeft: tools.attemptsLeft(claim.phase),
        // Of another host nobody here can tell; on this one, its lease ran out while it was stopped.
        mayLive: orphan.owner.host !== engine.owner.host || tools.isAlive(orphan.owner),
      })
    } catch (error) {
      // It took longer than the lease lasts, and somebody else ends it.
      if (error instanceof FencedError) continue
      // One attempt that cannot be ended must not stop the others; its lease keeps its run out of this drain, and the next one tries again.
      engine.emit({
        type: 'notice', level: 'warning', run: claim.run.id, phase: claim.phase.id,
        message: `attempt ${orphan.number} of ${claim.run.id} ${claim.phase.id} was left open by a crash and could not be ended: ${engine.redact(error instanceof Error ? error.message : String(error))}`,
      })
      continue
    }
    await writeSummary(engine.store, engine.layout, claim.run.id, branchOf(engine, claim.run), hasReviewCommand(engine.config))
    recovered++
  }
  return recovered
}

async function endOrphan(engine: Engine, open: AttemptRecord, claim: Claim, { attemptsLeft, mayLive }: { attemptsLeft: boolean; mayLive: boolean }): Promise<void> {
  const orphan = { ...open, usage: await usageOf(engine, open, claim) }
  const { repository, store } = engine
  const name = `${claim.run.id} ${claim.phase.id}, attempt ${orphan.number}`
  const tell = (level: 'info' | 'warning', message: string) => engine.emit({ type: 'notice', level, run: claim.run.id, phase: claim.phase.id, message })
  // Before anything is looked at: from here on its process, if there still is one, or a git that it had started, moves no ref.
  if (orphan.baseCommit !== undefined) await raiseFence(repository, orphan.id, orphan.baseCommit)
  const made = await findMadeCommit(engine, claim, orphan.baseCommit)
  if (made) {
    if (mayLive) await moveOn(engine, orphan, claim)
    await recordMadeCommit(engine, claim, made, orphan)
    if (orphan.number > 1) await learnFrom(engine, claim.run)
    return tell('info', `recovered ${name}: its commit ${made.commit.slice(0, 12)} was made before the crash`)
  }
  if (claim.session === acceptSession) {
    // Nothing was built: the phase is what it was before, and its patch where it was.
    await store.finish(claim, {
      outcome: 'interrupted', state: 'FAILED', charged: true, stage: orphan.stage, usage: orphan.usage, builderReached: false, keepsVerdict: true, receiptHash: await receiptOf(engine, orphan, claim, []),
      failure: { stage: orphan.stage, class: 'interrupted', message: 'the process that accepted it ended', output: '', problems: [], causes: [] },
    })
    return tell('warning', `recovered ${name}: it was to be accepted, which was interrupted; it is FAILED as before, accept it again`)
  }
  // First of all: a config that the builder left could name filters.
  const restored = await restoreShared(engine, orphan, claim)
  for (const { message } of restored) tell('warning', message)
  const saved = await saveWork(engine, orphan, claim)
  if (mayLive) await moveOn(engine, orphan, claim)
  const receiptHash = await receiptOf(engine, orphan, claim, restored)
  await store.finish(claim, {
    outcome: 'interrupted', state: attemptsLeft ? 'QUEUED' : 'FAILED', charged: true, stage: orphan.stage, usage: orphan.usage, builderReached: orphan.builderReached, receiptHash,
    failure: { stage: orphan.stage, class: 'interrupted', message: 'the process that executed it ended', output: '', problems: [], causes: [] },
  })
  const then = attemptsLeft ? 'is queued again' : 'has no attempts left'
  tell('warning', `recovered ${name}: it was interrupted at stage ${orphan.stage} and ${then}${saved ? `; what its builder had done is kept in ${saved}` : ''}`)
}

/** Its owner may be cut off or stopped only, and write again: what it has is put aside, and the run goes on in another place. */
async function moveOn({ repository, store, worktrees }: Engine, orphan: AttemptRecord, claim: Claim): Promise<void> {
  if (orphan.worktree === undefined) return
  const aside = worktrees.quarantine(`${claim.run.key}-${orphan.id}`)
  await quarantine(repository, orphan.worktree, aside, worktrees.indexOf(orphan.worktree), worktrees.indexOf(aside))
  await store.forgetWorktree(orphan.worktree)
  await store.registerWorktree({ path: worktrees.freshWorktree(`${claim.run.key}-${claim.fencingToken}`), run: claim.run.id })
}

/** What its builder wrote of its usage before the process died that would have put it on record: it was spent. */
async function usageOf(engine: Engine, orphan: AttemptRecord, claim: Claim): Promise<Usage> {
  if (orphan.usage !== 'unknown') return orphan.usage
  return (await usageFile(pathsOf(engine, claim.run, claim.phase, orphan.number).usage, engine.config.prices).read(true)).usage
}

/** Git's shared state as it was before the builder, where the process died before it could compare. Another host's builder may live on, and is left to that host. */
async function restoreShared(engine: Engine, orphan: AttemptRecord, claim: Claim): Promise<Problem[]> {
  const { sharedGit, replacedGitDir } = pathsOf(engine, claim.run, claim.phase, orphan.number)
  if (orphan.worktree === undefined || orphan.owner.host !== engine.owner.host) return []
  const problems = await restoreAfterCrash({
    repository: engine.repository, path: orphan.worktree, indexFile: engine.worktrees.indexOf(orphan.worktree), branch: branchOf(engine, claim.run), file: sharedGit, replacedDir: replacedGitDir,
    isOurs: async (from, to) => await isOurMove(engine, claim.run.id, from ?? orphan.baseCommit, to),
  })
  if (existsSync(replacedGitDir)) await redactFiles(engine, replacedGitDir, /./)
  return problems
}

/** Whether what a branch has gained are commits of attempts that the run has on record: of those that were at work beside this one. */
async function isOurMove({ repository, store }: Engine, run: string, from: string | undefined, to: string): Promise<boolean> {
  const made = from === undefined ? undefined : await attemptsBetween(repository, from, to)
  if (made === undefined) return false
  const known = new Set((await store.attempts({ run })).map((attempt) => attempt.id))
  return made.every((attempt) => known.has(attempt))
}

/**
 * What the builder had done, as far as the dead process had not saved it yet: the worktree is cleaned by the next attempt. Once the guard was through,
 * the patch is there; what lies in the worktree after that may be another tree. Returns the patch's path, if there is one.
 */
async function saveWork(engine: Engine, orphan: AttemptRecord, claim: Claim): Promise<string | undefined> {
  const { changesPatch, setupLog } = pathsOf(engine, claim.run, claim.phase, orphan.number)
  // A power cut may have left an empty one, which no attempt writes.
  if ((statSync(changesPatch, { throwIfNoEntry: false })?.size ?? 0) > 0) return changesPatch
  const { worktree, baseCommit, stage } = orphan
  if (!orphan.builderReached || (stage !== 'build' && stage !== 'guard') || worktree === undefined || baseCommit === undefined) return undefined
  try {
    const size = await salvagePatch({
      repository: engine.repository, path: worktree, indexFile: engine.worktrees.indexOf(worktree), base: baseCommit,
      setup: setupOf(engine, setupLog), env: engine.environment().env, file: changesPatch,
    })
    return size > 0 ? changesPatch : undefined
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    engine.emit({ type: 'notice', level: 'warning', run: claim.run.id, phase: claim.phase.id, message: `what the builder left in ${worktree} could not be saved: ${message}` })
    return undefined
  }
}

/** The receipt of an attempt that could not write its own: what the store knows of it. */
async function receiptOf(engine: Engine, orphan: AttemptRecord, claim: Claim, problems: Problem[]): Promise<string> {
  const paths = pathsOf(engine, claim.run, claim.phase, orphan.number)
  await mkdir(paths.dir, { recursive: true })
  await rm(paths.temporaryDir, { recursive: true, force: true })
  // Logs are redacted when their command ends; the process that would have done it is dead.
  await redactFiles(engine, paths.dir, /\.(?:log|jsonl|xml)$/)
  const base = orphan.baseCommit === undefined ? undefined : await resolveBase(engine.repository, orphan.baseCommit).catch(() => undefined)
  const content: Omit<Receipt, 'files'> = {
    version: 1, project: engine.config.project, run: claim.run.id, phase: claim.phase.id, attempt: orphan.number, attemptId: orphan.id, session: orphan.session,
    startedAt: new Date(orphan.startedAt).toISOString(), endedAt: new Date(engine.runtime.now()).toISOString(), outcome: 'interrupted', stage: orphan.stage, charged: true,
    ...(base && { base }), usage: orphan.usage, checks: [], problems, warnings: ['the process that executed this attempt ended before it could put it on record'], environmentWithheld: [],
  }
  return await writeReceipt(paths.dir, paths.receipt, content)
}

function pathsOf(engine: Engine, run: RunRecord, phase: PhaseRecord, number: number) {
  return engine.layout.run(run).phase(phase).attempt(number)
}
