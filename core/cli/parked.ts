import type { Parked } from '../drain/breaker/index.ts'
import type { PhaseRecord, RunRecord, Store } from '../store/store.ts'
import type { LoadedProject } from './project.ts'

export type ParkedOf = (run: Pick<RunRecord, 'id' | 'family'>, phase: PhaseRecord) => Parked | undefined

/** Why phases are parked. Nothing is loaded where no bucket parks anything. */
export async function readParked({ config, runtime }: LoadedProject, store: Pick<Store, 'storedBreaker'>): Promise<ParkedOf> {
  const stored = await store.storedBreaker()
  const { state, after } = stored
  const failed = after.some((event) => event.type !== 'attempt' || event.found !== undefined)
  if (!failed && (!state?.on || state.buckets.size === 0)) return () => undefined
  const { bucketState, foldAll } = await import('../drain/breaker/index.ts')
  const current = foldAll(stored)
  if (!current.on || [...current.buckets.values()].every((bucket) => bucketState(bucket, runtime.now()) === 'closed')) return () => undefined
  const { parkedLookup } = await import('../project/buckets.ts')
  return parkedLookup({ config, runtime, provisions: { builders: new Map() } }, current)
}
