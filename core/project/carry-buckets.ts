import { carryOver, isOfAnotherVersion, mapFingerprints } from '../failure/index.ts'
import { fold, noBuckets } from '../drain/breaker/index.ts'
import type { BreakerFact } from '../model/bucket.ts'
import type { AttemptRecord } from '../store/store.ts'
import type { Engine } from '../pipeline/engine.ts'
import { currentBreaker } from './buckets.ts'
import { reclassify } from './reclassify.ts'

/**
 * Takes buckets of an older fingerprint version over into this one, by classifying the failures of their members again: what was parked stays parked
 * under its new name. A bucket whose failures cannot be told any more closes.
 */
export async function carryBuckets(engine: Pick<Engine, 'store' | 'hooks' | 'runtime' | 'repository' | 'emit'>): Promise<void> {
  const { store, hooks, runtime, repository, emit } = engine
  const state = await currentBreaker(store)
  const old = [...state.buckets.values()].filter((bucket) => isOfAnotherVersion(bucket.fingerprint))
  if (old.length === 0) return
  const classified: { before: string; after: string }[] = []
  for (const bucket of old)
    for (const { run, phase } of bucket.members) {
      const failed = (await store.attempts({ run, phase })).findLast((attempt) => attempt.classification?.fingerprint === bucket.fingerprint)
      if (!hasFailure(failed)) continue
      const { classification } = await reclassify(failed, { hooks, context: { home: runtime.home, temporaryDir: runtime.temporaryDir }, prefix: repository.prefix })
      classified.push({ before: bucket.fingerprint, after: classification.fingerprint })
    }
  const { open, lost } = carryOver(old.map((bucket) => bucket.fingerprint), mapFingerprints(classified))
  const into = (fingerprint: string) => [...open].flatMap(([now, from]) => (from.includes(fingerprint) ? [now] : []))
  const facts: BreakerFact[] = old.map(({ fingerprint }) => ({ type: 'carry', fingerprint, into: lost.includes(fingerprint) ? [] : into(fingerprint) }))
  await store.advanceBreaker({ known: noBuckets(), facts, fold })
  for (const fact of facts) if (fact.type === 'carry') {
    const now = fact.into.length === 0 ? 'closed: its failures cannot be told any more' : `now ${fact.into.join(', ')}`
    emit({ type: 'notice', level: 'info', message: `bucket ${fact.fingerprint} is of an older version: it is ${now}` })
  }
}

function hasFailure(attempt: AttemptRecord | undefined): attempt is AttemptRecord & { failure: NonNullable<AttemptRecord['failure']> } {
  return attempt?.failure !== undefined
}
