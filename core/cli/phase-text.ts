import type { Parked } from '../drain/breaker/index.ts'
import { isAccepted } from '../model/phase.ts'
import type { PhaseRecord } from '../store/store.ts'
import type { Style } from '../reporters/style.ts'

/** Width of the word that says how a phase is. */
export const stateWidth = 10

/** The stored state in a person's words: a queued phase may be held, deferred, or blocked by a need that nothing will meet as things are. */
export function stateWord(phase: PhaseRecord, phases: readonly PhaseRecord[], now: number, parked?: Parked): string {
  if (phase.state !== 'QUEUED') return phase.state.toLowerCase()
  if (phase.holdReason !== undefined) return 'held'
  if (isBlocked(phase, phases)) return 'blocked'
  if (parked) return 'parked'
  return phase.notBefore !== undefined && phase.notBefore > now ? 'deferred' : 'queued'
}

/** Needs, directly or through others, a phase that failed, is held or waits for a decision. The needs of a plan have no cycles. */
function isBlocked(phase: PhaseRecord, phases: readonly PhaseRecord[]): boolean {
  return phase.spec.needs.some((id) => {
    const need = phases.find((other) => other.id === id && other.run === phase.run)
    if (need?.state === 'QUEUED') return need.holdReason !== undefined || isBlocked(need, phases)
    return need?.state === 'FAILED' || need?.state === 'REVIEW'
  })
}

/** That a person took what a phase had done although it failed. */
export function acceptedText(phase: PhaseRecord): string | undefined {
  return isAccepted(phase) ? `accepted against ${phase.class}` : undefined
}

export function paintState(word: string, text: string, style: Style): string {
  switch (word) {
    case 'complete': return style.green(text)
    case 'failed': return style.red(text)
    case 'executing': case 'running': return style.cyan(text)
    case 'held': case 'deferred': case 'blocked': case 'parked': case 'review': return style.yellow(text)
    default: return style.dim(text)
  }
}

/** Why a queued phase does not run now, what it needs, or that there is nothing to build. */
export function waitingText(phase: PhaseRecord, phases: readonly PhaseRecord[], now: number, parked?: Parked, isApproved = false): string | undefined {
  if (phase.state === 'FAILED' && parked) return 'parked with its bucket'
  if (phase.state !== 'QUEUED') return undefined
  if (phase.holdReason !== undefined) return phase.holdReason
  if (!parked && phase.notBefore !== undefined && phase.notBefore > now) return `until ${new Date(phase.notBefore).toISOString().replace(/\.\d+Z$/, 'Z')}`
  if (parked && !isBlocked(phase, phases)) return parked.reason
  if (isApproved) return 'approved: the next run takes its work over'
  const unmet = phase.spec.needs.filter((need) => !phases.some((other) => other.id === need && (other.state === 'COMPLETE' || other.state === 'SKIPPED')))
  return unmet.length === 0 ? undefined : `needs ${unmet.join(', ')}`
}
