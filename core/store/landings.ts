import type { StoreContext } from './context.ts'
import { isOver, leaseEnd, ownerOf, type Leases } from './lease.ts'
import type { LandingRow } from './schema.ts'
import { all, one, run } from './steps.ts'
import type { Steps } from './steps.ts'
import type { BegunLanding, HeldRun, LandingEnd, LandingMove, LandingRecord } from './landing-record.ts'
import { FencedError, type Owner } from './store.ts'

/** Takes runs into branches: one landing at a time for each branch, and none while an attempt of the run is at work. */
export function landing(context: StoreContext, lease: Leases) {
  const { project, connection, queries, runtime } = context
  const find = (id: string) => queries.selectFrom('landings').selectAll().where('id', '=', id)

  const isFree = (row: LandingRow): boolean => isOver(context, row)

  function* begin(request: { run: string; target: string; owner: Owner; leaseSeconds: number }): Steps<BegunLanding> {
    const open = yield* all(queries.selectFrom('landings').selectAll().where('ended_at', 'is', null).where((where) => where.or([
      where('target', '=', request.target), where.and([where('project', '=', project), where('run', '=', request.run)]),
    ])))
    // What a crash left of this project is ended first, for it may have moved the branch; another project's is its own to end, and both see where the branch is.
    const other = open.find((row) => row.project === project || !isFree(row))
    if (other) return { type: 'busy', what: other.target === request.target ? 'target' : 'run', run: other.run, owner: ownerOf(other), expiresAt: leaseEnd(context, other) }
    const before = yield* lease.find(request.run)
    if (before && !lease.isFree(before)) return { type: 'busy', what: 'run', run: request.run, owner: ownerOf(before), expiresAt: leaseEnd(context, before) }
    const last = yield* one(queries.selectFrom('landings').select('number').where('project', '=', project).where('run', '=', request.run).orderBy('number', 'desc').limit(1))
    const id = runtime.randomHex(10)
    const token = yield* lease.take(before, { run: request.run, attempt: id, owner: request.owner, seconds: request.leaseSeconds })
    const { host, pid, startTime } = request.owner
    const row = {
      id, project, run: request.run, number: (last?.number ?? 0) + 1, target: request.target, host, pid, start_time: startTime, token,
      expires_at: runtime.now() + request.leaseSeconds * 1_000, processes: '[]', started_at: runtime.now(),
    }
    yield* run(queries.insertInto('landings').values(row))
    return { type: 'begun', landing: landingRecord({ ...row, plan: null, outcome: null, ended_at: null, json: null }) }
  }

  /** Throws FencedError unless the landing is open, and still holds its run. */
  function* verify(of: LandingRecord): Steps<LandingRow> {
    const row = yield* one(find(of.id))
    const held = yield* lease.find(of.run)
    if (row && row.ended_at === null && row.token === of.token && held?.attempt === of.id && held.token === of.token) return row
    throw new FencedError(`landing ${of.number} of ${of.run} was taken over: it may change nothing any more`)
  }

  const guarded = (of: LandingRecord, work: (row: LandingRow) => Steps<unknown>) => connection.write(function* (): Steps<void> {
    yield* work(yield* verify(of))
  })

  /** The right to end a landing whose owner is gone. */
  function* takeOver(id: string, owner: Owner, leaseSeconds: number): Steps<LandingRecord | undefined> {
    const row = yield* one(find(id).where('project', '=', project))
    if (!row || row.ended_at !== null || !isFree(row)) return undefined
    const before = yield* lease.find(row.run)
    // An attempt may have taken the run since: the landing can still be ended, but not by who would fence that attempt off.
    if (before && before.attempt !== row.id && !lease.isFree(before)) return undefined
    const token = yield* lease.take(before, { run: row.run, attempt: row.id, owner, seconds: leaseSeconds })
    const taken = { host: owner.host, pid: owner.pid, start_time: owner.startTime, token, expires_at: runtime.now() + leaseSeconds * 1_000 }
    yield* run(queries.updateTable('landings').set(taken).where('id', '=', id))
    return landingRecord({ ...row, ...taken })
  }

  function* finish(of: LandingRecord, { outcome, json, commits, base }: LandingEnd): Steps<void> {
    for (const [old, now] of commits ?? []) {
      if (old !== now) yield* run(queries.updateTable('phases').set({ commit_id: now }).where('project', '=', project).where('run', '=', of.run).where('commit_id', '=', old))
    }
    if (base !== undefined) yield* run(queries.updateTable('runs').set({ base_commit: base }).where('project', '=', project).where('id', '=', of.run))
    yield* run(queries.updateTable('landings').set({ outcome, ended_at: runtime.now(), json: JSON.stringify(json) }).where('id', '=', of.id))
    yield* lease.free(of.run)
  }

  function* hold({ run: runId, by, owner, leaseSeconds }: { run: string; by: string; owner: Owner; leaseSeconds: number }): Steps<HeldRun | undefined> {
    const before = yield* lease.find(runId)
    if (before && !lease.isFree(before)) return undefined
    return { run: runId, by, token: yield* lease.take(before, { run: runId, attempt: by, owner, seconds: leaseSeconds }) }
  }

  function* letGo(held: HeldRun): Steps<void> {
    const row = yield* lease.find(held.run)
    if (row?.attempt === held.by && row.token === held.token) yield* lease.free(held.run)
  }

  return {
    holdRun: (request: Parameters<typeof hold>[0]) => connection.write(() => hold(request)),
    letGo: (held: HeldRun) => connection.write(() => letGo(held)),
    beginLanding: (request: Parameters<typeof begin>[0]) => connection.write(() => begin(request)),
    renewLanding: (of: LandingRecord, leaseSeconds: number) => guarded(of, function* () {
      yield* run(queries.updateTable('landings').set({ expires_at: runtime.now() + leaseSeconds * 1_000 }).where('id', '=', of.id))
      yield* lease.extend(of.run, leaseSeconds)
    }),
    assertLanding: (of: LandingRecord) => connection.read(() => verify(of)).then(() => undefined),
    recordLandingProcess: (of: LandingRecord, child: { pid: number; startTime: string }) => guarded(of, function* (row) {
      const processes = [...(JSON.parse(row.processes) as unknown[]), { pid: child.pid, startTime: child.startTime }]
      yield* run(queries.updateTable('landings').set({ processes: JSON.stringify(processes) }).where('id', '=', of.id))
    }),
    planLanding: (of: LandingRecord, move: LandingMove) => guarded(of, function* () {
      yield* run(queries.updateTable('landings').set({ plan: JSON.stringify(move) }).where('id', '=', of.id))
    }),
    finishLanding: (of: LandingRecord, end: LandingEnd) => guarded(of, () => finish(of, end)),
    takeOverLanding: (id: string, owner: Owner, leaseSeconds: number) => connection.write(() => takeOver(id, owner, leaseSeconds)),
    landings: (filter: { run?: string; open?: boolean } = {}) => connection.read(function* () {
      let query = queries.selectFrom('landings').selectAll().where('project', '=', project)
      if (filter.run !== undefined) query = query.where('run', '=', filter.run)
      if (filter.open) query = query.where('ended_at', 'is', null)
      return (yield* all(query.orderBy('started_at').orderBy('number'))).map(landingRecord)
    }),
  }
}

function landingRecord(row: LandingRow): LandingRecord {
  return {
    id: row.id, run: row.run, number: row.number, target: row.target, owner: ownerOf(row), token: row.token, startedAt: row.started_at,
    processes: JSON.parse(row.processes) as LandingRecord['processes'],
    ...(row.plan !== null && { move: JSON.parse(row.plan) as LandingMove }), ...(row.outcome !== null && { outcome: row.outcome as NonNullable<LandingRecord['outcome']> }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
  }
}
