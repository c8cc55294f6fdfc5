import type { BucketState } from './bucket.ts'
import type { Blame } from './failure.ts'

/** One bucket: everything that failed with one fingerprint. Times are ISO 8601, UTC. */
export interface BucketSummary {
  fingerprint: string
  class: string
  title: string
  blame: Blame
  state: BucketState
  /** What it parks, for a person; null where it parks nothing. */
  radius: string | null
  /** Attempts that failed with it, and their share of all that failed, from 0 to 1. */
  count: number
  share: number
  firstSeen: string
  lastSeen: string
  /** Runs and phases that it hit. */
  runs: string[]
  phases: { run: string; phase: string; attempts: number; member: boolean }[]
  /** What its attempts spent; null where nothing is known. `unknown`: attempts that reached a builder and did not tell; `unpriced`: those of which tokens have no price. */
  spent: { tokens: number | null; cost: number | null; unknown: number; unpriced: number }
  /** Phases that wait for it now, and since when. */
  parked: number
  parkedSince: string | null
  /** Who parked it by hand. */
  parkedBy: { by: string; reason: string; at: string } | null
  /** The phase that is executed now to see whether the fault is still there, and before which time no other is. */
  probe: { run: string; phase: string } | null
  nextProbeAt: string | null
  /** What would release what it parks, in one sentence; null where it parks nothing. */
  release: string | null
  /** How many attempts failed with it in each drain, oldest drain first. */
  trend: { session: string; failures: number }[]
  /** What to type next. */
  next: string
}

/** A run and the fingerprint with which most of its attempts failed. */
export interface RunBucket { run: string; failures: number; fingerprint: string; share: number }

export interface BucketReport {
  /** Whether the latest drain had buckets. */
  on: boolean
  /** Those that park something first, then by count. */
  buckets: BucketSummary[]
  /** Runs with failures, those with most first. */
  runs: RunBucket[]
  /** Attempts that failed. */
  failures: number
}

export interface BucketDecision { fingerprint: string; title: string; state: BucketState; by: string; reason: string; parked: number }

/** What plugins can do with buckets. */
export interface PluginBuckets {
  /** Switches buckets, breakers and probes on for the drains of the project; without a plugin that does there are none. */
  enable(): void
  /** Every bucket with failures, of a run or since a time (ISO 8601 or epoch milliseconds); all without. */
  report(filter?: { run?: string; since?: string | number }): Promise<BucketReport>
  /** Closes a bucket: what it parks may be executed, its members have a new allowance. The beginning of a fingerprint is enough. @throws UserError for one that nothing is known of. */
  close(request: { fingerprint: string; by: string; reason: string }): Promise<BucketDecision>
  /** Parks what the bucket reaches until somebody closes it. */
  park(request: { fingerprint: string; by: string; reason: string }): Promise<BucketDecision>
}
