import type { Owner } from './store.ts'

/** Where refs go when a run lands: noted before they move, so that whoever comes after a crash knows. */
export interface LandingMove {
  /** Branches without `refs/heads/`, and where they are before. */
  target: { branch: string; from: string }
  branch: { name: string; from: string }
  /** The checkout whose files go along. */
  checkout?: string
  /** Where both are afterwards. */
  to: string
  /** Commits of the run's branch as they were → as they are on the target. */
  commits: [string, string][]
}

export type LandingOutcome = 'landed' | 'up-to-date' | 'pushed' | 'conflict' | 'checks-failed' | 'abandoned'

/** A run on its way into a branch: holds that branch and the run until it has ended. */
export interface LandingRecord {
  id: string
  run: string
  /** From 1, by run. */
  number: number
  /** Names the branch and the repository that it is in. */
  target: string
  owner: Owner
  token: number
  startedAt: number
  endedAt?: number
  /** Spawned processes, for whoever ends what a crash left. */
  processes: { pid: number; startTime: string }[]
  move?: LandingMove
  outcome?: LandingOutcome
}

export type BegunLanding =
  | { type: 'begun'; landing: LandingRecord }
  /** `what` another process works on: the branch, for another run perhaps, or the run. */
  | { type: 'busy'; what: 'target' | 'run'; run: string; owner: Owner; expiresAt: number }

/** `commits`: of the phases, old → new; `base`: what the run's branch starts from now. */
export interface LandingEnd { outcome: LandingOutcome; json: unknown; commits?: readonly (readonly [string, string])[]; base?: string }

/** A run that nobody works on while it is held. */
export interface HeldRun { run: string; token: number; by: string }

/** Landings: one at a time for each target, and none beside an attempt of its run. */
export interface LandingStore {
  /** Takes the run and the target, or says who has one of them. */
  beginLanding(request: { run: string; target: string; owner: Owner; leaseSeconds: number }): Promise<BegunLanding>
  /** The calls below throw FencedError when the landing was taken over, or has ended. */
  renewLanding(landing: LandingRecord, leaseSeconds: number): Promise<void>
  assertLanding(landing: LandingRecord): Promise<void>
  recordLandingProcess(landing: LandingRecord, child: { pid: number; startTime: string }): Promise<void>
  planLanding(landing: LandingRecord, move: LandingMove): Promise<void>
  finishLanding(landing: LandingRecord, end: LandingEnd): Promise<void>
  /** The right to end a landing whose owner is gone; undefined when it has one, or has ended. */
  takeOverLanding(id: string, owner: Owner, leaseSeconds: number): Promise<LandingRecord | undefined>
  /** Oldest first. */
  landings(filter?: { run?: string; open?: boolean }): Promise<LandingRecord[]>
  /** Keeps attempts and landings away from a run, for whoever cleans up after it; undefined when somebody works on it. */
  holdRun(request: { run: string; by: string; owner: Owner; leaseSeconds: number }): Promise<HeldRun | undefined>
  letGo(held: HeldRun): Promise<void>
}
