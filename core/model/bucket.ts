import type { AttemptOutcomeName } from './phase-result.ts'
import type { Blame, Confidence } from './failure.ts'
import type { Stage } from './phase.ts'

/** What a failed attempt says about its bucket. */
export interface Evidence {
  fingerprint: string
  class: string
  title: string
  blame: Blame
  confidence: Confidence
  /** The check that failed, where one did. */
  check?: string
  /** A test with a history of flakes failed: shown and counted, and opens nothing. */
  flaky: boolean
  /** The failing command fails with this fingerprint on the base commit too. */
  onBase: boolean
  /** Files that cannot be loaded there, relative to the project root. */
  files?: string[]
  /** The phase is there to mend it: shown and counted, and opens nothing. */
  mends?: boolean
}

/** What the breaker works with: facts in the order in which they were recorded. The state of every bucket can be derived from them. */
export type BreakerFact =
  /** An attempt ended; written in the transaction that ends it. Times in epoch milliseconds. */
  | {
      type: 'attempt'
      run: string
      family: string
      phase: string
      attempt: number
      session: string
      host: string
      /** Left out where nobody knew any more. */
      builder?: string
      /** Names of the checks that the phase has. */
      checks: string[]
      stage: Stage
      outcome: AttemptOutcomeName
      builderReached: boolean
      startedAt: number
      found?: Evidence
    }
  /** A drain began, with or without breakers, or goes on. `executing`: probes of other drains that are under way. */
  | { type: 'drain'; session: string; resumed?: true; breakers: boolean; repeats: number; executing: PhaseName[] }
  /** A phase is about to be executed as the probe of these buckets; `probe-over` when it was not executed after all. */
  | { type: 'probe'; fingerprints: string[]; run: string; phase: string }
  | { type: 'probe-over'; run: string; phase: string }
  /** A person knows better. */
  | { type: 'close'; fingerprint: string; by: string; reason: string }
  | { type: 'park'; fingerprint: string; by: string; reason: string }
  | { type: 'requeue'; run: string; phase: string; reason: string }
  /** A person accepted what a failed phase had done: it fails no more, and that says nothing of the fault. */
  | { type: 'accepted'; run: string; phase: string }
  /** A bucket of an older fingerprint version goes on as these; as none when its failures cannot be told any more. */
  | { type: 'carry'; fingerprint: string; into: string[] }

export interface PhaseName { run: string; phase: string }
export type BreakerEvent = BreakerFact & { seq: number; at: number }

/** What a blast radius may be, the widest first. */
export const radiusLevels = ['machine', 'project', 'builder', 'check', 'family', 'run'] as const
export type RadiusLevel = (typeof radiusLevels)[number]

/**
 * A hypothesis about how far the fault reaches. `suspended`: it failed once, and one probe decides; `watched`: the probe spared it, or a phase is to blame: nothing
 * is parked, and the next failure opens it; `open`: it failed again with nothing done in between.
 */
export interface RadiusCell {
  level: RadiusLevel
  /** The host, builder, check, family or run; '' of a project. */
  value: string
  state: 'watched' | 'suspended' | 'open'
  /** When the first of its failures ended. */
  since: number
  failures: number
  /** The phases that failed, `phaseName` each. */
  phases: string[]
}

/** A phase whose latest attempt carries the fingerprint. */
export interface BucketMember {
  run: string
  phase: string
  family: string
  builder?: string
  check?: string
  /** Confident, and without a history of flakes. */
  reliable: boolean
  /** Its classifier asked for another try. */
  again?: true
  /** Calls of the builder in a row that ended with it; left out: one at most. */
  times?: number
  /** When its attempt ended. */
  at: number
}

/** A bucket that has members since it last closed, or that is parked by hand. */
export interface Bucket {
  fingerprint: string
  class: string
  title: string
  blame: Blame
  /** The checks at which it shows: phases that have none of these are not exposed. Left out where it shows elsewhere too. */
  checks?: string[]
  /** The stage at which it failed last. */
  stage: Stage
  onBase: boolean
  /** Files that cannot be loaded: phases that may change them by name are there to mend it. */
  files?: string[]
  members: BucketMember[]
  cells: RadiusCell[]
  /** Since when it is open. */
  opened?: number
  byHand?: { by: string; reason: string; at: number }
  /** The phase that is executed to see whether the fault is still there. */
  probe?: PhaseName
  /** A phase that a person had queued again: it is the next probe. */
  asked?: PhaseName
  /** Builder calls that ended with this fingerprint since the latest drain began. */
  callsInDrain: number
  /** Probes that ended with it since then, and since it opened. */
  failedInDrain: number
  failedProbes: number
  /** No probe of an open bucket before this time; left out: none by itself. */
  nextProbeAt?: number
}
export const bucketStates = ['closed', 'suspended', 'open', 'half-open'] as const
export type BucketState = (typeof bucketStates)[number]

export interface BreakerState {
  /** The last event that is in it. */
  seq: number
  /** Whether the latest drain had breakers. */
  on: boolean
  /** `maxFingerprintRepeats` of the latest drain. */
  repeats: number
  buckets: ReadonlyMap<string, Bucket>
}

/** One text for a phase of a run: run ids may contain slashes, so a separator that ids cannot contain. */
export const phaseName = (run: string, phase: string): string => `${run}\u0000${phase}`
