import type { AttemptTelemetry } from '../model/telemetry.ts'
import type { StoreContext } from './context.ts'
import type { AttemptRow } from './schema.ts'
import { all, one } from './steps.ts'
import type { Steps } from './steps.ts'
import type { AttemptOutcome, Store } from './store.ts'

type TelemetryRow = Pick<AttemptRow,
  'id' | 'run' | 'phase' | 'number' | 'session' | 'charged' | 'outcome' | 'builder_reached' | 'usage' | 'started_at' | 'ended_at' | 'yield' | 'estimate' | 'classification'> & { family: string | null }

/** Attempts that are looked through, and that are read, at a time. */
const lookBack = 500
const page = 200

/** Attempts that ended, without what makes them large. */
export function telemetry({ project, connection, queries }: StoreContext): Pick<Store, 'telemetry' | 'durations'> {
  /** When a session got its allowance: before its first attempt, so that what is older need not be looked at. */
  function* beginOf(session: string): Steps<number | undefined> {
    return (yield* one(queries.selectFrom('allowances').select('granted_at').where('project', '=', project).where('session', '=', session)))?.granted_at
  }

  /** No attempt before this one began at that time or later. From the latest back, in steps: where a clock was put back, some are younger than those after them. */
  function* firstSince(time: number): Steps<number> {
    for (let first = Number.MAX_SAFE_INTEGER; ;) {
      const before = queries.selectFrom('attempts').select(['seq', 'started_at']).where('project', '=', project).where('seq', '<', first).orderBy('seq', 'desc').limit(lookBack)
      const found = yield* one(queries.selectFrom(before.as('before')).select(({ fn }) => [fn.min('seq').as('seq'), fn.max('started_at').as('latest')]))
      if (!found || found.seq === null || found.latest < time) return first
      first = found.seq
    }
  }

  function* rows(filter: Parameters<Store['telemetry']>[0]): Steps<AttemptTelemetry[]> {
    let query = queries.selectFrom('attempts')
      .leftJoin('runs', (join) => join.onRef('runs.project', '=', 'attempts.project').onRef('runs.id', '=', 'attempts.run'))
      .select(['attempts.seq', 'attempts.id', 'attempts.run', 'runs.family', 'attempts.phase', 'attempts.number', 'attempts.session', 'attempts.charged', 'attempts.outcome',
        'attempts.builder_reached', 'attempts.usage', 'attempts.started_at', 'attempts.ended_at', 'attempts.yield', 'attempts.estimate', 'attempts.classification'])
      .where('attempts.project', '=', project).where('attempts.ended_at', 'is not', null)
    if (filter.runs) query = query.where('attempts.run', 'in', filter.runs)
    if (filter.session !== undefined) query = query.where('attempts.session', '=', filter.session)
    const since = filter.since ?? (filter.session === undefined ? undefined : yield* beginOf(filter.session))
    if (since !== undefined) query = query.where('attempts.started_at', '>=', since).where('attempts.seq', '>=', yield* firstSince(since))
    // What a row holds is several times what is made of it: of thousands, some hundred at a time.
    const found: AttemptTelemetry[] = []
    for (let [left, before] = [filter.limit ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]; left > 0;) {
      const some = yield* all(query.where('attempts.seq', '<', before).orderBy('attempts.seq', 'desc').limit(Math.min(left, page)))
      found.push(...some.map(telemetryOf))
      if (some.length < page) break
      left -= some.length
      before = some.at(-1)!.seq
    }
    return found.toReversed()
  }
  return {
    telemetry: (filter) => connection.read(() => rows(filter)),
    durations: (prefix) => connection.read(function* () {
      // A prefix as a range: the index is by project and key.
      const found = yield* all(queries.selectFrom('durations').select(['key', 'milliseconds', 'recorded_at']).where('project', '=', project).where('key', '>=', prefix).where('key', '<', `${prefix}\u{10ffff}`))
      return found.map((row) => ({ key: row.key, durationMs: row.milliseconds, at: row.recorded_at }))
    }),
  }
}

/** What an attempt brought that ended before this was kept: whether its phase is complete is told by its outcome. */
const nothing = { testsFixed: 0, testsBroken: 0, deliverables: 0 }

function telemetryOf(row: TelemetryRow): AttemptTelemetry {
  const failed = row.classification === null ? undefined : (JSON.parse(row.classification) as { class: string; fingerprint: string })
  return {
    attemptId: row.id, run: row.run, family: row.family ?? '', phase: row.phase, number: row.number, session: row.session, charged: row.charged === 1,
    outcome: row.outcome as AttemptOutcome, builderReached: row.builder_reached === 1, usage: JSON.parse(row.usage) as AttemptTelemetry['usage'],
    startedAt: row.started_at, endedAt: row.ended_at!, yield: row.yield === null ? nothing : (JSON.parse(row.yield) as AttemptTelemetry['yield']),
    ...(row.estimate !== null && { estimate: JSON.parse(row.estimate) as NonNullable<AttemptTelemetry['estimate']> }),
    ...(failed && { class: failed.class, fingerprint: failed.fingerprint }),
  }
}
