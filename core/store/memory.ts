import type { StoreContext } from './context.ts'
import { all, one, run, statement } from './steps.ts'
import type { Store } from './store.ts'

type Memory = Pick<Store,
  'setRunBase' | 'baseline' | 'putBaseline' | 'oldBaselines' | 'recordFlakes' | 'flakes' | 'allFlakes' | 'mergeFlakes' | 'recordDuration' | 'lastDuration' | 'putSession' | 'session' | 'sessions'
  | 'registerWorktree' | 'worktrees' | 'forgetWorktree'>

/** What is remembered between attempts: baselines, flakes, durations, sessions, worktrees. */
export function memory(context: StoreContext): Memory {
  const { project, connection, queries, runtime } = context
  // What is asked and written in every phase.
  const baseline = statement((at: { key: string }) => queries.selectFrom('baselines').select(['json', 'written_at']).where('project', '=', project).where('key', '=', at.key))
  const putBaseline = statement((row: { key: string; json: string; written_at: number }) =>
    queries.insertInto('baselines').values({ project, key: row.key, json: row.json, written_at: row.written_at })
      .onConflict((conflict) => conflict.columns(['project', 'key']).doUpdateSet((to) => ({ json: to.ref('excluded.json'), written_at: to.ref('excluded.written_at') }))))
  const flakes = statement((at: { check: string }) => queries.selectFrom('flakes').select(['test', 'seen']).where('project', '=', project).where('check_name', '=', at.check))
  const duration = statement((at: { key: string }) => queries.selectFrom('durations').select('milliseconds').where('project', '=', project).where('key', '=', at.key))
  return {
    setRunBase: (runId, commit) => connection.write(function* () {
      yield* run(queries.updateTable('runs').set({ base_commit: commit }).where('project', '=', project).where('id', '=', runId))
    }),
    baseline: (key, { since = 0 } = {}) => connection.ask(function* () {
      const kept = yield* baseline.one({ key })
      return kept && kept.written_at >= since ? kept.json : undefined
    }),
    putBaseline: (key, json) => connection.note(function* () {
      yield* putBaseline.run({ key, json, written_at: runtime.now() })
    }),
    oldBaselines: (before, forget = false) => connection.write(function* () {
      const old = yield* one(queries.selectFrom('baselines').select(({ fn }) => [fn.countAll<number>().as('count'), fn.sum<number | null>(fn<number>('length', ['json'])).as('bytes')]).where('project', '=', project).where('written_at', '<', before))
      if (forget) yield* run(queries.deleteFrom('baselines').where('project', '=', project).where('written_at', '<', before))
      return { count: old?.count ?? 0, bytes: old?.bytes ?? 0 }
    }),
    recordFlakes: (check, tests) => connection.note(function* () {
      const last_at = runtime.now()
      for (const test of new Set(tests)) {
        yield* run(queries.insertInto('flakes').values({ project, check_name: check, test, seen: 1, last_at })
          .onConflict((conflict) => conflict.columns(['project', 'check_name', 'test']).doUpdateSet((row) => ({ seen: row('flakes.seen', '+', 1), last_at }))))
      }
    }),
    flakes: (check) => connection.ask(function* () {
      const rows = yield* flakes.all({ check })
      return new Map(rows.map((row) => [row.test, row.seen]))
    }),
    allFlakes: () => connection.read(function* () {
      const rows = yield* all(queries.selectFrom('flakes').selectAll().where('project', '=', project).orderBy('check_name').orderBy('test'))
      return rows.map((row) => ({ check: row.check_name, test: row.test, seen: row.seen, lastAt: row.last_at }))
    }),
    mergeFlakes: (given) => connection.write(function* () {
      for (const { check, test, seen, lastAt } of given) {
        const before = yield* one(queries.selectFrom('flakes').selectAll().where('project', '=', project).where('check_name', '=', check).where('test', '=', test))
        const row = { seen: Math.max(seen, before?.seen ?? 0), last_at: Math.max(lastAt, before?.last_at ?? 0) }
        yield* run(queries.insertInto('flakes').values({ project, check_name: check, test, ...row }).onConflict((conflict) => conflict.columns(['project', 'check_name', 'test']).doUpdateSet(row)))
      }
    }),
    recordDuration: (key, milliseconds) => connection.note(function* () {
      const row = { milliseconds: Math.round(milliseconds), recorded_at: runtime.now() }
      yield* run(queries.insertInto('durations').values({ project, key, ...row }).onConflict((conflict) => conflict.columns(['project', 'key']).doUpdateSet(row)))
    }),
    lastDuration: (key) => connection.ask(function* () {
      return (yield* duration.one({ key }))?.milliseconds
    }),
    putSession: (id, json) => connection.note(function* () {
      const row = { json, written_at: runtime.now() }
      yield* run(queries.insertInto('sessions').values({ project, id, ...row }).onConflict((conflict) => conflict.columns(['project', 'id']).doUpdateSet(row)))
    }),
    session: (id) => connection.read(function* () {
      return (yield* one(queries.selectFrom('sessions').select('json').where('project', '=', project).where('id', '=', id)))?.json
    }),
    sessions: () => connection.read(function* () {
      const rows = yield* all(queries.selectFrom('sessions').select(['id', 'json']).where('project', '=', project).orderBy('id'))
      return rows.map((row) => ({ id: row.id, json: row.json }))
    }),
    registerWorktree: (entry) => connection.note(function* () {
      const row = { project, run: entry.run, attempt: entry.attemptId ?? null }
      yield* run(queries.insertInto('worktrees').values({ path: entry.path, ...row }).onConflict((conflict) => conflict.column('path').doUpdateSet(row)))
    }),
    worktrees: ({ run: of } = {}) => connection.ask(function* () {
      const whole = queries.selectFrom('worktrees').selectAll().where('project', '=', project).orderBy('path')
      const rows = yield* all(of === undefined ? whole : whole.where('run', '=', of))
      return rows.map((row) => ({ path: row.path, run: row.run, ...(row.attempt !== null && { attemptId: row.attempt }) }))
    }),
    forgetWorktree: (path) => connection.write(function* () {
      yield* run(queries.deleteFrom('worktrees').where('project', '=', project).where('path', '=', path))
    }),
  }
}
