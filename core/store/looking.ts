import type { PhaseState } from '../model/phase.ts'
import type { Connection } from './connection.ts'
import { breakerEvent, breakerState, phaseRecord, runRecord } from './records.ts'
import type { PhaseRow, RunRow } from './schema.ts'
import type { Steps } from './steps.ts'
import type { Store, StoreIdentity } from './store.ts'

interface Looking {
  project: string
  connection: Connection
  identity: StoreIdentity
  /** Makes the whole store. */
  load(): Promise<Store>
}

/**
 * A store for commands that look. What `autopack status` asks for is answered from plain statements, because the builder of statements is 255 modules
 * that take longer to load than everything else it does; whatever else is asked for loads it. A test holds the answers to those of the whole store.
 */
export function lookingStore({ project, connection, identity, load }: Looking): Store {
  let loaded: Promise<Store> | undefined
  const whole = () => (loaded ??= load())
  const quick: Partial<Store> & Record<string | symbol, unknown> = {
    identity,
    runs: (filter) => connection.read(() => runs(project, filter?.ids)),
    phases: (filter) => connection.read(() => phases(project, filter)),
    storedBreaker: () => connection.read(() => breaker(project)),
    // Which of them is still probed the leases tell, in more statements than are written twice; mostly there are none.
    circuits: async () => ((await connection.ask(() => anyCircuit(project))) ? (await whole()).circuits() : []),
    close: async () => connection.close(),
  }
  return new Proxy(quick, {
    get(known, name) {
      // Who awaits the store is not asking for a method.
      if (name in known || name === 'then' || typeof name === 'symbol') return known[name]
      return async (...values: unknown[]) => {
        const store = (await whole()) as unknown as Record<string, (...values: unknown[]) => unknown>
        return await store[name]!(...values)
      }
    },
  }) as Store
}

function* runs(project: string, ids: readonly string[] | undefined) {
  const among = (column: string) => (ids ? ` and ${column} in (${placeholders(ids)})` : '')
  const parameters = [project, ...(ids ?? [])]
  const states = Map.groupBy(yield* rows<{ run: string; state: PhaseState }>(`select distinct run, state from phases where project = ?${among('run')}`, parameters), (row) => row.run)
  const found = yield* rows<RunRow>(`select * from runs where project = ?${among('id')} order by imported_at, id`, parameters)
  return found.map((row) => runRecord(row, (states.get(row.id) ?? []).map(({ state }) => state)))
}

function* phases(project: string, filter: { run?: string; states?: readonly PhaseState[] } = {}) {
  const { run, states } = filter
  const found = yield* rows<PhaseRow>(
    `select phases.* from phases join runs on runs.project = phases.project and runs.id = phases.run where phases.project = ?${run === undefined ? '' : ' and phases.run = ?'}` +
    `${states ? ` and phases.state in (${placeholders(states)})` : ''} order by runs.imported_at, phases.run, phases.position, phases.id`,
    [project, ...(run === undefined ? [] : [run]), ...(states ?? [])],
  )
  return found.map(phaseRecord)
}

function* breaker(project: string) {
  const [mark] = yield* rows<{ seq: number; json: string }>('select seq, json from breaker where project = ?', [project])
  const buckets = mark ? yield* rows<{ fingerprint: string; json: string }>('select fingerprint, json from buckets where project = ? order by fingerprint', [project]) : []
  const after = yield* rows<{ seq: number; at: number; json: string }>('select seq, at, json from breaker_events where project = ? and seq > ? order by seq', [project, mark?.seq ?? 0])
  return { state: mark && breakerState(mark, buckets), after: after.map(breakerEvent) }
}

function* anyCircuit(project: string) {
  return (yield* rows('select 1 from circuits where project = ? limit 1', [project])).length > 0
}

const placeholders = (values: readonly unknown[]): string => values.map(() => '?').join(', ')

function* rows<Row>(sql: string, parameters: readonly unknown[]): Steps<Row[]> {
  return (yield { sql, parameters }).rows as Row[]
}
