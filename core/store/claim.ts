import type { Stage } from '../model/phase.ts'
import type { Circuits } from './circuits.ts'
import type { StoreContext } from './context.ts'
import { leaseColumns, ofLease, type AttemptKey } from './holding.ts'
import { leaseEnd, ownerOf } from './lease.ts'
import type { Leases } from './lease.ts'
import { phaseRecord, runRecord } from './records.ts'
import { phaseColumns } from './schema.ts'
import type { AttemptRow, PhaseRow, RunRow } from './schema.ts'
import { run as step, statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { Claim, ClaimResult, Store } from './store.ts'
import { transition } from './transition.ts'

type ClaimRequest = Parameters<Store['claim']>[0]

/** Of the run, beside the columns of its phase. */
const runColumns = [
  'runs.key as run_key', 'runs.family as family', 'runs.goal as goal', 'runs.base_ref as base_ref', 'runs.base_commit as base_commit', 'runs.ordered as ordered', 'runs.source as source',
  'runs.imported_at as imported_at',
] as const
const runOf = (row: Omit<RunRow, 'project' | 'id' | 'key'> & { project: string; run: string; run_key: string }): RunRow => ({
  project: row.project, id: row.run, key: row.run_key, family: row.family, goal: row.goal, base_ref: row.base_ref, base_commit: row.base_commit, ordered: row.ordered,
  source: row.source, imported_at: row.imported_at,
})

/** The way into an attempt, and the notes that are taken while it runs. */
export function claims(context: StoreContext, lease: Leases, circuits: Circuits) {
  const { project, connection, queries, runtime } = context
  // All that a claim has to know, in one.
  const look = statement((at: { run: string; phase: string }) =>
    queries.selectFrom('phases').innerJoin('runs', (join) => join.onRef('runs.project', '=', 'phases.project').onRef('runs.id', '=', 'phases.run'))
      .leftJoin('leases', (join) => join.onRef('leases.project', '=', 'phases.project').onRef('leases.run', '=', 'phases.run')).leftJoin('attempts', (join) => ofLease(join))
      .select(phaseColumns.map((name) => `phases.${name}` as const)).select(runColumns).select(leaseColumns)
      .where('phases.project', '=', project).where('phases.run', '=', at.run).where('phases.id', '=', at.phase))
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
  const attempt = (at: AttemptKey) => queries.updateTable('attempts').where('run', '=', at.run).where('project', '=', project).where('phase', '=', at.phase).where('number', '=', at.number)
  const setStage = statement((row: AttemptKey & { stage: Stage }) => attempt(row).set({ stage: row.stage }))
  const setPhaseStage = statement((row: AttemptKey & { stage: Stage }) =>
    queries.updateTable('phases').set({ stage: row.stage }).where('project', '=', project).where('run', '=', row.run).where('id', '=', row.phase))
  const setBase = statement((row: AttemptKey & { commit: string; worktree: string; stage: Stage }) =>
    attempt(row).set({ base_commit: row.commit, worktree: row.worktree, stage: row.stage }))
  const setReached = statement((row: AttemptKey) => attempt(row).set({ builder_reached: 1, stage: 'build' }))
  const processesOf = statement((at: AttemptKey) =>
    queries.selectFrom('attempts').select('processes').where('run', '=', at.run).where('project', '=', project).where('phase', '=', at.phase).where('number', '=', at.number))
  const setProcesses = statement((row: AttemptKey & { processes: string }) => attempt(row).set({ processes: row.processes }))
  context.frequent.push(look, insertAttempt, execute)

  const worktreeOf = statement((row: { path: string; run: string; attempt: string }) =>
    queries.insertInto('worktrees').values({ path: row.path, project, run: row.run, attempt: row.attempt })
      .onConflict((conflict) => conflict.column('path').doUpdateSet((to) => ({ project, run: to.ref('excluded.run'), attempt: to.ref('excluded.attempt') }))))

  // Random once and counted from there: as unique as random each time.
  const prefix = runtime.randomHex(10)
  let count = 0
  const nextId = () => prefix + (++count).toString(16).padStart(6, '0')

  function* claim(request: ClaimRequest): Steps<ClaimResult> {
    const row = yield* look.one({ run: request.run, phase: request.phase })
    if (row && request.requeueFailed && row.state === 'FAILED') row.state = transition(row, 'QUEUED')
    const reason = row ? whyNot(row, request, runtime.now()) : 'there is no such phase'
    if (!row || reason !== undefined) return { type: 'not-claimable', reason: reason ?? '' }
    const before = yield* lease.settle(row)
    const joined = before && request.beside && lease.isOwn(before, request.owner, request.beside) ? before : undefined
    if (before && !joined && !lease.isFree(before)) return { type: 'leased', owner: ownerOf(before), expiresAt: leaseEnd(context, before) }
    // Its builder may still be at work in the run's worktree.
    if (before && !joined && before.attempt !== null) return { type: 'abandoned', attemptId: before.attempt }
    const asked = request.circuit && (yield* circuits.ask(() => request.circuit!(phaseRecord(row))))
    if (asked?.until !== undefined) return { type: 'builder-paused', builder: asked.circuit.builder, until: asked.until, reason: asked.circuit.reason }

    // What the state of a run is made of need not be read: a phase of it is executing.
    const run = runRecord(runOf(row), ['EXECUTING'])
    const id = nextId()
    const number = row.attempts + 1
    const startedAt = runtime.now()
    const to = { seconds: request.leaseSeconds, latest: { phase: request.phase, number } }
    const token = yield* joined ? lease.join(joined, to) : lease.take(before, { run: request.run, attempt: id, owner: request.owner, ...to })
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

  let ready: Promise<void> | undefined
  /** Whoever holds the lock for the first time would read the schema, compile and prepare meanwhile: eight drains that begin at once waited for all of that. */
  const prepare = () => (ready ??= connection.prepare(context.frequent.map((one) => one.sql())).catch((error: unknown) => {
    // A store that is busy now need not be at the next claim.
    ready = undefined
    throw error
  }))
  const at = (owner: Claim): AttemptKey => ({ run: owner.run.id, phase: owner.phase.id, number: owner.number })
  return {
    async claim(request: ClaimRequest) {
      await prepare()
      return await connection.write(() => claim(request))
    },
    setStage: (owner: Claim, stage: Stage) => note(owner, function* () {
      yield* setStage.run({ ...at(owner), stage })
      yield* setPhaseStage.run({ ...at(owner), stage })
    }),
    setBase: (owner: Claim, commit: string, worktree: string, stage: Stage = 'workspace') => note(owner, function* () {
      yield* setBase.run({ ...at(owner), commit, worktree, stage })
      yield* setPhaseStage.run({ ...at(owner), stage })
      yield* worktreeOf.run({ path: worktree, run: owner.run.id, attempt: owner.attemptId })
    }),
    moveCommits: (owner: Claim, commits: ReadonlyMap<string, string>, base: string) => write(owner, function* () {
      const run = owner.run.id
      for (const [old, now] of commits) {
        yield* step(queries.updateTable('phases').set({ commit_id: now }).where('project', '=', project).where('run', '=', run).where('commit_id', '=', old))
      }
      yield* step(queries.updateTable('runs').set({ base_commit: base }).where('project', '=', project).where('id', '=', run))
    }),
    recordProcess: (owner: Claim, child: { pid: number; startTime: string }) => note(owner, function* () {
      const known = yield* processesOf.one(at(owner))
      const processes = [...(JSON.parse(known?.processes ?? '[]') as unknown[]), { pid: child.pid, startTime: child.startTime }]
      yield* setProcesses.run({ ...at(owner), processes: JSON.stringify(processes) })
    }),
    setBuilderReached: (owner: Claim) => note(owner, function* () {
      yield* setReached.run(at(owner))
      yield* setPhaseStage.run({ ...at(owner), stage: 'build' })
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
