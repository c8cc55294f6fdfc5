import { existsSync } from 'node:fs'
import path from 'node:path'
import { shellQuote } from '../../model/command-text.ts'
import { iso } from '../../model/iso.ts'
import type { RepairFinding } from '../../model/repair.ts'
import { acceptSession } from '../../pipeline/accept-session.ts'
import { findMadeCommit } from '../../pipeline/made-commit.ts'
import { branchOf } from '../../pipeline/run-base.ts'
import { isAlive } from '../../process/owner.ts'
import type { AttemptRecord, PhaseRecord, RunRecord } from '../../store/store.ts'
import { phaseCommits, type OwnRef } from '../../workspace/index.ts'
import { lossOf, repairable, told, type RepairContext } from './context.ts'

/** A phase that is held for this long is told. */
const longHeldMs = 7 * 24 * 60 * 60 * 1_000
/** A queue in which nothing has begun for this long is told. */
const staleAfterMs = 14 * 24 * 60 * 60 * 1_000

/** Attempts that nobody executes any more: what the next run would recover, by the same rules. */
export async function findOpenAttempts(context: RepairContext, runs: ReadonlyMap<string, RunRecord>): Promise<RepairFinding[]> {
  const { store, runtime, config, layout, repository } = context
  const findings: RepairFinding[] = []
  for (const orphan of await store.orphans((owner) => isAlive(runtime, owner))) {
    const [run, phase] = [runs.get(orphan.run), await store.phase(orphan.run, orphan.phase)]
    if (!run || !phase) continue
    const claim = { attemptId: orphan.id, run, phase, number: orphan.number, fencingToken: orphan.fencingToken, session: orphan.session, startedAt: orphan.startedAt }
    const made = repository && (await findMadeCommit({ config, layout, repository }, claim, orphan.baseCommit))
    const state = made?.state ?? (phase.chargedEver < config.drain.absoluteAttemptCap && orphan.session !== acceptSession ? 'QUEUED' : 'FAILED')
    findings.push(repairable({
      kind: 'open-attempt', subject: `${orphan.run}/${orphan.phase}`,
      problem: `attempt ${orphan.number} was left open at stage ${orphan.stage}: ${lossOf(runtime, orphan.owner)}`,
      change: made ? `end it as complete: its commit ${made.commit.slice(0, 12)} is there` : `end it as interrupted, keep what its builder had done, and leave the phase ${state}`,
      before: { state: phase.state, attempt: orphan.number, outcome: null },
      after: { state, attempt: orphan.number, outcome: made ? (made.state === 'COMPLETE' ? 'complete' : 'review') : 'interrupted', ...(made && { commit: made.commit }) },
      action: { type: 'end-attempt', attemptId: orphan.id },
    }))
  }
  return findings
}

/** Leases of attempts that have ended, or that nobody knows. */
export async function findDeadLeases({ store, runtime }: RepairContext, open: readonly AttemptRecord[]): Promise<RepairFinding[]> {
  const findings: RepairFinding[] = []
  const landings = new Set((await store.landings({ open: true })).map((landing) => landing.id))
  for (const lease of await store.heldLeases()) {
    // Ended by the next run or landing, which looks where the branches are.
    if (landings.has(lease.attemptId)) continue
    if (open.some((attempt) => attempt.run === lease.run)) continue
    // The attempts were read a moment before: this one may be newer.
    const [attempt] = await store.attempts({ run: lease.run, id: lease.attemptId })
    if (attempt && attempt.endedAt === undefined) continue
    findings.push(repairable({
      kind: 'dead-lease', subject: lease.run, problem: `the run is held by an attempt that ${attempt ? 'has ended' : 'is not on record'}: ${lossOf(runtime, lease.owner, lease.expiresAt)}`,
      change: 'let go of the run', before: { attempt: lease.attemptId, owner: `${lease.owner.pid}@${lease.owner.host}`, expiresAt: iso(lease.expiresAt) }, after: { attempt: null },
      action: { type: 'free-lease', run: lease.run, attemptId: lease.attemptId },
    }))
  }
  return findings
}

/** Phases of a run that are not what git and its attempts say: their commit is on the branch, or nobody executes them. */
export async function findWrongStates(context: RepairContext, run: RunRecord, phases: readonly PhaseRecord[], refs: readonly OwnRef[]): Promise<RepairFinding[]> {
  const { store, repository } = context
  const branch = branchOf(context, run)
  // Nothing has to have been tried: a store that was restored knows of none of it.
  const hasBranch = repository !== undefined && refs.some(({ ref }) => ref === `refs/heads/${branch}`)
  const open = new Set((await store.attempts({ run: run.id, unfinished: true })).map((attempt) => attempt.phase))
  const candidates = phases.filter((phase) => (phase.state === 'QUEUED' || phase.state === 'EXECUTING' || phase.state === 'FAILED') && (hasBranch || phase.state === 'EXECUTING') && !open.has(phase.id))
  if (candidates.length === 0) return []
  // More than its phases, for a person may have committed on top.
  const commits = hasBranch ? await phaseCommits(repository, branch, phases.length + 200) : []
  const findings: RepairFinding[] = []
  for (const known of candidates) {
    const made = commits.find((one) => one.run === run.id && one.phase === known.id)
    if (!made && known.state !== 'EXECUTING') continue
    // It may have moved on since it was read.
    const phase = await store.phase(run.id, known.id)
    if (!phase || phase.state !== known.state || (await store.attempts({ run: run.id, phase: phase.id, unfinished: true })).length > 0) continue
    const from = phase.state as 'QUEUED' | 'EXECUTING' | 'FAILED'
    const at = { type: 'settle-phase', run: run.id, phase: phase.id, from } as const
    findings.push(made
      ? repairable({
          kind: 'unrecorded-commit', subject: `${run.id}/${phase.id}`, problem: `its commit ${made.commit.slice(0, 12)} is on the branch ${branch}, and it is ${from}`, change: `record it as COMPLETE, with that commit${made.overruled === undefined ? '' : `, accepted against ${made.overruled}`}`,
          before: { state: from, commit: phase.commit ?? null }, after: { state: 'COMPLETE', commit: made.commit }, action: { ...at, to: 'COMPLETE', commit: made.commit, attemptId: made.attemptId, ...(made.overruled !== undefined && { overruled: made.overruled }) },
        })
      : repairable({
          kind: 'stuck-phase', subject: `${run.id}/${phase.id}`, problem: 'it is EXECUTING, and no attempt of it is open', change: 'queue it again',
          before: { state: from }, after: { state: 'QUEUED' }, action: { ...at, to: 'QUEUED' },
        }))
  }
  return findings
}

/** Queued phases that will not move by themselves, and those that others wait for. */
export async function findStaleQueue(context: RepairContext, run: RunRecord, phases: readonly PhaseRecord[]): Promise<RepairFinding[]> {
  const { store, config, runtime } = context
  const findings = [...findBlocking(run, phases), ...(await findLongHeld(context, run, phases))]
  const queued = phases.filter((phase) => phase.state === 'QUEUED' && phase.holdReason === undefined)
  if (queued.length === 0) return findings
  const atCap = queued.filter((phase) => phase.chargedEver >= config.drain.absoluteAttemptCap).map((phase) => told({
    kind: 'stale-queue', subject: `${run.id}/${phase.id}`, problem: `it is queued and has reached the cap of ${config.drain.absoluteAttemptCap} attempts: nothing takes it any more`,
    fix: requeue(run, phase), before: { state: 'QUEUED', attempts: phase.chargedEver },
  }))
  findings.push(...atCap)
  if (run.source !== '--goal' && !existsSync(path.resolve(config.configDir, run.source))) {
    findings.push(told({
      kind: 'stale-queue', subject: run.id, problem: `${queued.length} queued of a plan that is gone: ${run.source}`, fix: 'put the plan back, or leave the run out with --skip-run-prefix', before: { queued: queued.length, source: run.source },
    }))
    return findings
  }
  const [latest] = await store.attempts({ run: run.id, limit: 1 })
  const since = latest?.startedAt ?? run.importedAt
  const idleMs = runtime.now() - since
  if (idleMs >= staleAfterMs && findings.length === 0) {
    findings.push(told({
      kind: 'stale-queue', subject: run.id, problem: `${queued.length} queued, and nothing has begun since ${iso(since)}`, fix: `autopack run ${shellQuote(run.id)}`, before: { queued: queued.length, since: iso(since) },
    }))
  }
  return findings
}

const requeue = (run: RunRecord, phase: PhaseRecord): string => `autopack requeue ${shellQuote(run.id)} ${shellQuote(phase.id)} --reason "…"`

/** Failed phases that queued ones need, directly or through others: no `run` takes those, and a drain only once it has tried the failed one again. */
function findBlocking(run: RunRecord, phases: readonly PhaseRecord[]): RepairFinding[] {
  return phases.filter((phase) => phase.state === 'FAILED').flatMap((phase) => {
    const behind = behindOf(phase, phases)
    if (behind.length === 0) return []
    return [told({
      kind: 'stale-queue', subject: `${run.id}/${phase.id}`,
      problem: `${behind.length === 1 ? `${behind[0]} waits` : `${namesOf(behind)} wait`} for it, and it has failed${phase.class === undefined ? '' : ` (${phase.class})`}`,
      fix: phase.attempts > 0 ? `${requeue(run, phase)}, or keep what it did with autopack accept` : requeue(run, phase), before: { state: 'FAILED', behind: behind.length },
    })]
  })
}

/** Held phases wait for a person, who may have forgotten them. */
async function findLongHeld({ store, runtime }: RepairContext, run: RunRecord, phases: readonly PhaseRecord[]): Promise<RepairFinding[]> {
  const findings: RepairFinding[] = []
  for (const phase of phases.filter((one) => one.state === 'QUEUED' && one.holdReason !== undefined)) {
    const ends = (await store.attempts({ run: run.id, phase: phase.id })).map((attempt) => attempt.endedAt ?? attempt.startedAt)
    const since = Math.max(run.importedAt, ...ends)
    if (runtime.now() - since < longHeldMs) continue
    const behind = behindOf(phase, phases)
    findings.push(told({
      kind: 'stale-queue', subject: `${run.id}/${phase.id}`, problem: `it is held since ${iso(since)}: ${phase.holdReason}${behind.length === 0 ? '' : `; ${namesOf(behind)} ${behind.length === 1 ? 'waits' : 'wait'} for it`}`,
      fix: requeue(run, phase), before: { state: 'QUEUED', since: iso(since), behind: behind.length },
    }))
  }
  return findings
}

/** Ids of the queued phases that need this one, directly or through others, in plan order. */
function behindOf(phase: PhaseRecord, phases: readonly PhaseRecord[]): string[] {
  const found = new Set([phase.id])
  // In whatever order the plan names them: until nothing is added.
  for (let before = 0; before < found.size;) {
    before = found.size
    for (const one of phases) if (one.state === 'QUEUED' && one.spec.needs.some((need) => found.has(need))) found.add(one.id)
  }
  found.delete(phase.id)
  return phases.filter((one) => found.has(one.id)).map((one) => one.id)
}

const namesOf = (ids: readonly string[]): string => (ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(' and '))
