import type { ResolvedConfig } from '../config/config.ts'
import type { Template } from '../context/index.ts'
import type { RunLayout } from '../layout/layout.ts'
import type { WorktreePaths } from '../layout/worktrees.ts'
import type { Builder } from '../model/builder.ts'
import type { CheckFormat } from '../model/check-format.ts'
import type { Emit } from '../model/events.ts'
import type { StubKind } from '../model/plugin.ts'
import type { PhaseToExecute } from '../model/phase-result.ts'
import type { ProcessRunner } from '../model/process.ts'
import type { Runtime } from '../model/runtime.ts'
import type { Owner, Store } from '../store/store.ts'
import type { History } from '../telemetry/estimate.ts'
import type { AcquireRequest } from '../workspace/index.ts'
import type { Repository, Workspace } from '../workspace/workspace.ts'
import type { Beside } from './beside.ts'
import type { Hooks } from './facade.ts'
import type { FailedSetup } from './setup-failures.ts'
import type { Afterwards } from './afterwards.ts'
import type { Summaries } from './summary.ts'
import type { LimitedRunner } from './time-limit.ts'

/** What plugins provided, and the built-in ones. */
export interface Provisions {
  builders: ReadonlyMap<string, Builder>
  checkFormats: ReadonlyMap<string, CheckFormat>
  stubKinds: readonly StubKind[]
}

/** Everything that the way of a phase needs, put together once per command. */
export interface Engine {
  config: ResolvedConfig
  layout: RunLayout
  worktrees: WorktreePaths
  repository: Repository
  /** Opens what a phase works in. */
  acquire(request: AcquireRequest): Promise<Workspace>
  store: Store
  hooks: Hooks
  provisions: Provisions
  runtime: Runtime
  emit: Emit
  exec: ProcessRunner
  redact(text: string): string
  /** Takes secrets out of every string of what is about to be put on record. */
  redactAll<Value>(value: Value): Value
  /** Takes secrets out of a file; in constant memory. */
  redactFile(file: string): Promise<unknown>
  /** By run: the last commit that this process put on the run's branch and on record. */
  tips: Map<string, { commit: string; tree: string }>
  /** Runs of which several phases are executed at once. */
  beside: Beside
  /** When the command of a check last ran to its end in this process, on whatever tree (epoch milliseconds): by `commandKeyOf`. */
  lastRuns: Map<string, number>
  /** Setups that are under way in this process, by cache folder. */
  setups: Map<string, Promise<unknown>>
  /** Setups that failed since this engine was made, by what they are and the tree: see `setupFailures`. */
  failedSetups: Map<string, FailedSetup>
  /** Phases whose worktree was deleted in this drain, `phaseName` each: see `worktreeGone`. */
  goneWorktrees: Set<string>
  /** What attempts cost so far. */
  history: History
  /** Calls what others wrote. One for all phases: each has a V8 context of its own, which takes a millisecond and a megabyte to make. */
  runLimited: LimitedRunner
  /** Does what nobody waits for, such as files for people, while a child is waited for. */
  afterwards: Afterwards
  /** Writes the summaries of runs. */
  summaries: Summaries
  owner: Owner
  /** The allow-listed environment, and the names that are withheld. */
  environment(builder?: Builder): { env: Record<string, string>; withheld: string[] }
  /** Paths relative to the repository that no builder may change: config, TS plans, `protect`. */
  protect: readonly string[]
  /** Of prompts. */
  template: Template
  /** Seconds that a lease lasts without a heartbeat. */
  leaseSeconds: number
}

/** One phase, as the drain hands it over. */
export interface PhaseRequest extends PhaseToExecute {
  /** Bring the run's branch up to date with its base first. */
  rebase?: boolean
}
