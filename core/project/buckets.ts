import { bucketsParking, bucketState, fold, foldAll, noBuckets, parkedText, radiusText, type Parked, type Traits } from '../drain/breaker/index.ts'
import { fingerprintUnknownError } from '../errors.ts'
import type { BreakerEvent, BreakerState, Bucket } from '../model/bucket.ts'
import type { BucketDecision, BucketReport, BucketSummary, RunBucket } from '../model/bucket-report.ts'
import { compareText } from '../model/compare-text.ts'
import { iso } from '../model/iso.ts'
import { totalTokens, unpricedPart } from '../model/usage.ts'
import type { AttemptTelemetry } from '../model/telemetry.ts'
import type { Engine } from '../pipeline/engine.ts'
import { reachOfPhase } from '../pipeline/reach.ts'
import type { PhaseRecord, RunRecord, Store } from '../store/store.ts'

export interface BucketsContext extends Pick<Engine, 'config' | 'runtime'> {
  store: Store
  provisions: Pick<Engine['provisions'], 'builders'>
}

/** The state as it is now: what was kept last, and what happened since. */
export async function currentBreaker(store: Pick<Store, 'storedBreaker'>): Promise<BreakerState> {
  return foldAll(await store.storedBreaker())
}

export type ParkedLookup = (run: Pick<RunRecord, 'id' | 'family'>, phase: PhaseRecord) => Parked | undefined

/** Why a phase that is queued or failed is parked, if it is. */
export function parkedLookup({ config, provisions, runtime }: Omit<BucketsContext, 'store'>, state: BreakerState): ParkedLookup {
  return (run, phase) => {
    if ((phase.state !== 'QUEUED' && phase.state !== 'FAILED') || state.buckets.size === 0) return undefined
    const [bucket] = bucketsParking(state, traitsOf({ config, provisions, runtime }, run, phase), phase.spec.repairs)
    return bucket && parkedText(bucket, runtime.now())
  }
}

function traitsOf({ config, provisions, runtime }: Omit<BucketsContext, 'store'>, run: Pick<RunRecord, 'id' | 'family'>, phase: PhaseRecord): Traits {
  return { run: run.id, family: run.family, phase: phase.id, host: runtime.host, ...reachOfPhase({ config, provisions: { checkFormats: new Map(), stubKinds: [], ...provisions } }, phase.spec) }
}

/** Why phases of a run are parked, as it is now. */
export async function parkedReasons(context: BucketsContext, run: RunRecord): Promise<(phase: PhaseRecord) => string | undefined> {
  const state = await currentBreaker(context.store)
  if (!state.on) return () => undefined
  const lookup = parkedLookup(context, state)
  return (phase) => {
    const parked = lookup(run, phase)
    return parked && `${parked.title} (${parked.fingerprint})`
  }
}

type Failed = Extract<BreakerEvent, { type: 'attempt' }> & { found: NonNullable<Extract<BreakerEvent, { type: 'attempt' }>['found']> }

/** Every bucket with failures, with what it hit, cost and parks. */
export async function reportBuckets(context: BucketsContext, filter: { run?: string; since?: string | number } = {}): Promise<BucketReport> {
  const { store } = context
  const since = filter.since === undefined ? undefined : typeof filter.since === 'number' ? filter.since : Date.parse(filter.since)
  const state = await currentBreaker(store)
  const events = await store.breakerEvents(since === undefined ? {} : { since })
  const failed = events.filter((event): event is Failed => event.type === 'attempt' && event.found !== undefined && (filter.run === undefined || event.run === filter.run))
  const spent = new Map((await store.telemetry(filter.run === undefined ? {} : { runs: [filter.run] })).map((attempt) => [attemptKey(attempt.run, attempt.phase, attempt.number), attempt]))
  const parked = await countParked(context, state)
  const byFingerprint = Map.groupBy(failed, (event) => event.found.fingerprint)
  // What is parked is shown, whenever it failed.
  for (const [fingerprint, bucket] of state.buckets) if (!byFingerprint.has(fingerprint) && filter.run === undefined && bucketState(bucket, 0) !== 'closed') byFingerprint.set(fingerprint, (await store.breakerEvents({ fingerprint })) as Failed[])
  const buckets = [...byFingerprint].filter(([, members]) => members.length > 0).map(([fingerprint, members]) =>
    summaryOf(members, { bucket: state.on ? state.buckets.get(fingerprint) : undefined, all: failed.length, parked: parked.get(fingerprint) ?? 0, spent, now: context.runtime.now() }))
  return {
    on: state.on, failures: failed.length, runs: runsOf(failed),
    buckets: buckets.toSorted((left, right) => Number(right.parked > 0) - Number(left.parked > 0) || right.count - left.count || compareText(left.fingerprint, right.fingerprint)),
  }
}

const attemptKey = (run: string, phase: string, attempt: number): string => JSON.stringify([run, phase, attempt])

async function countParked(context: BucketsContext, state: BreakerState): Promise<Map<string, number>> {
  const parked = new Map<string, number>()
  if (!state.on || ![...state.buckets.values()].some((bucket) => bucketState(bucket, 0) !== 'closed')) return parked
  const lookup = parkedLookup(context, state)
  const runs = new Map((await context.store.runs()).map((run) => [run.id, run]))
  for (const phase of await context.store.phases({ states: ['QUEUED', 'FAILED'] })) {
    const by = lookup(runs.get(phase.run)!, phase)
    if (by) parked.set(by.fingerprint, (parked.get(by.fingerprint) ?? 0) + 1)
  }
  return parked
}

interface SummaryContext { bucket: Bucket | undefined; all: number; parked: number; spent: ReadonlyMap<string, AttemptTelemetry>; now: number }

function summaryOf(members: readonly Failed[], { bucket, all, parked, spent, now }: SummaryContext): BucketSummary {
  const last = members.at(-1)!
  const { fingerprint, class: failureClass, title, blame } = last.found
  const state = bucket ? bucketState(bucket, now) : 'closed'
  const text = bucket && state !== 'closed' ? parkedText(bucket, now) : undefined
  const phases = [...Map.groupBy(members, (event) => JSON.stringify([event.run, event.phase])).values()].map((attempts) => ({
    run: attempts[0]!.run, phase: attempts[0]!.phase, attempts: attempts.length,
    member: bucket?.members.some((one) => one.run === attempts[0]!.run && one.phase === attempts[0]!.phase) ?? false,
  }))
  const open = bucket?.opened ?? (state === 'suspended' ? bucket?.cells[0]?.since : undefined)
  return {
    fingerprint, class: failureClass, title, blame, state, radius: text && bucket ? radiusText(bucket) : null,
    count: members.length, share: all === 0 ? 0 : Math.min(1, members.length / all), firstSeen: iso(members[0]!.at), lastSeen: iso(last.at),
    runs: [...new Set(members.map((event) => event.run))], phases, spent: spentBy(members, spent),
    parked, parkedSince: open === undefined ? null : iso(open), parkedBy: bucket?.byHand ? { ...bucket.byHand, at: iso(bucket.byHand.at) } : null,
    probe: bucket?.probe ?? null, nextProbeAt: bucket?.nextProbeAt === undefined || state === 'closed' ? null : iso(bucket.nextProbeAt), release: text?.release ?? null,
    trend: [...Map.groupBy(members, (event) => event.session)].map(([session, attempts]) => ({ session, failures: attempts.length })),
    next: bucket?.byHand ? `autopack buckets close ${fingerprint} --reason '…'` : `autopack explain ${fingerprint}`,
  }
}

function spentBy(members: readonly Failed[], known: ReadonlyMap<string, AttemptTelemetry>): BucketSummary['spent'] {
  let [tokens, cost]: [number | null, number | null] = [null, null]
  let [unknown, unpriced] = [0, 0]
  for (const event of members) {
    const usage = known.get(attemptKey(event.run, event.phase, event.attempt))?.usage ?? 'unknown'
    const total = totalTokens(usage)
    if (total !== undefined) tokens = (tokens ?? 0) + total
    else if (event.builderReached) unknown++
    if (usage !== 'unknown' && usage.cost !== undefined) cost = (cost ?? 0) + usage.cost
    if (unpricedPart(usage)) unpriced++
  }
  return { tokens, cost, unknown, unpriced }
}

function runsOf(failed: readonly Failed[]): RunBucket[] {
  return [...Map.groupBy(failed, (event) => event.run)].map(([run, events]) => {
    const [fingerprint, most] = [...Map.groupBy(events, (event) => event.found.fingerprint)].toSorted((left, right) => right[1].length - left[1].length)[0]!
    return { run, failures: events.length, fingerprint, share: most.length / events.length }
  }).toSorted((left, right) => right.failures - left.failures)
}

/** What a person decided about a bucket. Throws UserError for one that nothing is known of. */
export async function decideBucket(context: BucketsContext, type: 'close' | 'park', request: { fingerprint: string; by: string; reason: string }): Promise<BucketDecision> {
  const { store, runtime } = context
  const before = await currentBreaker(store)
  const known = [...before.buckets.keys()]
  const found = known.includes(request.fingerprint) ? [request.fingerprint] : known.filter((one) => one.startsWith(request.fingerprint) || one.replace(/^v\d+-/, '').startsWith(request.fingerprint))
  const [fingerprint] = found
  if (fingerprint === undefined || found.length > 1) throw fingerprintUnknownError(request.fingerprint, request.fingerprint === '' ? [] : found, known)
  const { by, reason } = request
  const { title } = before.buckets.get(fingerprint)!
  const { state } = await store.advanceBreaker({ known: noBuckets(), facts: [{ type, fingerprint, by, reason }], fold })
  const bucket = state.buckets.get(fingerprint)
  return { fingerprint, title, state: bucket ? bucketState(bucket, runtime.now()) : 'closed', by, reason, parked: (await countParked(context, state)).get(fingerprint) ?? 0 }
}
