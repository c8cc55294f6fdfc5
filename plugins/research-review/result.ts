/** What a review can come to. */
export const ReviewDecision = { APPROVED: 'APPROVED', REJECTED: 'REJECTED', NEEDS_MORE_RESEARCH: 'NEEDS_MORE_RESEARCH' } as const
export type ReviewDecision = (typeof ReviewDecision)[keyof typeof ReviewDecision]

/** How a review ended. `new ReviewResult({ decision, reviewer })`: what is left out has its default. */
export class ReviewResult {
  readonly decision: ReviewDecision
  /** A person's name, or `auto`. */
  readonly reviewer: string
  readonly comments: string
  /** Titles. */
  readonly approvedFindings: readonly string[]
  readonly approvedRecommendations: readonly string[]
  /** ISO 8601, UTC. */
  readonly timestamp: string

  constructor(given: Pick<ReviewResult, 'decision' | 'reviewer'> & Partial<ReviewResult>) {
    this.decision = given.decision
    this.reviewer = given.reviewer
    this.comments = given.comments ?? ''
    this.approvedFindings = given.approvedFindings ?? []
    this.approvedRecommendations = given.approvedRecommendations ?? []
    this.timestamp = given.timestamp ?? new Date().toISOString()
  }
}
