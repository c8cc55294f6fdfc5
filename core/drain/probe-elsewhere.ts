import type { BucketMember } from '../model/bucket.ts'
import type { Store } from '../store/store.ts'

/** How often a drain that waits for the probe of another process looks whether it has ended, in milliseconds. */
export const probeTurnMs = 2_000

type Probe = Pick<BucketMember, 'run' | 'phase'> & { fingerprint: string }

/**
 * The probe that another process executes now, of a bucket that parks what is left: how it ends decides whether there is anything to do. One whose process
 * is gone has no lease for long, and is not waited for.
 */
export async function probeElsewhere(store: Pick<Store, 'phase' | 'heldLeases'>, probes: readonly Probe[], now: number): Promise<Probe | undefined> {
  if (probes.length === 0) return undefined
  const leases = await store.heldLeases()
  for (const probe of probes) {
    if (leases.some(({ run, expiresAt }) => run === probe.run && expiresAt > now) && (await store.phase(probe.run, probe.phase))?.state === 'EXECUTING') return probe
  }
  return undefined
}
