import type { Stage } from '../model/phase.ts'
import type { Circuits } from './circuits.ts'
import type { StoreContext } from './context.ts'
import { leaseEnd, ownerOf } from './lease.ts'
import type { Leases } from './lease.ts'
import type { Listing } from './listing.ts'
import { phaseRecord } from './records.ts'
import type { AttemptRow, PhaseRow } from './schema.ts'
import { run as step, statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { Claim, ClaimResult, Store } from './store.ts'
import { transition } from './transition.ts'

type ClaimRequest = Parameters<Store['claim']>[0]

/** The way into an attempt, and the notes that are taken while it runs. */
export function claims(context: StoreContext, lease: Leases, listing: Listing, circuits: Circuits) {
  const { project, connection, queries, runtime } = context
  const insertAttempt = statement((row: Pick<AttemptRow,
    'id' | 'run' | 'phase' | 'number' | 'session' | 'host' | 'pid' | 'start_time' | 'fencing_token' | 'started_at' | 'estimate'>) =>
    queries.insertInto('attempts').values({
      id: row.id, project, run: row.run, phase: row.phase, number: row.number, charged: 1, session: row.session, host: row.host, pid: row.pid,
      start_time: row.start_time, fencing_token: row.fencing_token, stage: 'claim', started_at: row.started_at, usage: '"unknown"',
      builder_reached: 0, processes: '[]', estimate: row.estimate,
    }))
  const execute = statement((row: Pick<PhaseRow, 'run' | 'id' | 'state' | 'charged' | 'charged_ever' | 'attempts'>) =>
    queries.updateTable('phases')
      .set({ state: row.state, stage: 'claim', charged: row.charged, charged_ever: row.charged_ever, attempts: row.attempts, not_before: null })
      .where('project', '=', project).where('run', '=', row.run).where('id', '=', row.id))
  const setStage = statement((row: { id: string; stage: Stage }) => queries.updateTable('attempts').set({ stage: row.stage }).where('id', '=', row.id))
  const setPhaseStage = statement((row: { run: string; phase: string; stage: Stage }) =>
    queries.updateTable('phases').set({ stage: row.stage }).where('project', '=', project).where('run', '=', row.run).where('id', '=', row.phase))
  const setBase = statement((row: { id: string; commit: string; worktree: string }) =>
    queries.updateTable('attempts').set({ base_commit: row.commit, worktree: row.worktree }).where('id', '=', row.id))
  const setReached = statement((row: { id: string }) => queries.updateTable('attempts').set({ builder_reached: 1 }).where('id', '=', row.id))
  const processesOf = statement((at: { id: string }) => queries.selectFrom('attempts').select('processes').where('id', '=', at.id))
  const setProcesses = statement((row: { id: string; processes: string }) =>
    queries.updateTable('attempts').set({ processes: row.processes }).where('id', '=', row.id))
  context.frequent.push(insertAttempt, execute)

  const worktreeOf = statement((row: { path: string; run: string; attempt: string }) =>
    queries.insertInto('worktrees').values({ path: row.path, project, run: row.run, attempt: row.attempt })
      .onConflict((conflict) => conflict.column('path').doUpdateSet((to) => ({ project, run: to.ref('excluded.run'), attempt: to.ref('excluded.attempt') }))))

  // Random once and counted from there: as unique as random each time, and new rows come to lie together in the index.
  const prefix = runtime.randomHex(10)
  let count = 0
  const nextId = () => prefix + (++count).toString(16).padStart(6, '0')

  function* claim(request: ClaimRequest): Steps<ClaimResult> {
    const found = yield* listing.phaseRow(request.run, request.phase)
    const row = request.requeueFailed && found?.state === 'FAILED' ? { ...found, state: transition(found, 'QUEUED') } : found
    const run = yield* listing.executingRun(request.run)
    const reason = row && run ? whyNot(row, request, runtime.now()) : 'there is no such phase'
    if (!row || !run || reason) return { type: 'not-claimable', reason: reason ?? '' }
    const before = yield* lease.find(request.run)
    const joined = before && request.beside && (yield* lease.isOwn(before, request.owner, request.beside)) ? before : undefined
    if (before && !joined && !lease.isFree(before)) return { type: 'leased', owner: ownerOf(before), expiresAt: leaseEnd(context, before) }
    // Its builder may still be at work in the run's worktree.
    if (before && !joined && before.attempt !== null) return { type: 'abandoned', attemptId: before.attempt }
    const asked = request.circuit && (yield* circuits.ask(() => request.circuit!(phaseRecord(row))))
    if (asked?.until !== undefined) return { type: 'builder-paused', builder: asked.circuit.builder, until: asked.until, reason: asked.circuit.reason }

    const id = nextId()
    const number = row.attempts + 1
    const startedAt = runtime.now()
    const token = joined?.token ?? (yield* lease.take(before, { run: request.run, attempt: id, owner: request.owner, seconds: request.leaseSeconds }))
    if (joined) yield* lease.extend(request.run, request.leaseSeconds)
    const estimate = request.expect?.(run, row.id)
    yield* insertAttempt.run({
      id, run: request.run, phase: request.phase, number, session: request.session, host: request.owner.host, pid: request.owner.pid,
      start_time: request.owner.startTime, fencing_token: token, started_at: startedAt, estimate: estimate === undefined ? null : JSON.stringify(estimate),
    })
    const after = { ...row, state: transition(row, 'EXECUTING'), stage: 'claim', charged: row.charged + 1, charged_ever: row.charged_ever + 1, attempts: number, not_before: null }
    yield* execute.run(after)
    if (asked) yield* circuits.probe(asked.circuit, { attempt: id, run: request.run, phase: request.phase })
    return { type: 'claimed', claim: { attemptId: id, run, phase: phaseRecord(after), number, fencingToken: token, session: request.session, startedAt } }
  }

  /** A write of a running attempt: nothing happens when its lease was taken over. */
  const guarded = (owner: Claim, work: () => Steps<unknown>) => function* (): Steps<void> {
    yield* lease.verify(owner)
    yield* work()
  }
  const write = (owner: Claim, work: () => Steps<unknown>) => connection.write(guarded(owner, work))
  const note = (owner: Claim, work: () => Steps<unknown>) => connection.note(guarded(owner, work))

  function* reach(owner: Claim, stage: Stage): Steps<void> {
    yield* setStage.run({ id: owner.attemptId, stage })
    yield* setPhaseStage.run({ run: owner.run.id, phase: owner.phase.id, stage })
  }

  let ready: Promise<void> | undefined
  return {
    async claim(request: ClaimRequest) {
      // Whoever holds the lock for the first time would read the schema, compile and prepare meanwhile: eight drains that begin at once waited for all of that.
      await (ready ??= connection.prepare(context.frequent.map((one) => one.sql())))
      return await connection.write(() => claim(request))
    },
    setStage: (owner: Claim, stage: Stage) => note(owner, () => reach(owner, stage)),
    setBase: (owner: Claim, commit: string, worktree: string, stage: Stage = 'workspace') => note(owner, function* () {
      yield* setBase.run({ id: owner.attemptId, commit, worktree })
      yield* reach(owner, stage)
      yield* worktreeOf.run({ path: worktree, run: owner.run.id, attempt: owner.attemptId })
    }),
    moveCommits: (owner: Claim, commits: ReadonlyMap<string, string>, base: string) => write(owner, function* () {
      const at = { project, run: owner.run.id }
      for (const [old, now] of commits) {
        yield* step(queries.updateTable('phases').set({ commit_id: now }).where('project', '=', at.project).where('run', '=', at.run).where('commit_id', '=', old))
      }
      yield* step(queries.updateTable('runs').set({ base_commit: base }).where('project', '=', at.project).where('id', '=', at.run))
    }),
    recordProcess: (owner: Claim, child: { pid: number; startTime: string }) => note(owner, function* () {
      const attempt = yield* processesOf.one({ id: owner.attemptId })
      const processes = [...(JSON.parse(attempt?.processes ?? '[]') as unknown[]), { pid: child.pid, startTime: child.startTime }]
      yield* setProcesses.run({ id: owner.attemptId, processes: JSON.stringify(processes) })
    }),
    setBuilderReached: (owner: Claim) => note(owner, function* () {
      yield* setReached.run({ id: owner.attemptId })
      yield* reach(owner, 'build')
    }),
    heartbeat: (owner: Claim, leaseSeconds: number) => note(owner, () => lease.extend(owner.run.id, leaseSeconds)),
    assertCurrent: (owner: Claim) => connection.read(() => lease.verify(owner)),
  }
}

function whyNot(row: PhaseRow, request: ClaimRequest, now: number): string | undefined {
  if (row.state !== 'QUEUED') return `it is ${row.state}`
  if (row.hold_reason !== null) return `it is held: ${row.hold_reason}`
  if (row.not_before !== null && row.not_before > now) return `it is deferred until ${new Date(row.not_before).toISOString()}`
  if (row.charged >= request.maxAttempts) return `it has used its ${request.maxAttempts} attempts`
  if (row.charged_ever >= request.absoluteCap) return `it has reached the cap of ${request.absoluteCap} attempts; requeue it to go on`
  return undefined
}
