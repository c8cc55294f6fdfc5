import { FencedError, type Claim } from '../store/store.ts'
import type { Engine } from './engine.ts'

/**
 * A lease that nobody renews is taken over; so it is renewed three times within its life. `lost`: somebody else has it, and nothing may be written any more.
 * `warn`: it could not be renewed this time.
 */
export function keepLease({ store, runtime, leaseSeconds }: Pick<Engine, 'store' | 'runtime' | 'leaseSeconds'>, claim: Claim, tell: { lost(error: FencedError): void; warn(message: string): void }): { stop(): Promise<void> } {
  const over = new AbortController()
  const beat = async (): Promise<void> => {
    for (;;) {
      await runtime.sleep((leaseSeconds * 1_000) / 3, over.signal)
      if (over.signal.aborted) return
      try {
        await store.heartbeat(claim, leaseSeconds)
      } catch (error) {
        if (error instanceof FencedError) return tell.lost(error)
        // A busy or briefly unreachable store is tried again at the next beat, well within the lease.
        tell.warn(`the lease could not be renewed: ${(error as Error).message}`)
      }
    }
  }
  const beating = beat()
  return { async stop() { over.abort(null); await beating } }
}
