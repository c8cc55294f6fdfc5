import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { PhaseReview, PluginApi, ReviewPlace } from '../../core/index.ts'
import type { ReviewCriteria } from './criteria.ts'
import { entryMark } from './markdown.ts'
import { researchSchema } from './record.ts'
import type { Research } from './research.ts'
import { ReviewDecision } from './result.ts'
import { ResearchReviewWorkflow } from './workflow.ts'

export interface Reviewer {
  api: Pick<PluginApi, 'layout' | 'log'>
  criteria: ReviewCriteria
}

export const decisions = { approve: ReviewDecision.APPROVED, reject: ReviewDecision.REJECTED, more: ReviewDecision.NEEDS_MORE_RESEARCH } as const

export const workflowIn = (folder: string | undefined, criteria: ReviewCriteria): ResearchReviewWorkflow => new ResearchReviewWorkflow(criteria, { folder })

/** The research that a phase handed in; undefined where it has no findings file, or somebody else asked for the review. */
export function researchOf(review: Pick<PhaseReview, 'requests'>): Research | undefined {
  for (const { plugin, data } of review.requests) {
    const parsed = plugin === 'researchReview' ? researchSchema.safeParse((data as { research?: unknown } | undefined)?.research) : undefined
    if (parsed?.success) return parsed.data
  }
  return undefined
}

/**
 * Brings the files of reviews in line with what the store knows, which is what counts for a phase: a review without a file gets one, and a decision that is
 * not in its file yet goes there, and to the build history. What is in line costs a look.
 */
export function syncReviews(reviewer: Reviewer, reviews: readonly PhaseReview[]): void {
  for (const review of reviews) {
    try {
      syncReview(reviewer, review)
    } catch (error) {
      // One file that somebody broke must not keep the others from being written.
      reviewer.api.log.warn(`the files of the review of ${review.run}/${review.phase} could not be written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

/** The same for one review. */
export function syncReview({ api, criteria }: Reviewer, review: PhaseReview): void {
  const { dir, id, run, phase, attempt, commit, decision } = review
  const workflow = workflowIn(dir, criteria)
  if (!workflow.hasReview(id)) {
    const research = researchOf(review)
    const reason = review.requests.map((one) => one.reason).join('; ')
    try {
      workflow.createReview({
        id, run, phase, attempt, commit, submittedAt: review.requestedAt, title: review.goal.trim().split('\n')[0]!, ...(reason !== '' && { reason }), ...(research && { research }),
      })
    } catch (error) {
      // Another process was there first.
      if (!workflow.hasReview(id)) throw error
    }
  }
  if (!decision) return
  const { result } = workflow.getReview(id)
  if (!result) new ResearchReviewWorkflow(criteria, { folder: dir, now: () => new Date(decision.at) }).manualReview(id, decisions[decision.type], decision.by, decision.comments)
  else if (result.decision !== decisions[decision.type]) api.log.warn(`${path.join(dir, `${id}.json`)} says ${result.decision}, and ${run}/${phase} was decided otherwise: ${decision.type} by ${decision.by}`)
  exportReview({ api, criteria }, review)
}

/** Writes the Markdown of a decided review beside its record, and its entry into BUILD_HISTORY.md, each once. */
export function exportReview({ api, criteria }: Reviewer, { dir, id }: ReviewPlace): void {
  const workflow = workflowIn(dir, criteria)
  const entry = workflow.exportReviewToBuildHistory(id)
  const file = path.join(dir, `${id}.md`)
  if (!existsSync(file)) {
    const partial = path.join(dir, `.tmp-${process.pid}.md`)
    writeFileSync(partial, entry)
    renameSync(partial, file)
  }
  const history = api.layout.buildHistory
  const before = existsSync(history) ? readFileSync(history, 'utf8') : ''
  if (before.includes(entryMark(workflow.getReview(id)))) return
  mkdirSync(path.dirname(history), { recursive: true })
  appendFileSync(history, `${before === '' ? '# Build history\n' : ''}\n${entry}`)
}
