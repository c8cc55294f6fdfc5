import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { Session } from '../../drain/index.ts'
import { writeJson } from '../../layout/atomic.ts'
import { hasReviewCommand } from '../../model/command-text.ts'
import type { RepairAction, RepairFinding, RepairReport } from '../../model/repair.ts'
import { unreachable } from '../../model/unreachable.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { branchOf } from '../../pipeline/run-base.ts'
import { writeSummary } from '../../pipeline/summary.ts'
import { isAlive } from '../../process/owner.ts'
import { deleteMergedRef } from '../../workspace/index.ts'
import { deadLockMs, removeDeadLocks } from '../dead-locks.ts'
import { findCutOffDrafts, recoverDrafts } from '../draft/record.ts'
import { recoverOne } from '../recover-one.ts'
import { recordRepair } from './journal.ts'

/**
 * Makes the change of a finding. What is intended is on record in `break_glass_repairs.jsonl` before anything is changed, and then what came of it, so that a
 * crash between the two can be seen; where it cannot be put on record, nothing is changed. `by`: who asked for it.
 */
export async function repair(engine: Engine, finding: RepairFinding & { action: RepairAction }, by: string): Promise<RepairReport> {
  const { action, ...known } = finding
  const id = engine.runtime.randomHex(8)
  const failed = (error: unknown): RepairReport => ({ ...known, outcome: 'failed', message: engine.redact(error instanceof Error ? error.message : String(error)) })
  try {
    recordRepair(engine, id, by, 'intended', known)
  } catch (error) {
    const report = failed(error)
    return { ...report, message: `nothing was changed, for it cannot be put on record: ${report.message}` }
  }
  let report: RepairReport
  try {
    report = { ...known, outcome: (await apply(engine, action, by)) ? 'repaired' : 'gone', message: null }
  } catch (error) {
    report = failed(error)
  }
  const { outcome, ...rest } = report
  recordRepair(engine, id, by, outcome as 'repaired' | 'gone' | 'failed', rest)
  return report
}

/** False when it is no longer as it was found. */
async function apply(engine: Engine, action: RepairAction, by: string): Promise<boolean> {
  const { store, layout, runtime } = engine
  switch (action.type) {
    case 'end-attempt': {
      if ((await store.attempts({ id: action.attemptId, unfinished: true })).length === 0) return false
      if (await recoverOne(engine, action.attemptId)) return true
      const [left] = await store.attempts({ id: action.attemptId, unfinished: true })
      if (left) throw new Error('it could not be ended; the next `autopack run` tries again')
      return false
    }
    case 'end-draft': {
      const ended = await recoverDrafts(engine, action.id)
      if (findCutOffDrafts(engine).some((draft) => draft.id === action.id)) throw new Error(ended[0] ?? 'another process is ending it')
      return ended.length > 0
    }
    case 'free-lease': return await store.freeLease(action.run, action.attemptId)
    case 'settle-phase': {
      const settled = await store.settlePhase(action)
      if (settled) await summarise(engine, action.run)
      return settled
    }
    case 'make-folder': return await summarise(engine, action.run)
    case 'forget-worktree':
      await store.forgetWorktree(action.path)
      return true
    case 'delete-ref': return await deleteMergedRef(engine.repository, action)
    case 'end-session': {
      const json = await store.session(action.id)
      const session = json === undefined ? undefined : (JSON.parse(json) as Session)
      if (!session || session.endedAt !== undefined || (session.holder && isAlive(runtime, session.holder))) return false
      const ended: Session = { ...session, endedAt: session.updatedAt, stop: { reason: 'interrupted', detail: 'its process ended without a word; ended by doctor --repair' } }
      await store.putSession(action.id, JSON.stringify(ended))
      await writeJson(layout.drainSession(action.id), ended)
      return true
    }
    case 'remove-file':
      await rm(action.path, { force: true })
      return true
    case 'remove-lock':
      if (removeDeadLocks(engine, [action.path], { by, youngestMs: deadLockMs }).length > 0) return true
      if (existsSync(action.path)) throw new Error('it is still there: a git is at work by now, or it may not be removed')
      return false
    case 'end-repair':
      recordRepair(engine, action.repair, by, 'unknown', { kind: action.kind, subject: action.subject })
      return true
    default: return unreachable(action)
  }
}

async function summarise(engine: Engine, runId: string): Promise<boolean> {
  const [run] = await engine.store.runs({ ids: [runId] })
  if (!run) return false
  await mkdir(engine.layout.run(run).dir, { recursive: true })
  await writeSummary(engine.store, engine.layout, run.id, branchOf(engine, run), hasReviewCommand(engine.config))
  return true
}
