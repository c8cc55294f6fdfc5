import type { PhaseState } from '../model/phase.ts'
import type { StoreContext } from './context.ts'
import { keysBeside, ofLease, type AttemptKey } from './holding.ts'
import { attemptRecord, phaseRecord, runRecord } from './records.ts'
import { phaseColumns, runColumns } from './schema.ts'
import type { AttemptRow, PhaseRow } from './schema.ts'
import { all, raw, statement } from './steps.ts'
import type { Statement, Steps } from './steps.ts'
import type { AttemptRecord, LastPhase, PhaseRecord, RunRecord, Store } from './store.ts'

/** Phases that are read at a time, where there may be thousands. */
const page = 200

export type Listing = ReturnType<typeof listings>
type AttemptFilter = Parameters<Store['attempts']>[0]

/** What can be asked about runs, phases and attempts of the project. */
export function listings(context: StoreContext) {
  const { project, connection, queries } = context
  const phase = statement((at: { run: string; phase: string }) =>
    queries.selectFrom('phases').select(phaseColumns).where('project', '=', project).where('run', '=', at.run).where('id', '=', at.phase))
  const run = statement((at: { run: string }) => queries.selectFrom('runs').select(runColumns).where('project', '=', project).where('id', '=', at.run))

  function* attemptRows(filter: AttemptFilter): Steps<AttemptRow[]> {
    if (filter.unfinished) return yield* unfinished(filter)
    let query = queries.selectFrom('attempts').selectAll().where('project', '=', project)
    if (filter.id !== undefined) query = query.where('id', '=', filter.id)
    if (filter.run !== undefined) query = query.where('run', '=', filter.run)
    if (filter.phase !== undefined) query = query.where('phase', '=', filter.phase)
    // With a limit the newest are meant.
    if (filter.limit === undefined) return yield* all(query.orderBy('seq'))
    return (yield* all(query.orderBy('seq', 'desc').limit(filter.limit))).toReversed()
  }

  const open = statement(() => queries.selectFrom('leases').innerJoin('attempts', (join) => ofLease(join)).selectAll('attempts').where('leases.project', '=', project).where('attempts.ended_at', 'is', null))
  const beside = statement(() => queries.selectFrom('leases').select(['run', 'beside']).where('project', '=', project).where('beside', 'is not', null))

  /** Through the leases: each names the attempts of its run that may be open. Asked in each phase. */
  function* unfinished(filter: AttemptFilter): Steps<AttemptRow[]> {
    const isOfRun = (row: { run: string }): boolean => (filter.run ?? row.run) === row.run
    const found: (AttemptRow & { seq: number })[] = (yield* open.all({})).filter(isOfRun)
    for (const key of (yield* beside.all({})).filter(isOfRun).flatMap(keysBeside)) found.push(...(yield* unfinishedAt(key)))
    return found.filter((row) => (filter.id ?? row.id) === row.id && (filter.phase ?? row.phase) === row.phase).sort((left, right) => left.seq - right.seq)
  }

  function unfinishedAt(key: AttemptKey) {
    return all(queries.selectFrom('attempts').selectAll().where('run', '=', key.run).where('project', '=', project).where('phase', '=', key.phase).where('number', '=', key.number).where('ended_at', 'is', null))
  }

  function* runs(filter: { ids?: readonly string[] } = {}): Steps<RunRecord[]> {
    let query = queries.selectFrom('runs').selectAll().where('project', '=', project)
    let counts = queries.selectFrom('phases').select(['run', 'state']).distinct().where('project', '=', project)
    if (filter.ids) {
      query = query.where('id', 'in', filter.ids)
      counts = counts.where('run', 'in', filter.ids)
    }
    const found = new Map<string, PhaseState[]>()
    for (const row of yield* all(counts)) found.set(row.run, [...(found.get(row.run) ?? []), row.state])
    const rows = yield* all(query.orderBy('imported_at').orderBy('id'))
    return rows.map((row) => runRecord(row, found.get(row.id) ?? []))
  }

  function* phases(filter: { run?: string; states?: readonly PhaseState[] } = {}): Steps<PhaseRecord[]> {
    let query = queries.selectFrom('phases').innerJoin('runs', (join) => join.onRef('runs.project', '=', 'phases.project').onRef('runs.id', '=', 'phases.run'))
      .selectAll('phases').where('phases.project', '=', project)
    if (filter.run !== undefined) query = query.where('phases.run', '=', filter.run)
    if (filter.states) query = query.where('phases.state', 'in', filter.states)
    return (yield* all(query.orderBy('runs.imported_at').orderBy('phases.run').orderBy('phases.position').orderBy('phases.id'))).map(phaseRecord)
  }

  const pageOfPhases = statement((at: { run: string; limit: number; offset: number }) =>
    queries.selectFrom('phases').select(phaseColumns).where('project', '=', project).where('run', '=', at.run).orderBy('position').orderBy('id').limit(at.limit).offset(at.offset))
  function* eachPhase(runId: string, visit: Parameters<Store['eachPhase']>[1], withAttempts: boolean): Steps<void> {
    for (let offset = 0; ; offset += page) {
      const rows = yield* pageOfPhases.all({ run: runId, limit: page, offset })
      const attempts = Map.groupBy(withAttempts && rows.length > 0 ? yield* all(queries.selectFrom('attempts').selectAll().where('run', '=', runId).where('project', '=', project)
        .where('phase', 'in', rows.map((row) => row.id)).orderBy('phase').orderBy('number')) : [], (row) => row.phase)
      for (const row of rows) visit(phaseRecord(row), (attempts.get(row.id) ?? []).map(attemptRecord))
      if (rows.length < page) return
    }
  }

  /** By how many states are asked for: asked twice in each phase. */
  const latest = new Map<number, Statement<{ run: string; limit: number } & Record<`state${number}`, PhaseState>, Pick<PhaseRow, 'id' | 'state' | 'attempts' | 'commit_id'>>>()
  function* lastPhases(runId: string, states: readonly PhaseState[], limit: number): Steps<LastPhase[]> {
    let query = latest.get(states.length)
    query ??= statement((at) => queries.selectFrom('phases').select(['id', 'state', 'attempts', 'commit_id']).where('project', '=', project).where('run', '=', at.run)
      .where('state', 'in', states.map((_, index) => at[`state${index}`]!)).orderBy('position', 'desc').limit(at.limit))
    latest.set(states.length, query)
    return (yield* query.all({ run: runId, limit, ...Object.fromEntries(states.map((state, index) => [`state${index}`, state])) })).toReversed()
      .map((row) => ({ id: row.id, state: row.state, attempts: row.attempts, ...(row.commit_id !== null && { commit: row.commit_id }) }))
  }

  return {
    phaseRow: (runId: string, phaseId: string) => phase.one({ run: runId, phase: phaseId }),
    /** A run of which a phase is executing: what the state of a run is made of need not be read. */
    *executingRun(runId: string): Steps<RunRecord | undefined> {
      const row = yield* run.one({ run: runId })
      return row && runRecord(row, ['EXECUTING'])
    },
    attemptRows,
    methods: {
      runs: (filter?: { ids?: readonly string[] }) => connection.read(() => runs(filter)),
      lastPhases: (runId: string, states: readonly PhaseState[], limit: number) => connection.ask(() => lastPhases(runId, states, limit)),
      foreignWrites: async () => (await connection.ask(() => raw<{ data_version: number }>('pragma data_version')))[0]!.data_version,
      phases: (filter?: { run?: string; states?: readonly PhaseState[] }) => connection.ask(() => phases(filter)),
      eachPhase: (runId: string, visit: Parameters<Store['eachPhase']>[1], { attempts = false }: { attempts?: boolean } = {}) => connection.read(() => eachPhase(runId, visit, attempts)),
      async phase(runId: string, phaseId: string): Promise<PhaseRecord | undefined> {
        const row = await connection.ask(() => phase.one({ run: runId, phase: phaseId }))
        return row && phaseRecord(row)
      },
      async attempts(filter: AttemptFilter): Promise<AttemptRecord[]> {
        return (await (filter.unfinished ? connection.read : connection.ask)(() => attemptRows(filter))).map(attemptRecord)
      },
    },
  }
}
