import type { DrainRules } from '../model/drain.ts'
import type { Emit } from '../model/events.ts'
import type { PhaseResult, PhaseToExecute } from '../model/phase-result.ts'
import type { Runtime } from '../model/runtime.ts'
import type { StopRequest } from '../model/stop.ts'
import type { RunRecord, Store } from '../store/store.ts'
import type { Asked } from './asked.ts'
import type { BacklogPhase, Backlog, BacklogRun } from './backlog.ts'
import type { Breaker, Reach } from './breaker/breaker.ts'
import type { Circuits } from './circuits.ts'
import type { Stop } from './counters.ts'
import type { PhaseFilter } from './filter.ts'
import type { Session } from './session.ts'
import type { SkippedRun } from './skipped.ts'

export interface DrainDependencies {
  store: Store
  runtime: Runtime
  emit: Emit
  project: string
  /** Executes exactly this phase: claim, pipeline, record. Must not throw for anything that a phase can do. */
  execute(request: PhaseToExecute): Promise<PhaseResult>
  /** Whose blast radius a phase lies in, besides its run's; left out: this drain has no buckets, breakers or probes, and says so. */
  reach?: Reach
  /** Whether two phases of a run, none of which needs the other, may be executed at once. Left out: never. */
  mayGoBeside?(one: BacklogPhase, other: BacklogPhase): boolean
  /** The circuit of a phase's builder, which pauses when its usage limit is reached; undefined where a phase asks no builder. Left out: the builder that its plan names. */
  circuitOf?: (phase: BacklogPhase) => string | undefined
  /** How long an attempt at a phase is expected to take, in milliseconds, where its history says: one that would be cut off by the drain's time is not begun. */
  expectedMs?(run: RunRecord, phase: BacklogPhase): number | undefined
  /** Before the first phase of a run: the project's preflight on the tree that the run starts from. */
  preflight(run: BacklogRun, signal: AbortSignal): Promise<{ type: 'passed' } | { type: 'failed'; detail: string }>
  /** What a person asked to stop, if anything: looked at about once a second. */
  stopRequest(): Promise<StopRequest | undefined>
  /** Called once a request was honoured, or turned out to be about runs that this drain does not have. */
  consumeStop(request: StopRequest): Promise<void>
  /** Writes the session, atomically, after every phase. */
  save(session: Session): Promise<void>
}

export interface DrainRequest {
  command: 'run' | 'drain'
  session: string
  /** Undefined: the whole backlog. */
  runs: readonly string[] | undefined
  rules: DrainRules
  /** How many phases at most; undefined: no limit. */
  batch: number | undefined
  /** Take more of them once the batch is done, if go/no-go says go. */
  scale?: boolean
  /** Only these phases of the runs; left out: all. */
  filter?: PhaseFilter | undefined
  /** Counters and exclusions of the session that goes on. */
  resumed?: Session
  /** Phases of which it has attempts already: they stay chosen, whatever `filter` would say of them now. */
  touched?: readonly { run: string; phase: string }[]
  /** What it was started with: kept in the session's record for whoever resumes it. */
  asked?: Asked
  /** Aborted by the first Ctrl-C. */
  signal: AbortSignal
}

export interface DrainResult {
  session: Session
  backlog: Backlog
  stop: Stop
  exitCode: number
  /** How many phases were executed in this process. */
  executed: number
  /** What is parked and why; left out: nothing is. */
  breaker?: Pick<Breaker, 'parked' | 'live'>
  /** Builders at their usage limit; left out: none. */
  circuits?: Pick<Circuits, 'reason' | 'paused'>
  /** Runs whose failed phases `skipRunsWithQueued` left alone; left out: none. */
  skipped?: readonly SkippedRun[]
  filter?: PhaseFilter | undefined
}
