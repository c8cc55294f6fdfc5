import type { PhaseState } from './phase.ts'

export interface ReviewDecisionRequest {
  run: string
  phase: string
  /** `approve`: its work goes onto the run's branch. `reject`: FAILED. `more`: QUEUED, with the comments in the next prompt. */
  decision: 'approve' | 'reject' | 'more'
  /** Who decides. */
  by: string
  comments?: string
}

export type ReviewOutcome =
  /**
   * `state` is what the phase is now. An approved phase is COMPLETE, with its `commit`; FAILED, with `class` and `title`, where the branch has moved on and the
   * work conflicts with it or breaks a check; QUEUED, with a `reason`, while somebody else works on the run: it is taken over next.
   */
  | { type: 'decided'; state: PhaseState; commit?: string; class?: string; title?: string; reason?: string }
  /** Somebody was first. */
  | { type: 'already-decided'; state: PhaseState; decision: 'approve' | 'reject' | 'more'; by: string; at: string }
  /** Nobody asked for a review of it. */
  | { type: 'not-waiting'; state: PhaseState }

/** Where the files of one review are to lie. */
export interface ReviewPlace {
  /** Absolute. */
  dir: string
  /** Safe as the name of a file: `{dir}/{id}.json`. */
  id: string
}

/** The review of one attempt. Times are ISO 8601, UTC. */
export interface PhaseReview extends ReviewPlace {
  run: string
  phase: string
  attempt: number
  goal: string
  kind: string
  /** What the phase is now. */
  state: PhaseState
  /** Holds the work. */
  commit: string
  requestedAt: string
  /** What `event.review` was given, and by which plugin. */
  requests: { plugin: string; reason: string; data?: unknown }[]
  decision?: { type: 'approve' | 'reject' | 'more'; by: string; comments: string; at: string }
}

export interface PhaseReviews {
  /** Decides a phase in REVIEW; the first decision wins. An approval is carried out at once where nobody else works on the run. @throws UserError for an unknown run or phase. */
  decide(request: ReviewDecisionRequest): Promise<ReviewOutcome>
  /** Reviews of attempts, oldest first; `waiting`: only those that nobody has decided. */
  reviews(filter?: { run?: string; phase?: string; waiting?: boolean }): Promise<PhaseReview[]>
  /** Where the files of a review of this attempt are to lie; for a plugin that decides while the attempt is under way. */
  reviewPlace(attempt: { run: string; phase: string; attempt: number }): Promise<ReviewPlace>
}
