import { mkdir } from 'node:fs/promises'
import type { Receipt } from '../model/receipt.ts'
import type { AttemptRecord, Claim, Owner, PhaseRecord, RunRecord } from '../store/store.ts'
import { branchTipTrailers, quarantine, resolveBase } from '../workspace/index.ts'
import type { Engine } from './engine.ts'
import { writeReceipt } from './receipt.ts'
import { branchOf } from './workspace-stage.ts'

export interface RecoveryTools {
  isAlive(owner: Owner): boolean
  /** Ends what is left of an attempt's processes and returns how many there were. */
  killSurvivors(attempt: Pick<AttemptRecord, 'id' | 'processes'>): Promise<number>
}

/** Ends every attempt that a crash left open: complete if its commit is there, interrupted (and charged) if not. Returns how many. */
export async function recover(engine: Engine, tools: RecoveryTools, leaseSeconds: number): Promise<number> {
  let recovered = 0
  for (const orphan of await engine.store.orphans(tools.isAlive)) {
    // Before the lease is taken and anything of it is touched: a builder that lives on may still be writing.
    if (orphan.owner.host === engine.owner.host) await tools.killSurvivors(orphan)
    const claim = await engine.store.takeOver(orphan.id, engine.owner, leaseSeconds)
    if (!claim) continue
    await end(engine, orphan, claim)
    recovered++
  }
  return recovered
}

async function end(engine: Engine, orphan: AttemptRecord, claim: Claim): Promise<void> {
  const { repository, store, worktrees } = engine
  const branch = branchOf(engine, claim.run)
  const tip = await branchTipTrailers(repository, branch)
  const name = `${claim.run.id} ${claim.phase.id}, attempt ${orphan.number}`
  if (tip?.trailers['Autopack-Attempt'] === orphan.id) {
    const { commit } = tip
    const receiptHash = tip.trailers['Autopack-Receipt']
    await store.finish(claim, {
      outcome: 'complete', state: 'COMPLETE', charged: true, stage: 'commit', usage: orphan.usage, builderReached: orphan.builderReached, commit,
      ...(receiptHash !== undefined && { receiptHash }),
    })
    engine.emit({ type: 'notice', level: 'info', run: claim.run.id, phase: claim.phase.id, message: `recovered ${name}: its commit ${commit.slice(0, 12)} was made before the crash` })
    return
  }
  if (orphan.owner.host !== engine.owner.host && orphan.worktree !== undefined) {
    // Its owner may only be cut off, and write again: what it has is put aside, and the run gets a fresh worktree.
    await quarantine(repository, orphan.worktree, worktrees.quarantine(`${claim.run.key}-${orphan.id}`), worktrees.indexFile(claim.run.key))
  }
  const receiptHash = await receiptOf(engine, orphan, claim)
  await store.finish(claim, {
    outcome: 'interrupted', state: 'QUEUED', charged: true, stage: orphan.stage, usage: orphan.usage, builderReached: orphan.builderReached, receiptHash,
    failure: { stage: orphan.stage, class: 'interrupted', message: 'the process that executed it ended', output: '', problems: [], causes: [] },
  })
  engine.emit({ type: 'notice', level: 'warning', run: claim.run.id, phase: claim.phase.id, message: `recovered ${name}: it was interrupted at stage ${orphan.stage} and is queued again` })
}

/** The receipt of an attempt that could not write its own: what the store knows of it. */
async function receiptOf(engine: Engine, orphan: AttemptRecord, claim: Claim): Promise<string> {
  const paths = attemptPaths(engine, claim.run, claim.phase, orphan.number)
  await mkdir(paths.dir, { recursive: true })
  const base = orphan.baseCommit === undefined ? undefined : await resolveBase(engine.repository, orphan.baseCommit).catch(() => undefined)
  const content: Omit<Receipt, 'files'> = {
    version: 1, project: engine.config.project, run: claim.run.id, phase: claim.phase.id, attempt: orphan.number, attemptId: orphan.id, session: orphan.session,
    startedAt: new Date(orphan.startedAt).toISOString(), endedAt: new Date(engine.runtime.now()).toISOString(), outcome: 'interrupted', stage: orphan.stage, charged: true,
    ...(base && { base }), usage: orphan.usage, checks: [], problems: [], warnings: ['the process that executed this attempt ended before it could put it on record'], environmentWithheld: [],
  }
  return await writeReceipt(paths.dir, paths.receipt, content)
}

function attemptPaths(engine: Engine, run: RunRecord, phase: PhaseRecord, number: number) {
  return engine.layout.run(run).phase(phase).attempt(number)
}
