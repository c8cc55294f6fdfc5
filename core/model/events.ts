import type { BucketState } from './bucket.ts'
import type { CheckDelta } from './check.ts'
import type { Comparison } from './comparison.ts'
import type { Blame, Classification } from './failure.ts'
import type { DrainReport } from './drain-report.ts'
import type { Stage } from './phase.ts'
import type { PromptCut } from './prompt-schema.ts'
import type { Estimate, Expected } from './telemetry.ts'
import type { Usage } from './usage.ts'

interface PhaseEvent { run: string; phase: string; attempt: number }

/** What the core tells the world while it works; reporters print it, `--json` writes one a line. `at` is ISO 8601, UTC. */
export type AutopackEvent = { at: string } & (
  | { type: 'run-imported'; run: string; change: 'new' | 'unchanged' | 'changed'; changes: { phase: string; type: string; fields?: string[]; reason?: string }[] }
  /** Printed before the first spawn: what is selected and the caps in force. */
  | { type: 'drain-started'; session: string; runs: string[]; phases: number; caps: Record<string, string>; store?: { kind: string; location: string; id: string } }
  | ({ type: 'phase-started'; goal: string; builder: string; attemptDir: string } & PhaseEvent)
  /** A stage began. `lastMs`: how long it took last time, where that is known. */
  | ({ type: 'stage-started'; stage: Stage; detail?: string; lastMs?: number } & PhaseEvent)
  | ({ type: 'stage-finished'; stage: Stage; durationMs: number; detail?: string } & PhaseEvent)
  /** The last line of output, and what was spent so far. */
  | ({ type: 'progress'; line?: string; usage?: Usage } & PhaseEvent)
  /** The prompt is written: its estimated size, and what there was no room for, the least relevant first. */
  | ({ type: 'prompt-written'; tokens: number; maxTokens: number; cut: PromptCut[] } & PhaseEvent)
  | ({ type: 'check-judged'; delta: CheckDelta } & PhaseEvent)
  | ({
      type: 'phase-finished'
      outcome: 'complete' | 'failed' | 'skipped' | 'review' | 'deferred' | 'held' | 'usage-limit' | 'interrupted' | 'retry'
      reason?: string
      classification?: Classification
      commit?: string
      /** Files changed, and lines added and removed where it is a commit. */
      diffStat?: { files: number; added: number; removed: number }
      usage: Usage
      durationMs: number
      warnings: string[]
      attemptDir: string
    } & PhaseEvent)
  /** Something a person should know that is not a failure. */
  | { type: 'notice'; level: 'info' | 'warning'; message: string; run?: string; phase?: string }
  /** A bucket began to suspect a radius, opened, closed, or reaches less far than it did. `systemic`: its blame reaches beyond a phase. */
  | { type: 'bucket-changed'; fingerprint: string; state: BucketState; class: string; title: string; blame: Blame; systemic: boolean; radius: string; members: number }
  | { type: 'drain-finished'; report: DrainReport }
  /** `--dry-run`: what would run, in order. */
  | {
      type: 'drain-previewed'
      caps: Record<string, string>
      checks: string[]
      runsDir: string
      /** `order`: when it would be executed, from 1; left out: not at all. */
      runs: { run: string; base: string; branch: string; source: string; phases: { phase: string; state: string; builder: string; action: string; order?: number; expected?: Estimate }[] }[]
      /** Of the phases that would run, one attempt each. */
      expected: Expected
      /** With `--compare`. */
      comparison?: Comparison
    }
)
export type EventBody = AutopackEvent extends infer Event ? (Event extends { at: string } ? Omit<Event, 'at'> : never) : never
/** Stamps the time and passes the event on. Never throws. */
export type Emit = (event: EventBody) => void
