import { phaseName } from '../model/bucket.ts'
import type { SetupRequest } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'

/** A setup that failed in this drain. */
export interface FailedSetup {
  error: Error
  /** When it ran last; epoch milliseconds. */
  at: number
  /** The phase that ran it. */
  by: string
  /** Those that were told of it, `phaseName` each. */
  told: Set<string>
}

/** So much later the probe of a fault runs it again, to see whether it is over. */
const freshMs = 10 * 60_000

/**
 * What is known of setups that failed in this drain: the same commands fail on the same files for the next phase too, so that it is told instead of waiting
 * for them. A phase that is tried again, as a classifier asks for, and a probe some time later run them anew; so does the next drain.
 */
export function setupFailures({ engine, claim, request, warnings }: Attempt): SetupRequest['failures'] & {} {
  const { failedSetups, runtime } = engine
  const own = phaseName(claim.run.id, claim.phase.id)
  return {
    find(id) {
      const known = failedSetups.get(id)
      if (!known || known.told.has(own) || (request.probes && runtime.now() - known.at >= freshMs)) return undefined
      known.told.add(own)
      warnings.push(`the setup was not run again: it failed for ${known.by} in this drain, with the same files`)
      return known.error
    },
    failed: (id, error) => void failedSetups.set(id, { error, at: runtime.now(), by: `${claim.run.id}/${claim.phase.id}`, told: new Set([...(failedSetups.get(id)?.told ?? []), own]) }),
    made: (id) => void failedSetups.delete(id),
  }
}
