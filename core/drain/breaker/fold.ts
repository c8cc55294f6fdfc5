import type { BreakerEvent, BreakerState, Bucket, BucketMember } from '../../model/bucket.ts'
import { unreachable } from '../../model/unreachable.ts'
import { addFailure, closeByHand, otherOutcome, parkByHand, probeAgain } from './bucket.ts'
import { isPhase } from './radius.ts'

export const noBuckets = (): BreakerState => ({ seq: 0, on: true, repeats: 3, buckets: new Map() })

/** The state as it is now: what was kept last, and what happened since. */
export function foldAll({ state, after }: { state: BreakerState | undefined; after: readonly BreakerEvent[] }): BreakerState {
  return after.reduce((before, event) => fold(before, event).state, state ?? noBuckets())
}

/** The state after one more event, and the phases whose bucket closed: they are allowed new attempts. Pure: the same events give the same state. */
export function fold(state: BreakerState, event: BreakerEvent): { state: BreakerState; released: BucketMember[] } {
  if (event.seq <= state.seq) return { state, released: [] }
  const next = { ...state, seq: event.seq }
  switch (event.type) {
    case 'attempt': return afterAttempt(next, event)
    case 'drain': return {
      state: {
        ...next, on: event.breakers, repeats: event.repeats,
        buckets: mapBuckets(state, (bucket) => {
          const { probe, ...rest } = bucket
          const under = probe !== undefined && event.executing.some((one) => one.run === probe.run && one.phase === probe.phase)
          const kept = under || !probe ? bucket : rest
          // Who goes on with a session goes on counting.
          return event.resumed ? kept : probeAgain(kept, event.at)
        }),
      },
      released: [],
    }
    case 'probe': return { state: { ...next, buckets: mapBuckets(state, (bucket) => (event.fingerprints.includes(bucket.fingerprint) ? { ...bucket, probe: { run: event.run, phase: event.phase } } : bucket)) }, released: [] }
    case 'probe-over': return { state: { ...next, buckets: mapBuckets(state, (bucket) => withoutProbe(bucket, event)) }, released: [] }
    case 'requeue': return {
      state: {
        ...next,
        buckets: mapBuckets(state, (bucket) => {
          if (!bucket.members.some((member) => isPhase(member, event))) return bucket
          return probeAgain({ ...bucket, asked: { run: event.run, phase: event.phase }, members: bucket.members.filter((member) => !isPhase(member, event)) }, event.at)
        }),
      },
      released: [],
    }
    // No evidence: whatever is suspended or open stays so, and finds another probe.
    case 'accepted': return { state: { ...next, buckets: mapBuckets(state, (bucket) => accepted(bucket, event)) }, released: [] }
    case 'close': case 'park': {
      const bucket = state.buckets.get(event.fingerprint)
      if (!bucket) return { state: next, released: [] }
      const { bucket: after, released } = event.type === 'close' ? closeByHand(bucket) : { bucket: parkByHand(bucket, event), released: [] }
      return { state: { ...next, buckets: withBucket(state, after) }, released }
    }
    case 'carry': {
      const bucket = state.buckets.get(event.fingerprint)
      if (!bucket) return { state: next, released: [] }
      const buckets = new Map(state.buckets)
      buckets.delete(event.fingerprint)
      for (const fingerprint of event.into) if (!buckets.has(fingerprint)) buckets.set(fingerprint, { ...bucket, fingerprint })
      return { state: { ...next, buckets }, released: [] }
    }
    default: return unreachable(event)
  }
}

type Attempt = Extract<BreakerEvent, { type: 'attempt' }>

function afterAttempt(state: BreakerState, event: Attempt): { state: BreakerState; released: BucketMember[] } {
  const { found } = event
  const released: BucketMember[] = []
  const buckets = mapBuckets(state, (bucket) => {
    if (bucket.fingerprint === found?.fingerprint) return bucket
    if (found === undefined && event.outcome !== 'complete' && event.outcome !== 'review') return withoutProbe(bucket, event)
    const after = otherOutcome(bucket, event, state.repeats)
    released.push(...after.released)
    return after.bucket
  })
  for (const [fingerprint, bucket] of buckets) if (bucket.asked && isPhase(bucket.asked, event)) buckets.set(fingerprint, withoutAsked(bucket))
  if (found) buckets.set(found.fingerprint, addFailure(buckets.get(found.fingerprint), { ...event, found }, state.repeats))
  // Who failed again with another fingerprint is not released by its own failure.
  return { state: { ...state, buckets }, released: released.filter((member) => !isPhase(member, event)) }
}

function withoutAsked({ asked: _asked, ...bucket }: Bucket): Bucket {
  return bucket
}

/** The bucket without a phase that is done and did not get past the fault. */
function accepted(bucket: Bucket, event: { run: string; phase: string }): Bucket {
  if (!bucket.members.some((member) => isPhase(member, event)) && !(bucket.asked && isPhase(bucket.asked, event))) return bucket
  const rest = bucket.asked && isPhase(bucket.asked, event) ? withoutAsked(bucket) : bucket
  return { ...withoutProbe(rest, event), members: rest.members.filter((member) => !isPhase(member, event)) }
}

/** A probe that told nothing leaves its place to the next. */
function withoutProbe(bucket: Bucket, event: { run: string; phase: string }): Bucket {
  if (!bucket.probe || !isPhase(bucket.probe, event)) return bucket
  const { probe: _probe, ...rest } = bucket
  return rest
}

/** The same objects where nothing changed; buckets without members and without a radius are forgotten. */
function mapBuckets(state: BreakerState, change: (bucket: Bucket) => Bucket): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>()
  for (const [fingerprint, bucket] of state.buckets) {
    const after = change(bucket)
    if (!isForgotten(after)) buckets.set(fingerprint, after)
  }
  return buckets
}

function withBucket(state: BreakerState, bucket: Bucket): Map<string, Bucket> {
  return mapBuckets(state, (one) => (one.fingerprint === bucket.fingerprint ? bucket : one))
}

const isForgotten = (bucket: Bucket): boolean => bucket.members.length === 0 && bucket.cells.length === 0 && bucket.opened === undefined
