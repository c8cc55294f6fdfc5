import { mkdirSync } from 'node:fs'
import { belowFloor } from '../layout/disk.ts'
import { iso } from '../model/iso.ts'
import type { PhaseResult } from '../model/phase-result.ts'
import { UserError } from '../errors.ts'
import { FencedError, type Claim } from '../store/store.ts'
import type { Attempt } from './attempt.ts'
import { tell } from './attempt.ts'
import { circuitOfPhase, findBuilder } from './builder-of.ts'
import type { Engine, PhaseRequest } from './engine.ts'
import { writeHistoryPack } from './history-pack.ts'
import { keepLease } from './keep-lease.ts'
import { learnFrom } from './learn.ts'
import { runPhase } from './phase.ts'
import { historyFor } from './prompt.ts'
import { openWorkspace } from './workspace-stage.ts'
import { conclude, receiptContent } from './conclude.ts'
import { findMadeCommit, recordMadeCommit } from './made-commit.ts'
import { writeReceipt } from './receipt.ts'

/**
 * Claims exactly this phase, takes it all the way and puts the result on record. Never throws for what a phase, a builder, a check or a plugin does.
 * What the machine does (git, the store, the disk) is `infrastructure`; the attempt is then ended as interrupted and not charged, or left to recovery.
 */
export async function executePhase(engine: Engine, request: PhaseRequest): Promise<PhaseResult> {
  const { store, owner, leaseSeconds } = engine
  const { rules } = request
  const full = tooFull(engine)
  if (full) return { type: 'infrastructure', ...full }
  const take = async (beside?: readonly string[]) => await store.claim({
    ...(beside && { beside }), run: request.run, phase: request.phase, requeueFailed: request.requeueFailed, session: request.session, owner, leaseSeconds, maxAttempts: rules.maxAttemptsPerPhase, absoluteCap: rules.absoluteAttemptCap,
    expect: (run, phase) => engine.history.expect({ run: run.id, family: run.family, phase }),
    // What was approved is taken over without its builder.
    circuit: (phase) => (phase.commit === undefined ? circuitOfPhase(engine, phase.spec) : undefined),
  })
  const claimed = rules.phaseParallelism > 1 ? await engine.beside.claim(request.run, take) : await take()
  switch (claimed.type) {
    case 'leased': {
      const until = claimed.owner.host === owner.host ? '' : `; if it is gone, the run is free at ${iso(claimed.expiresAt)}`
      return { type: 'not-claimed', reason: `another process has the run (pid ${claimed.owner.pid} on ${claimed.owner.host}${until})` }
    }
    case 'abandoned': return { type: 'not-claimed', reason: `an attempt of run ${request.run} was left open and could not be ended`, abandoned: claimed.attemptId }
    case 'not-claimable': return { type: 'not-claimed', reason: claimed.reason }
    case 'builder-paused': return { type: 'builder-paused', reason: claimed.reason }
    case 'claimed': return await executeClaim(engine, request, claimed.claim)
  }
}

/** Before anything is claimed or charged: with a disk that is nearly full, what is begun fails half way, and so does its record. */
function tooFull({ config, layout, worktrees }: Engine): { message: string; fix: string } | undefined {
  const low = belowFloor([layout.runsDir, worktrees.dir], config.workspace.minFreeDisk)
  if (!low) return undefined
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  return {
    message: `only ${megabytes(low.free)} are free beside ${low.place}, and no phase is begun with less than ${megabytes(low.floor)} (workspace.minFreeDisk)`,
    fix: 'see what `autopack gc --dry-run` would free, free some space, or name another disk in AUTONOMOUS_RUNS_DIR and `workspace.dir`',
  }
}

async function executeClaim(engine: Engine, request: PhaseRequest, claim: Claim): Promise<PhaseResult> {
  const lost = new AbortController()
  const attempt = newAttempt(engine, request, claim, lost)
  // An attempt that has lost its lease stops at once.
  const heart = keepLease(engine, claim, { lost: attempt.abort, warn: (message) => attempt.warnings.push(message) })
  // While git looks at the worktree.
  const folder = engine.afterwards.add(() => void mkdirSync(attempt.paths.checksDir, { recursive: true }))
  // What others commit beside it meanwhile is told from the rest by what it starts from, which is not known yet.
  if (!attempt.beside) attempt.history = engine.afterwards.add(() => historyFor(attempt))
  try {
    tell(attempt, { type: 'phase-started', goal: claim.phase.spec.goal, builder: findBuilder(engine, claim.phase.spec)?.name ?? '(none)', attemptDir: attempt.paths.dir })
    const opened = await openWorkspace(attempt).finally(() => folder)
    // What the phase before left to be written: its history is read into this one's prompt.
    await engine.afterwards.settled()
    if (opened.type === 'end') {
      const roots = { projectRoot: engine.repository.projectRoot, repositoryRoot: engine.repository.root }
      return await conclude(attempt, opened.ending, roots, [])
    }
    attempt.workspace = opened.value
    const result = await runPhase(attempt, opened.value)
    if (result.type === 'ended' && result.state === 'COMPLETE' && claim.number > 1) await learnFrom(engine, claim.run)
    return result
  } catch (error) {
    return await abandon(attempt, error)
  } finally {
    await heart.stop()
    const ended = attempt.candidate?.changed && { phase: claim.phase.id, changed: attempt.candidate.changed, stat: attempt.diffStat }
    if (attempt.beside) engine.beside.leave(claim)
    void engine.afterwards.add(async () => {
      await writeHistoryPack(engine, claim.run, ended)
      await engine.summaries.phaseEnded(claim.run)
    })
  }
}

function newAttempt(engine: Engine, request: PhaseRequest, claim: Claim, lost: AbortController): Attempt {
  const runPaths = engine.layout.run(claim.run)
  return {
    engine, request, claim, runPaths, paths: runPaths.phase(claim.phase).attempt(claim.number), signal: AbortSignal.any([request.signal, lost.signal]),
    abort: (reason) => lost.abort(reason), beside: request.rules.phaseParallelism > 1 ? engine.beside.of(claim) : undefined,
    stage: 'claim', leaseSeenAt: claim.startedAt, workspace: undefined, usage: 'unknown', builderReached: false, warnings: [], problems: [], skipped: [],
    builder: undefined, candidate: undefined, checks: [], withheld: [], yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 }, durations: new Map(), saving: undefined, runBlocked: undefined,
  }
}

/** Ends an attempt that something other than the phase has ended. */
async function abandon(attempt: Attempt, error: unknown): Promise<PhaseResult> {
  const { engine, claim } = attempt
  const message = engine.redact(error instanceof Error ? error.message : String(error))
  const takenOver = { type: 'not-claimed' as const, reason: `its lease was taken over: ${message}` }
  if (error instanceof FencedError || attempt.signal.reason instanceof FencedError) return takenOver
  const fix = error instanceof UserError ? error.fix : undefined
  const result: PhaseResult = { type: 'infrastructure', message, ...(fix !== undefined && { fix }) }
  try {
    // Nothing may be written for a claim that is not current any more; and what the builder did so far is kept before anybody cleans up.
    await engine.store.assertCurrent(claim)
    // Its commit may have been made already: then its work is on the branch, and doing it again would be doing it twice.
    const made = attempt.stage === 'commit' ? await findMadeCommit(engine, claim, attempt.workspace?.base) : undefined
    if (made) {
      await recordMadeCommit(engine, claim, made, attempt)
      return result
    }
    if (attempt.workspace && attempt.builderReached) await attempt.workspace.savePatch(attempt.paths.changesPatch).catch(() => 0)
    // Every attempt leaves its receipt, if the disk lets it.
    const receiptHash = await writeReceipt(attempt.paths.dir, attempt.paths.receipt, receiptContent(attempt, { outcome: 'interrupted', charged: false }, undefined)).catch(() => undefined)
    await engine.store.finish(claim, {
      outcome: 'interrupted', state: 'QUEUED', charged: false, gaveOut: true, stage: attempt.stage, usage: attempt.usage, builderReached: attempt.builderReached, yield: attempt.yield,
      ...(receiptHash !== undefined && { receiptHash }),
      failure: { stage: attempt.stage, message, output: '', problems: [], causes: [] },
    })
  } catch (later) {
    // What went wrong first is that its worktree was put aside.
    if (later instanceof FencedError) return takenOver
    // The store or git may be what failed: then the attempt stays open and the next drain's recovery ends it.
  }
  return result
}
