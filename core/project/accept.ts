import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { acceptBusyError, acceptStateError } from '../errors.ts'
import type { Emit } from '../model/events.ts'
import { acceptSession } from '../pipeline/accept-session.ts'
import { prepareAcceptance, takePatchOver, type Acceptable, type Acceptance } from '../pipeline/accept.ts'
import { keepLease } from '../pipeline/keep-lease.ts'
import { branchOf } from '../pipeline/run-base.ts'
import { isAlive } from '../process/owner.ts'
import { scratchObjects } from '../workspace/index.ts'
import { createEngine } from './engine.ts'
import type { ProjectParts } from './parts.ts'
import { recoverOne } from './recover-one.ts'

export type Accepted = Acceptable & {
  branch: string
  /** Undefined in a dry run. */
  done: { commit: string; receipt: string; attempt: number } | undefined
}

/**
 * Keeps what a FAILED phase has done against the verdict: its patch becomes the phase's commit on the run's branch, by an attempt of its own with lease, receipt
 * and recovery. `dryRun` writes nothing at all. Throws UserError, and nothing has changed then.
 */
export async function acceptPhase(parts: ProjectParts, acceptance: Acceptance, options: { dryRun: boolean; emit: Emit }): Promise<Accepted> {
  const engine = createEngine(parts, options.emit)
  const { store, runtime, repository, owner, leaseSeconds } = engine
  const { run, phase } = acceptance
  const branch = branchOf(engine, run)
  const folder = await mkdtemp(path.join(runtime.temporaryDir, 'autopack-accept-'))
  let acceptable: Acceptable
  try {
    // What cannot be accepted leaves no trace.
    acceptable = await prepareAcceptance(engine, acceptance, scratchObjects(repository, folder))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  if (options.dryRun) return { ...acceptable, branch, done: undefined }

  // What a crash left open of the run comes first: its work is saved before anybody moves the branch.
  for (const orphan of await store.orphans((other) => isAlive(runtime, other))) if (orphan.run === run.id) await recoverOne(engine, orphan.id)
  const claimed = await store.claim({
    run: run.id, phase: phase.id, requeueFailed: true, session: acceptSession, owner, leaseSeconds, maxAttempts: Number.POSITIVE_INFINITY, absoluteCap: Number.POSITIVE_INFINITY,
  })
  switch (claimed.type) {
    case 'abandoned': throw acceptBusyError(run.id, 'an attempt of it was left open and could not be ended')
    case 'leased': throw acceptBusyError(run.id, `process ${claimed.owner.pid} on ${claimed.owner.host} works on it`)
    case 'not-claimable': case 'builder-paused': throw acceptStateError(run.id, phase.id, (await store.phase(run.id, phase.id))?.state ?? phase.state)
    case 'claimed': break
  }
  const { claim } = claimed
  const heart = keepLease(engine, claim, { lost: () => undefined, warn: () => undefined })
  try {
    const { commit, receipt } = await takePatchOver(engine, claim, acceptance)
    return { ...acceptable, branch, done: { commit, receipt, attempt: claim.number } }
  } finally {
    await heart.stop()
    // What is on the branch by now stays accepted, whatever becomes of its summary.
    await engine.summaries.phaseEnded(run)
    await engine.summaries.flush()
  }
}
