import type { BreakerEvent, BreakerFact, BreakerState, BucketMember } from '../model/bucket.ts'
import type { BuilderCircuit, UsageLimit } from '../model/circuit.ts'
import type { Classification, Failure } from '../model/failure.ts'
import type { Owner } from '../model/owner.ts'
import type { PhaseSpec, Plan } from '../model/plan.ts'
import type { PhaseState, RunState, Stage } from '../model/phase.ts'
import type { RepairAction } from '../model/repair.ts'
import type { Usage } from '../model/usage.ts'
import type { StopRequest } from '../model/stop.ts'
import type { AttemptOutcomeName } from '../model/phase-result.ts'
import type { AttemptTelemetry, Estimate, Yield } from '../model/telemetry.ts'
import type { LandingStore } from './landing-record.ts'

export type { Owner }

export interface RunRecord {
  id: string
  /** Name of the run's folder: the id where that is safe and unique ignoring case, else with a short hash. Assigned at import, for good. */
  key: string
  project: string
  family: string
  goal?: string
  /** As written in the plan: a branch, tag or commit. */
  baseRef: string
  /** The commit it resolved to at the last claim; fixed once a phase is COMPLETE. */
  baseCommit?: string
  ordered: boolean
  /** Path of the plan file relative to the config's folder, `/` separated; or `--goal`. */
  source: string
  state: RunState
  importedAt: number
}

export interface PhaseRecord {
  run: string
  id: string
  /** Name of the phase's folder, without its number; as the run's key. */
  key: string
  /** Position in the plan, from 0. */
  index: number
  spec: PhaseSpec
  state: PhaseState
  stage?: Stage
  holdReason?: string
  /** Epoch milliseconds. */
  notBefore?: number
  /** Charged attempts since the last allowance. */
  charged: number
  /** Charged attempts since the phase was imported or requeued by a person: counts against the absolute cap. */
  chargedEver: number
  attempts: number
  /** Of the latest attempt that ended. */
  class?: string
  fingerprint?: string
  title?: string
  commit?: string
}

export type AttemptOutcome = AttemptOutcomeName

export interface AttemptRecord {
  /** `AUTOPACK_ATTEMPT_ID`: unique over all stores. */
  id: string
  run: string
  phase: string
  /** From 1; never restarts. */
  number: number
  charged: boolean
  /** Session (drain) that claimed it. */
  session: string
  owner: Owner
  fencingToken: number
  baseCommit?: string
  stage: Stage
  outcome?: AttemptOutcome
  startedAt: number
  endedAt?: number
  usage: Usage
  /** Whether the builder was spawned. */
  builderReached: boolean
  classification?: Classification
  failure?: Failure
  commit?: string
  receiptHash?: string
  /** Spawned processes, each recorded right after its start, so that recovery can end survivors; one that a crash kept off the record is found by its environment. */
  processes: { pid: number; startTime: string }[]
  worktree?: string
  /** What it was expected to cost when it was claimed. */
  estimate?: Estimate
  /** What it brought, once it has ended. */
  yield?: Yield
}

export interface Claim {
  attemptId: string
  run: RunRecord
  phase: PhaseRecord
  number: number
  fencingToken: number
  session: string
  startedAt: number
}

export type ClaimResult =
  | { type: 'claimed'; claim: Claim }
  /** Another owner holds the run's lease. */
  | { type: 'leased'; owner: Owner; expiresAt: number }
  /** An attempt of the run was left open: it is to be ended (`recover`) before anything of the run is touched. */
  | { type: 'abandoned'; attemptId: string }
  /** The phase is not QUEUED any more, held, deferred, or out of attempts. */
  | { type: 'not-claimable'; reason: string }
  /** The usage limit of its builder's account is reached, or another process finds out whether it still is; ask again at `until`. */
  | { type: 'builder-paused'; builder: string; until: number; reason: string }

/** How an attempt ends; the store writes the attempt, the phase's state, and the charge in one transaction, and releases the run's lease, unless others are at work under it. */
export interface AttemptEnd {
  outcome: AttemptOutcome
  /** The phase's next state. REVIEW opens a review of the attempt; any other but QUEUED settles what was decided before, if it is charged. */
  state: PhaseState
  charged: boolean
  /** Git, the disk or the like gave out, and who executed it lives to say so: the one interruption that need not be charged. */
  gaveOut?: true
  stage: Stage
  usage: Usage
  builderReached: boolean
  classification?: Classification
  failure?: Failure
  commit?: string
  receiptHash?: string
  holdReason?: string
  notBefore?: number
  /** The builder of the phase, and the names of its checks: what buckets tell their radius by. */
  builder?: string
  checks?: readonly string[]
  /**
   * The phase keeps the class, fingerprint and title that it has: of an attempt that only takes a kept patch over. COMPLETE with it means accepted against the
   * verdict; FAILED that it was not, after all. Neither is evidence for any bucket.
   */
  keepsVerdict?: boolean
  /** The circuit of its builder: see `circuitOf`. */
  circuit?: string
  /** The limit of the builder's account that ended it: opens the circuit. Without one, an attempt that reached the builder closes it. */
  limit?: UsageLimit
  /** What it brought; left out where nobody knows any more, after a crash. */
  yield?: Yield
  /** How long things took in milliseconds, by key: see `lastDuration`. */
  durations?: ReadonlyMap<string, number>
}

export interface ImportChange { phase: string; type: 'added' | 'updated' | 'removed' | 'kept'; fields?: string[]; reason?: string }
export interface ImportReport {
  run: string
  type: 'new' | 'unchanged' | 'changed'
  /** `kept`: the plan changed a phase that already ran; the stored one stays and `reason` says so. */
  changes: ImportChange[]
  /** What changed of the run itself: goal, base, ordered. */
  runFields?: string[]
}

/** How often a test passed and failed by turns; `lastAt` in epoch milliseconds. */
export interface Flake { check: string; test: string; seen: number; lastAt: number }

/** `expiresAt`: when it is over by the clock of this machine, in epoch milliseconds. */
export interface HeldLease { run: string; attemptId: string; owner: Owner; expiresAt: number }

export interface StoreIdentity { kind: 'sqlite' | 'postgres'; location: string; id: string; schemaVersion: number; createdAt: number }

export type ReviewDecisionType = 'approve' | 'reject' | 'more'

/** The review of an attempt that ended in REVIEW. */
export interface ReviewRecord {
  run: string
  phase: string
  /** Number of the attempt whose work is reviewed. */
  attempt: number
  attemptId: string
  /** The commit that holds the work. */
  commit: string
  requestedAt: number
  decision?: { type: ReviewDecisionType; by: string; comments: string; at: number }
  /** Nothing is left to do: an approved review once its work is on the branch, or has failed to get there. */
  settled: boolean
}

export type ReviewDecided =
  /** `state`: what the phase is now. */
  | { type: 'decided'; state: PhaseState; review: ReviewRecord }
  /** Somebody was first. */
  | { type: 'already-decided'; state: PhaseState; review: ReviewRecord }
  /** The phase is not in REVIEW, and never was. */
  | { type: 'not-waiting'; state: PhaseState }

/** Thrown when a write carries a fencing token that is not the run's current one: the lease was taken over. */
export class FencedError extends Error {
  constructor(message: string) { super(message); this.name = 'FencedError' }
}

/** What is asked of many phases at a time, without what they plan. */
export type LastPhase = Pick<PhaseRecord, 'id' | 'state' | 'attempts' | 'commit'>

/** One project's view of a store. Every method is one short transaction. Times are epoch milliseconds of the injected Runtime. */
export interface Store extends LandingStore {
  readonly identity: StoreIdentity

  /** Idempotent. A changed plan updates phases that have not run (no attempt yet); phases that ran are kept and reported. */
  importPlan(plan: Plan, source: string): Promise<ImportReport>
  runs(filter?: { ids?: readonly string[] }): Promise<RunRecord[]>
  phases(filter?: { run?: string; states?: readonly PhaseState[] }): Promise<PhaseRecord[]>
  /** Calls `visit` with each phase of a run, in plan order, and with `attempts` the attempts at it, the first before the others: some hundred are in memory at a time. */
  eachPhase(run: string, visit: (phase: PhaseRecord, attempts: readonly AttemptRecord[]) => void, options?: { attempts?: boolean }): Promise<void>
  phase(run: string, phase: string): Promise<PhaseRecord | undefined>
  /** The last `limit` phases of a run in one of these states, by their order in the plan: reads no more than that, and not their plans. */
  lastPhases(run: string, states: readonly PhaseState[], limit: number): Promise<LastPhase[]>
  /** Differs from the answer before when anybody else wrote to the store since. */
  foreignWrites(): Promise<number>
  /** In the order in which they began. An `id` is looked for among all that ever were, unless the run is named too, or `unfinished`. With `limit` the latest. */
  attempts(filter: { run?: string; phase?: string; id?: string; unfinished?: boolean; limit?: number }): Promise<AttemptRecord[]>

  /**
   * Writes the attempt (charged), takes the run's lease, moves the phase to EXECUTING: all or nothing.
   * With `requeueFailed` a FAILED phase is queued again first: for a drain that selects one. One that is not claimed stays FAILED.
   */
  claim(request: {
    run: string; phase: string; session: string; owner: Owner; leaseSeconds: number; maxAttempts: number; absoluteCap: number; requeueFailed?: boolean
    /** What an attempt at this phase is expected to cost: goes on record with the claim. */
    expect?: (run: RunRecord, phase: string) => Estimate | undefined
    /** The circuit of the phase's builder: while it is open nothing is claimed, and after that one attempt first. */
    circuit?: (phase: PhaseRecord) => string | undefined
    /** Attempts of the run that the owner executes now: the new one goes beside them, under the same token. Only where no other attempt of the run is open. */
    beside?: readonly string[]
  }): Promise<ClaimResult>
  /** The calls below throw FencedError when the claim's lease was taken over. */
  setStage(claim: Claim, stage: Stage): Promise<void>
  /** Also registers the worktree, and sets the stage, `workspace` unless it is named. */
  setBase(claim: Claim, commit: string, worktree: string, stage?: Stage): Promise<void>
  recordProcess(claim: Claim, child: { pid: number; startTime: string }): Promise<void>
  /** Also sets the stage `build`. */
  setBuilderReached(claim: Claim): Promise<void>
  heartbeat(claim: Claim, leaseSeconds: number): Promise<void>
  /** Throws FencedError unless the claim is current: asked before every ref update and artifact write that matters. */
  assertCurrent(claim: Claim): Promise<void>
  /** `charged`: what was not to be is, after twenty attempts of a phase that were not. */
  finish(claim: Claim, end: AttemptEnd): Promise<{ charged: boolean }>

  /** Unfinished attempts whose lease is expired, or whose owner on this host is dead (`isAlive` says). */
  orphans(isAlive: (owner: Owner) => boolean): Promise<AttemptRecord[]>
  /** Takes over an orphan's lease with a new token, so that it can be ended by `finish`. Undefined when somebody else was faster. */
  takeOver(attemptId: string, owner: Owner, leaseSeconds: number): Promise<Claim | undefined>

  /** Attempts that ended, by their beginning: of these runs, of a session, begun at `since` or later, the latest `limit` of them. */
  telemetry(filter: { runs?: readonly string[]; session?: string; since?: number; limit?: number }): Promise<AttemptTelemetry[]>

  /** FAILED → QUEUED (or lifts a hold) with a new allowance; lifts the absolute cap. */
  requeue(run: string, phase: string, by: { reason: string }): Promise<void>
  /**
   * Decides a phase in REVIEW; the first decision wins. `reject`: FAILED with the classification, which the reviewed attempt keeps too.
   * `approve` and `more`: QUEUED with a new allowance, as by `requeue`; an approved phase keeps its commit, for its next attempt to take over.
   */
  decideReview(request: { run: string; phase: string; decision: ReviewDecisionType; by: string; comments: string; classification?: Classification }): Promise<ReviewDecided>
  /** In order of attempts. `waiting`: only those that nobody has decided. */
  reviews(filter: { run?: string; phase?: string; waiting?: boolean }): Promise<ReviewRecord[]>
  /** A new drain session gives every phase a new allowance. */
  grantAllowance(session: string): Promise<void>
  setRunBase(run: string, commit: string): Promise<void>
  /** After a rebase of the run's branch: its phases' commits (old → new) and its base. */
  moveCommits(claim: Claim, commits: ReadonlyMap<string, string>, base: string): Promise<void>

  /**
   * In one transaction: adds the facts, folds all that was recorded since into the stored state, keeps the result and gives the members that were released
   * a new allowance. `known`: the state as this process knows it; another process's is read. `before` of the answer is `known`.
   */
  advanceBreaker(request: {
    known: BreakerState
    facts?: readonly BreakerFact[]
    fold(state: BreakerState, event: BreakerEvent): { state: BreakerState; released: BucketMember[] }
  }): Promise<{ state: BreakerState; before: BreakerState; released: BucketMember[] }>
  /** The state as it was kept last, if ever, and what was recorded since. */
  storedBreaker(): Promise<{ state: BreakerState | undefined; after: BreakerEvent[] }>
  /** Oldest first. */
  breakerEvents(filter: { after?: number; fingerprint?: string; since?: number }): Promise<BreakerEvent[]>

  /** Builder accounts whose usage limit was reached and that have not answered since; `until`: when they may be asked again. `probe`: while it is at work. */
  circuits(): Promise<BuilderCircuit[]>
  /** A person lifted the limit: the next phase of the builder finds out. False: it is not paused. */
  retryBuilder(builder: string): Promise<boolean>

  /** A cached check result, as JSON, by its key (tree, argv with exclusions, environment, setup key). `since`: only one that was kept then or later, in epoch milliseconds. */
  baseline(key: string, options?: { since?: number }): Promise<string | undefined>
  putBaseline(key: string, json: string): Promise<void>
  /** How many results are older than that, in epoch milliseconds, and what they take; `forget` removes them. */
  oldBaselines(before: number, forget?: boolean): Promise<{ count: number; bytes: number }>
  /** Flake history per test. */
  recordFlakes(check: string, tests: readonly string[]): Promise<void>
  flakes(check: string): Promise<ReadonlyMap<string, number>>
  allFlakes(): Promise<Flake[]>
  /** Of each test the larger count and the later time. */
  mergeFlakes(flakes: readonly Flake[]): Promise<void>
  /** Durations of ended attempts and checks, for "how long it took last time". */
  recordDuration(key: string, milliseconds: number): Promise<void>
  lastDuration(key: string): Promise<number | undefined>
  /** How long things took last whose keys begin with this, and when that was. */
  durations(prefix: string): Promise<{ key: string; durationMs: number; at: number }[]>

  putSession(id: string, json: string): Promise<void>
  session(id: string): Promise<string | undefined>
  sessions(): Promise<{ id: string; json: string }[]>

  /** A request that is on record already is left as it is. */
  requestStop(request: StopRequest): Promise<void>
  /** What some drain of the project, or of every project, has still to see; the oldest first. */
  stopRequests(): Promise<StopRequest[]>
  forgetStop(request: StopRequest): Promise<void>

  registerWorktree(entry: { path: string; run: string; attemptId?: string }): Promise<void>
  worktrees(filter?: { run?: string }): Promise<{ path: string; run: string; attemptId?: string }[]>
  forgetWorktree(path: string): Promise<void>

  /**
   * Runs `work` while nobody else writes to the store: for files beside it that are read, changed and written. It must not take long, nor wait for
   * anything; a crash lets go of it.
   */
  exclusively<Value>(work: () => Value): Promise<Value>

  /** Adds a phase at the end of a run, which the plan need not know: see `merge` of a phase. */
  addPhase(run: string, spec: PhaseSpec): Promise<void>

  /** Leases that an attempt holds, alive or not. */
  heldLeases(): Promise<HeldLease[]>
  /** For repairs alone: false, and nothing is changed, when it is no longer as it was found, or an attempt of the run is open. */
  freeLease(run: string, attemptId: string): Promise<boolean>
  /** For repairs alone: sets the state of a phase past its ordinary ways; with `commit` and `attemptId` that attempt is complete too. False as above. */
  settlePhase(request: Extract<RepairAction, { type: 'settle-phase' }>): Promise<boolean>

  /** SQLite's own integrity check (or the like); the problems found. */
  verify(): Promise<string[]>
  close(): Promise<void>
}
