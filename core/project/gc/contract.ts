import type { GcItem } from '../../model/gc.ts'
import type { Engine } from '../../pipeline/engine.ts'
import type { PhaseRecord, RunRecord } from '../../store/store.ts'

export interface GcRules {
  olderThanMs: number
  /** Of all artifacts of the project together, in bytes. */
  maxSize: number | undefined
  force: boolean
  dryRun: boolean
  /** A folder of its own for scratch files, and for the objects of a dry run. */
  scratch: string
}

/** A run, as far as it decides what is still needed of it. */
export interface KnownRun {
  record: RunRecord
  phases: readonly PhaseRecord[]
  /** Somebody works on it, or a crash left an attempt of it open. */
  busy: string | undefined
  /** Every phase is COMPLETE or SKIPPED. */
  complete: boolean
  /** All that it has done is in a branch of somebody's, a tag or a remote. */
  landed: boolean
  /** Its last sign of life, in epoch milliseconds. */
  lastAt: number
}

/** One thing that may go. */
export interface Candidate extends Pick<GcItem, 'kind' | 'subject' | 'place' | 'bytes' | 'reason'> {
  /** The run that has to stand still meanwhile. */
  run?: RunRecord
  /** Why it stays unless forced: its work is nowhere else. */
  only?: string
  /** Commits that are put into a bundle before it goes by force; looked for when it is about to go. */
  commits?(): Promise<string[]>
  remove(): Promise<void>
}

export interface GcContext {
  engine: Engine
  rules: GcRules
  runs: ReadonlyMap<string, KnownRun>
  /** Somebody works on some run of the project. */
  atWork: boolean
  now: number
}

/** `3 days`, `2 months`: how long ago. */
export function ago(context: Pick<GcContext, 'now'>, at: number): string {
  const days = Math.max(0, Math.floor((context.now - at) / 86_400_000))
  return days === 0 ? 'today' : days < 60 ? `${days === 1 ? 'a day' : `${days} days`} ago` : `${Math.floor(days / 30)} months ago`
}
