import { recover } from '../pipeline/recovery.ts'
import type { Engine } from '../pipeline/engine.ts'
import { isAlive } from '../process/owner.ts'
import { endSurvivors } from './survivors.ts'

/** Ends one attempt that a crash left open, if it is still open, and saves its work. Returns whether it did. */
export async function recoverOne(engine: Engine, attemptId: string): Promise<boolean> {
  const recovered = await recover(engine, {
    only: attemptId,
    isAlive: (owner) => isAlive(engine.runtime, owner),
    killSurvivors: (attempt) => endSurvivors(engine, attempt),
    attemptsLeft: (phase) => phase.chargedEver < engine.config.drain.absoluteAttemptCap,
  }, engine.leaseSeconds)
  return recovered > 0
}
