import { randomBytes } from 'node:crypto'
import { ReviewCriteria } from './criteria.ts'
import { reviewDecidedError, reviewExistsError, reviewIdError, reviewInputError, reviewPendingError, reviewUnknownError } from './errors.ts'
import { historyEntry } from './markdown.ts'
import { decisionSchema, researchSchema } from './record.ts'
import type { ReviewDecisionRecord } from './record.ts'
import { titleOf } from './research.ts'
import type { Research } from './research.ts'
import { ReviewDecision, ReviewResult } from './result.ts'
import { reviewByRules } from './rules.ts'
import { folderStore, memoryStore } from './store.ts'
import type { ReviewStore } from './store.ts'

export interface WorkflowOptions {
  /** Keeps one JSON file a review here, for whoever else looks into the folder too. Default: in memory. */
  folder?: string | undefined
  /** Default: the clock. */
  now?: (() => Date) | undefined
}

/** How a review stands. */
export interface ReviewStatus {
  id: string
  status: 'pending' | 'completed'
  submittedAt: string
  decision: ReviewDecision | null
  reviewer: string | null
}

/** What `createReview` takes: a record as far as it is known. */
export type NewReview = Partial<Pick<ReviewDecisionRecord, 'id' | 'run' | 'phase' | 'attempt' | 'commit' | 'title' | 'reason' | 'research' | 'submittedAt'>>

/** Reviews of research: handed in, decided by rules or by people, kept in memory or in a folder. Every call reads what is there now, so several may work on one folder. */
export class ResearchReviewWorkflow {
  readonly criteria: ReviewCriteria
  readonly #store: ReviewStore
  readonly #now: () => Date

  /** @throws TypeError for criteria that cannot be any. */
  constructor(criteria: Partial<ReviewCriteria> = {}, options: WorkflowOptions = {}) {
    this.criteria = new ReviewCriteria(criteria)
    this.#store = options.folder === undefined ? memoryStore() : folderStore(options.folder)
    this.#now = options.now ?? (() => new Date())
  }

  /** Hands research in and returns the id of its review. Where no person is required, the rules decide it at once. @throws UserError for what is no research. */
  submitForReview(research: Research, about: Omit<NewReview, 'research'> = {}): string {
    const { id } = this.createReview({ ...about, research: checked(research) })
    if (this.canAutoReview(research)) this.#complete(id, this.autoReview(research))
    return id
  }

  /** Whether the rules alone may decide: unless a person is required. */
  canAutoReview(_research: Research): boolean {
    return !this.criteria.requireHumanReview
  }

  /** What the rules say: approved, else too little, else rejected, else more. Decides nothing by itself. */
  autoReview(research: Research): ReviewResult {
    return reviewByRules(checked(research), this.criteria, this.#now().toISOString())
  }

  /** A person's decision. Approving approves every finding and recommendation. @throws UserError `review-unknown`, or `review-decided` when it was decided before. */
  manualReview(id: string, decision: ReviewDecision, reviewer: string, comments = ''): ReviewResult {
    const { research } = this.getReview(id)
    const approved = decision === ReviewDecision.APPROVED && research
    return this.#complete(id, new ReviewResult({
      decision, reviewer, comments, timestamp: this.#now().toISOString(),
      ...(approved && { approvedFindings: approved.findings.map(titleOf), approvedRecommendations: approved.recommendations.map(titleOf) }),
    })).result!
  }

  /** @throws UserError `review-unknown`. */
  getReviewStatus(id: string): ReviewStatus {
    const { status, submittedAt, result } = this.getReview(id)
    return { id, status, submittedAt, decision: result?.decision ?? null, reviewer: result?.reviewer ?? null }
  }

  /** Reviews that nobody has decided, oldest first. */
  listPendingReviews(): ReviewDecisionRecord[] {
    return this.#store.ids().flatMap((id) => this.#store.read(id) ?? []).filter((record) => record.status === 'pending')
      .sort((left, right) => (left.submittedAt < right.submittedAt ? -1 : left.submittedAt > right.submittedAt ? 1 : left.id < right.id ? -1 : 1))
  }

  /** The Markdown of a decided review, as it stands in BUILD_HISTORY.md. @throws UserError `review-unknown` or `review-pending`. */
  exportReviewToBuildHistory(id: string): string {
    const record = this.getReview(id)
    if (!record.result) throw reviewPendingError(id)
    return historyEntry(record, record.result)
  }

  /** The record of a review. @throws UserError `review-unknown`. */
  getReview(id: string): ReviewDecisionRecord {
    const record = isId(id) ? this.#store.read(id) : undefined
    if (!record) throw reviewUnknownError(id, this.#store.ids())
    return record
  }

  /** Whether there is a review of that id. */
  hasReview(id: string): boolean {
    return isId(id) && this.#store.read(id) !== undefined
  }

  /** The older way in: a record, pending whatever the rules would say. @throws UserError for an id that is taken or cannot be one. */
  createReview(review: NewReview = {}): ReviewDecisionRecord {
    const submittedAt = review.submittedAt ?? this.#now().toISOString()
    const id = review.id ?? `review-${submittedAt.slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${randomBytes(3).toString('hex')}`
    if (!isId(id)) throw reviewIdError(id)
    const research = review.research && checked(review.research)
    const suggestion = research && reviewByRules(research, this.criteria)
    const { run, phase, attempt, commit, reason } = review
    const record: ReviewDecisionRecord = {
      version: 1, id, status: 'pending', submittedAt,
      ...(run !== undefined && { run }), ...(phase !== undefined && { phase }), ...(attempt !== undefined && { attempt }), ...(commit !== undefined && { commit }),
      title: review.title ?? id, ...(reason !== undefined && { reason }), ...(research && { research }),
      ...(suggestion && { suggestion: { decision: suggestion.decision, comments: suggestion.comments } }),
      result: null,
    }
    if (!this.#store.create(record)) throw reviewExistsError(id)
    return record
  }

  /** The older way to decide: a whole result, for a review by its id or its record. Returns the record. @throws UserError `review-unknown` or `review-decided`. */
  submitDecision(review: string | Pick<ReviewDecisionRecord, 'id'>, result: Pick<ReviewResult, 'decision' | 'reviewer'> & Partial<ReviewResult>): ReviewDecisionRecord {
    return this.#complete(typeof review === 'string' ? review : review.id, new ReviewResult({ timestamp: this.#now().toISOString(), ...result }))
  }

  #complete(id: string, result: ReviewResult): ReviewDecisionRecord {
    if (!decisionSchema.safeParse(result.decision).success) throw reviewInputError(`${JSON.stringify(result.decision)} is no decision (${Object.values(ReviewDecision).join(', ')})`)
    if (typeof result.reviewer !== 'string' || result.reviewer.trim() === '') throw reviewInputError('a decision has a reviewer')
    const record: ReviewDecisionRecord = { ...this.getReview(id), status: 'completed', result }
    if (this.#store.complete(record)) return record
    const first = this.getReview(id).result!
    throw reviewDecidedError(`review ${id}`, first.decision, first.reviewer, first.timestamp, 'a completed review cannot be decided twice; hand the research in again for another one')
  }
}

/** Names of files that mean the same everywhere. */
const isId = (id: string): boolean => /^[A-Za-z0-9_][\w.@-]{0,199}$/.test(id)

function checked(research: Research): Research {
  const result = researchSchema.safeParse(research)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw reviewInputError(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'it is not as expected'}`)
}
