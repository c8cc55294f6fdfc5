import type { AttemptPaths, RunPaths } from '../layout/run-paths.ts'
import type { HistorySection } from '../context/index.ts'
import type { CheckDelta, CheckResult } from '../model/check.ts'
import type { EventBody } from '../model/events.ts'
import type { Problem, SkippedFile } from '../model/failure.ts'
import type { Stage } from '../model/phase.ts'
import type { PromptFacts } from '../model/prompt-schema.ts'
import type { Yield } from '../model/telemetry.ts'
import type { Usage } from '../model/usage.ts'
import type { Claim } from '../store/store.ts'
import type { ChangedFile, Workspace } from '../workspace/workspace.ts'
import type { RunAtWork } from './beside.ts'
import type { Engine, PhaseRequest } from './engine.ts'
import type { MergeBase } from './merge-base.ts'

/** One execution of a phase while it is under way: what is known so far, and what will stand in the receipt. */
export interface Attempt {
  readonly engine: Engine
  readonly request: PhaseRequest
  readonly claim: Claim
  readonly paths: AttemptPaths
  readonly runPaths: RunPaths
  /** Aborted by a stop, or when the lease is lost. */
  readonly signal: AbortSignal
  /** Ends the attempt from within: the lease was taken over. */
  readonly abort: (reason: Error) => void
  /** What it shares with others of its run that are at work; undefined where phases of a run are executed one after the other. */
  readonly beside: RunAtWork | undefined
  stage: Stage
  /** When its lease was last seen to be its own, in epoch milliseconds. */
  leaseSeenAt: number
  workspace: Workspace | undefined
  /** What the phase starts from the merge with. */
  merge?: MergeBase
  usage: Usage
  builderReached: boolean
  readonly warnings: string[]
  readonly problems: Problem[]
  /** Which files checks left out, with the reason. */
  readonly skipped: ({ check: string } & SkippedFile)[]
  builder: { name: string; argv: readonly string[]; exitCode: number | null; ended: string } | undefined
  /** `changed`: by the builder; left out where the tree was taken over from a review. */
  candidate: { tree: string; files: number; changed?: readonly ChangedFile[] } | undefined
  readonly checks: { result: CheckResult; delta: CheckDelta | undefined }[]
  withheld: readonly string[]
  yield: Yield
  /** The conversation of the attempt before, which its builder may go on with. */
  thread?: string
  /** What the run's phases did so far, for the prompt; read while git looks at the worktree. */
  history?: Promise<HistorySection[]>
  /** How large the prompt was, and what it lacked. */
  prompt?: PromptFacts
  /** What it started from and made of that, where it was brought to a tip that had moved on: its candidate is the merge. */
  alone?: { base: { commit: string; tree: string }; tree: string }
  /** The phases whose commits it was merged with, when its checks fail on that. */
  together?: readonly string[]
  /** Of the commit that it made. */
  diffStat?: { files: number; added: number; removed: number }
  /** The patch of the candidate, while it is written. */
  saving: Promise<unknown> | undefined
  /** Goes on record when the attempt ends. */
  readonly durations: Map<string, number>
  /** Set when no phase of the run can be executed before somebody mends something. */
  runBlocked: string | undefined
}

type PhaseEventBody = Extract<EventBody, { attempt: number }> extends infer Event ? (Event extends { run: string; phase: string; attempt: number } ? Omit<Event, 'run' | 'phase' | 'attempt'> : never) : never

/** Emits an event of this attempt. */
export function tell(attempt: Attempt, event: PhaseEventBody): void {
  const { claim, engine } = attempt
  engine.emit({ ...event, run: claim.run.id, phase: claim.phase.id, attempt: claim.number } as EventBody)
}

/** A lease lasts many times as long. */
const lookAgainMs = 1_000

/**
 * Tells the world, does the work and keeps how long it took for the next time. The store hears of a stage when something is started in it that may
 * outlive this process (`setBase`, `setBuilderReached`, `setStage` of a check), and of the last one by `finish`.
 */
export async function inStage<Value>(attempt: Attempt, stage: Stage, work: () => Promise<Value>, detail?: string): Promise<Value> {
  const { store, runtime } = attempt.engine
  // One that was stopped, and taken over, does nothing more once it wakes up. Nobody takes over what was renewed or looked at within this second.
  if (Math.abs(runtime.now() - attempt.leaseSeenAt) >= lookAgainMs) {
    await store.assertCurrent(attempt.claim)
    attempt.leaseSeenAt = runtime.now()
  }
  attempt.stage = stage
  const key = `${stage}:${attempt.claim.run.family}:${attempt.claim.phase.id}`
  const timed = stage === 'build'
  const lastMs = timed ? await store.lastDuration(key) : undefined
  tell(attempt, { type: 'stage-started', stage, ...(detail !== undefined && { detail }), ...(lastMs !== undefined && { lastMs }) })
  const started = runtime.monotonic()
  const value = await work()
  const durationMs = runtime.monotonic() - started
  if (timed) attempt.durations.set(key, durationMs)
  tell(attempt, { type: 'stage-finished', stage, durationMs })
  return value
}
