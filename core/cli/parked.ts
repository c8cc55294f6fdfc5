import type { Parked } from '../drain/breaker/index.ts'
import type { PhaseRecord, RunRecord, Store } from '../store/store.ts'
import type { LoadedProject } from './project.ts'

export type ParkedOf = (run: Pick<RunRecord, 'id' | 'family'>, phase: PhaseRecord) => Parked | undefined

/** Why phases are parked. Nothing is loaded where no bucket parks anything. */
export async function readParked({ config, runtime }: LoadedProject, store: Pick<Store, 'storedBreaker'>): Promise<ParkedOf> {
  const { state, after } = await store.storedBreaker()
  const failed = after.some((event) => event.type !== 'attempt' || event.found !== undefined)
  if (!failed && (!state?.on || state.buckets.size === 0)) return () => undefined
  const { currentBreaker, parkedLookup } = await import('../project/buckets.ts')
  const current = await currentBreaker({ storedBreaker: async () => ({ state, after }) })
  return current.on ? parkedLookup({ config, runtime, provisions: { builders: new Map() } }, current) : () => undefined
}
