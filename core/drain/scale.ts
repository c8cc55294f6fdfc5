import type { Emit } from '../model/events.ts'
import type { Store } from '../store/store.ts'
import { goNoGo } from './go-no-go.ts'

/** The batch of `--scale auto` once go/no-go says go. */
export const scaledBatch = 100

export interface Scaling { store: Pick<Store, 'telemetry'>; emit: Emit; session: string }

/**
 * How many phases a drain with `--scale auto` may take now that it has taken `batch`: 100 where go/no-go says go, the same where it does not.
 * Tells why. `why` stands in the stop's detail.
 */
export async function scaleUp({ store, emit, session }: Scaling, batch: number): Promise<{ batch: number; why: string }> {
  const { verdict, reason } = goNoGo(await store.telemetry({ session }))
  if (verdict === 'go') {
    emit({ type: 'notice', level: 'info', message: `go/no-go after ${batch} phases: go (${reason}); going on up to ${scaledBatch} phases (--scale auto)` })
    return { batch: scaledBatch, why: '' }
  }
  emit({ type: 'notice', level: 'warning', message: `go/no-go after ${batch} phases: ${verdict} (${reason}); staying at ${batch} phases (--scale auto)` })
  return { batch, why: `; not scaled to ${scaledBatch}: ${verdict}, ${reason}` }
}
