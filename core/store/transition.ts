import { phaseTransitions } from '../model/phase.ts'
import type { PhaseState } from '../model/phase.ts'

/** The one place where a phase's state may change: returns the new state, or throws when the state machine has no such way. */
export function transition(phase: { run: string; id: string; state: PhaseState }, to: PhaseState): PhaseState {
  if (!phaseTransitions[phase.state].includes(to)) throw new Error(`phase ${phase.run}/${phase.id} cannot go from ${phase.state} to ${to}`)
  return to
}
