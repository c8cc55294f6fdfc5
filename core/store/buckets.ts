import type { BreakerEvent, BreakerFact, BreakerState, Bucket, BucketMember } from '../model/bucket.ts'
import type { StoreContext } from './context.ts'
import { breakerEvent, breakerState } from './records.ts'
import { all, one, run, statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { AttemptEnd, Claim, Store } from './store.ts'

type Advance = Parameters<Store['advanceBreaker']>[0]
type Methods = Pick<Store, 'advanceBreaker' | 'storedBreaker' | 'breakerEvents'>

export type Breakers = ReturnType<typeof breakers>

/** What buckets and breakers are made of: facts that are only ever added, and what they amount to. */
export function breakers(context: StoreContext) {
  const { project, connection, queries, runtime } = context
  const insert = statement((row: { at: number; type: string; fingerprint: string | null; run: string | null; phase: string | null; json: string }) =>
    queries.insertInto('breaker_events').values({ project, at: row.at, type: row.type, fingerprint: row.fingerprint, run: row.run, phase: row.phase, json: row.json }))
  context.frequent.push(insert)

  function* note(fact: BreakerFact): Steps<void> {
    const fingerprint = 'fingerprint' in fact ? fact.fingerprint : fact.type === 'attempt' ? (fact.found?.fingerprint ?? null) : null
    const [runId, phase] = 'run' in fact ? [fact.run, fact.phase] : [null, null]
    yield* insert.run({ at: runtime.now(), type: fact.type, fingerprint, run: runId, phase, json: JSON.stringify(fact) })
  }

  function* events(filter: Parameters<Store['breakerEvents']>[0]): Steps<BreakerEvent[]> {
    let query = queries.selectFrom('breaker_events').select(['seq', 'at', 'json']).where('project', '=', project)
    if (filter.after !== undefined) query = query.where('seq', '>', filter.after)
    if (filter.fingerprint !== undefined) query = query.where('fingerprint', '=', filter.fingerprint)
    if (filter.since !== undefined) query = query.where('at', '>=', filter.since)
    return (yield* all(query.orderBy('seq'))).map(breakerEvent)
  }

  const mark = () => one(queries.selectFrom('breaker').select(['seq', 'json']).where('project', '=', project))

  function* stored(found: { seq: number; json: string } | undefined): Steps<BreakerState | undefined> {
    if (!found) return undefined
    const rows = yield* all(queries.selectFrom('buckets').select(['fingerprint', 'json']).where('project', '=', project).orderBy('fingerprint'))
    return breakerState(found, rows)
  }

  function* advance({ known, facts = [], fold }: Advance): Steps<Awaited<ReturnType<Store['advanceBreaker']>>> {
    for (const fact of facts) yield* note(fact)
    const found = yield* mark()
    // Another process may have been here meanwhile.
    const before = found && found.seq !== known.seq ? (yield* stored(found))! : found ? known : { ...known, seq: 0, buckets: new Map<string, Bucket>() }
    let state = before
    const released: BucketMember[] = []
    for (const event of yield* events({ after: before.seq })) {
      const next = fold(state, event)
      state = next.state
      released.push(...next.released)
    }
    if (state === before && found) return { state, before: known, released }
    yield* write(before, state)
    for (const member of released) {
      yield* run(queries.updateTable('phases').set({ charged: 0 }).where('project', '=', project).where('run', '=', member.run).where('id', '=', member.phase).where('charged', '>', 0))
    }
    return { state, before: known, released }
  }

  function* write(before: BreakerState, state: BreakerState): Steps<void> {
    for (const fingerprint of before.buckets.keys()) {
      if (!state.buckets.has(fingerprint)) yield* run(queries.deleteFrom('buckets').where('project', '=', project).where('fingerprint', '=', fingerprint))
    }
    for (const [fingerprint, bucket] of state.buckets) {
      if (before.buckets.get(fingerprint) === bucket) continue
      const json = JSON.stringify(bucket)
      yield* run(queries.insertInto('buckets').values({ project, fingerprint, json }).onConflict((conflict) => conflict.columns(['project', 'fingerprint']).doUpdateSet({ json })))
    }
    const row = { seq: state.seq, json: JSON.stringify({ on: state.on, repeats: state.repeats }) }
    yield* run(queries.insertInto('breaker').values({ project, ...row }).onConflict((conflict) => conflict.column('project').doUpdateSet(row)))
  }

  const methods: Methods = {
    // What is made of the facts could be made again, so it is not synced by itself; what a person decided could not.
    advanceBreaker: (request) => (request.facts?.some((fact) => fact.type === 'close' || fact.type === 'park') ? connection.write : connection.note)(() => advance(request)),
    storedBreaker: () => connection.read(function* () {
      const state = yield* stored(yield* mark())
      return { state, after: yield* events({ after: state?.seq ?? 0 }) }
    }),
    breakerEvents: (filter) => connection.read(() => events(filter)),
  }
  return { note, methods }
}

/** What the end of an attempt says of buckets. `host`: of the process that ends it. */
export function attemptFact(claim: Claim, end: AttemptEnd, host: string): BreakerFact {
  const { classification, failure } = end
  return {
    type: 'attempt', run: claim.run.id, family: claim.run.family, phase: claim.phase.id, attempt: claim.number, session: claim.session, host,
    ...(end.builder !== undefined && { builder: end.builder }), checks: [...(end.checks ?? [])], stage: end.stage, outcome: end.outcome, builderReached: end.builderReached, startedAt: claim.startedAt,
    ...(classification && {
      found: {
        fingerprint: classification.fingerprint, class: classification.class, title: classification.title, blame: classification.blame, confidence: classification.confidence,
        ...(failure?.check !== undefined && { check: failure.check }), flaky: classification.class === 'flaky' || failure?.flakeHistory === true, onBase: end.stage === 'baseline' || failure?.onBase === true,
        ...(failure?.brokenFiles !== undefined && failure.brokenFiles.length > 0 && { files: failure.brokenFiles }), ...(failure?.mends && { mends: true }),
      },
    }),
  }
}
