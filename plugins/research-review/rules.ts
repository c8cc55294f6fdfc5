import type { ReviewCriteria } from './criteria.ts'
import { titleOf } from './research.ts'
import type { Research } from './research.ts'
import { ReviewDecision, ReviewResult } from './result.ts'

/** The rules, in this order; exactly one answers. */
export function reviewByRules(research: Research, criteria: ReviewCriteria, timestamp?: string): ReviewResult {
  const { confidence, findings, recommendations } = research
  const { autoApproveConfidence, autoRejectConfidence, minFindingsRequired, minRecommendationsRequired } = criteria
  const answer = (decision: ReviewDecision, comments: string) => new ReviewResult({
    decision, reviewer: 'auto', comments, ...(timestamp !== undefined && { timestamp }),
    ...(decision === ReviewDecision.APPROVED && { approvedFindings: findings.map(titleOf), approvedRecommendations: recommendations.map(titleOf) }),
  })
  const lacking = [
    ...(findings.length < minFindingsRequired ? [`${findings.length} of ${minFindingsRequired} findings`] : []),
    ...(recommendations.length < minRecommendationsRequired ? [`${recommendations.length} of ${minRecommendationsRequired} recommendations`] : []),
  ]
  if (confidence >= autoApproveConfidence && lacking.length === 0) return answer(ReviewDecision.APPROVED, `confidence ${confidence} reaches ${autoApproveConfidence}`)
  if (lacking.length > 0) return answer(ReviewDecision.NEEDS_MORE_RESEARCH, lacking.join(' and '))
  if (confidence <= autoRejectConfidence) return answer(ReviewDecision.REJECTED, `confidence ${confidence} is not above ${autoRejectConfidence}`)
  return answer(ReviewDecision.NEEDS_MORE_RESEARCH, `confidence ${confidence} is between ${autoRejectConfidence} and ${autoApproveConfidence}`)
}
