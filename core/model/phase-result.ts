import type { DrainRules } from './drain.ts'
import type { Classification } from './failure.ts'
import type { PhaseState } from './phase.ts'
import type { Usage } from './usage.ts'

/** What the drain hands to an executor: exactly one phase, and what binds it. */
export interface PhaseToExecute {
  run: string
  phase: string
  /** It is FAILED, and the claim queues it again. */
  requeueFailed: boolean
  session: string
  rules: DrainRules
  /** What the drain may still spend besides what others at work have spent; it changes while they work. `ms`: the time that is left of it, where that is bounded. */
  remaining: { readonly tokens: number; readonly cost: number; readonly ms?: number }
  /** Told what the attempt has spent so far, whenever its builder says so. */
  spent?: (usage: Usage) => void
  /**
   * Buckets for which this phase is the probe and whose fault shows without a builder: an attempt at whose base one of these checks fails with this
   * fingerprint ends before the builder.
   */
  probes?: readonly { fingerprint: string; check?: string }[]
  signal: AbortSignal
}

/** How an attempt can end. */
export type AttemptOutcomeName = 'complete' | 'failed' | 'skipped' | 'review' | 'deferred' | 'held' | 'usage-limit' | 'interrupted' | 'retry'

/** What an executor tells the drain about one phase that it was handed. */
export type PhaseResult =
  /** Somebody else has it, or it is not queued any more: choose again. `abandoned`: an attempt of its run that is to be recovered first. */
  | { type: 'not-claimed'; reason: string; abandoned?: string }
  /** The usage limit of its builder's account was reached by somebody else in the meantime: it stays queued. */
  | { type: 'builder-paused'; reason: string }
  /** An attempt ended and is on record. */
  | {
      type: 'ended'
      outcome: AttemptOutcomeName
      state: PhaseState
      attempt: number
      charged: boolean
      builderReached: boolean
      usage: Usage
      durationMs: number
      warnings: readonly string[]
      classification?: Classification
      /** One sentence. */
      reason?: string
      commit?: string
      /** What it brought; a COMPLETE phase counts as yield whatever stands here. */
      yield: { testsFixed: number; deliverables: number }
      notBefore?: number
      /** Why no other phase of the run can be executed now: the drain leaves the run alone. */
      runBlocked?: string
      /** The key, login or credit of its builder was refused: the drain stops. One sentence, with the fix. */
      refused?: string
    }
  /** The machine, git or the store failed: no verdict on the phase; the drain stops. */
  | { type: 'infrastructure'; message: string; fix?: string }
