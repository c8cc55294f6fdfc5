/** Stored phase states. Held and deferred are QUEUED with `holdReason` or `notBefore`; parked and blocked are derived. */
export const phaseStates = ['QUEUED', 'EXECUTING', 'COMPLETE', 'FAILED', 'SKIPPED', 'REVIEW'] as const
export type PhaseState = (typeof phaseStates)[number]

/** Which state may follow which. EXECUTING may return to QUEUED (defer, hold, recovery). */
export const phaseTransitions: Readonly<Record<PhaseState, readonly PhaseState[]>> = {
  QUEUED: ['EXECUTING'],
  EXECUTING: ['COMPLETE', 'FAILED', 'SKIPPED', 'REVIEW', 'QUEUED'],
  COMPLETE: [],
  FAILED: ['QUEUED'],
  SKIPPED: [],
  REVIEW: ['COMPLETE', 'FAILED', 'QUEUED'],
}

/** How far an attempt got, in this order. */
export const stages = ['claim', 'workspace', 'scope', 'before-phase', 'baseline', 'stubs', 'build', 'guard', 'deliverables', 'checks', 'delta', 'commit'] as const
export type Stage = (typeof stages)[number]

/** Derived from the states of the run's phases. */
export type RunState = 'queued' | 'running' | 'review' | 'failed' | 'complete'

export function runStateOf(states: readonly PhaseState[]): RunState {
  if (states.includes('EXECUTING')) return 'running'
  if (states.includes('QUEUED')) return 'queued'
  if (states.includes('REVIEW')) return 'review'
  if (states.includes('FAILED')) return 'failed'
  return 'complete'
}

/** Whether a person accepted the phase against its verdict: it is COMPLETE and keeps the class of the failure that was overruled. */
export function isAccepted(phase: { state: PhaseState; class?: string }): boolean {
  return phase.state === 'COMPLETE' && phase.class !== undefined
}
