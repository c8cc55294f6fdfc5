import { z } from 'zod'
import { ReviewDecision } from './result.ts'
import type { Research } from './research.ts'
import type { ReviewResult } from './result.ts'

const item = z.union([z.string(), z.looseObject({ title: z.string(), detail: z.string().optional(), sources: z.array(z.string()).optional(), confidence: z.number().optional() })])

/** What can be reviewed, as `submitForReview` takes it: more may stand in it. */
export const researchSchema = z.looseObject({
  summary: z.string().optional(), confidence: z.number().min(0).max(1), findings: z.array(item), recommendations: z.array(item), questions: z.array(z.string()).optional(),
})

export const decisionSchema = z.enum(Object.values(ReviewDecision) as [ReviewDecision, ...ReviewDecision[]])

const resultSchema = z.object({
  decision: decisionSchema, reviewer: z.string().min(1), comments: z.string(), approvedFindings: z.array(z.string()), approvedRecommendations: z.array(z.string()), timestamp: z.string(),
})

/** One review as it is kept: a JSON file of its own. `result` is null while it is pending. */
export const reviewRecordSchema = z.object({
  version: z.literal(1),
  id: z.string(),
  status: z.enum(['pending', 'completed']),
  submittedAt: z.string(),
  /** Of a phase: which it is, and the commit that holds its work. */
  run: z.string().optional(),
  phase: z.string().optional(),
  attempt: z.number().int().optional(),
  commit: z.string().optional(),
  title: z.string(),
  /** Why it needs a person. */
  reason: z.string().optional(),
  /** Missing where there is no findings file. */
  research: researchSchema.optional(),
  /** What the rules would say. */
  suggestion: z.object({ decision: decisionSchema, comments: z.string() }).optional(),
  result: resultSchema.nullable(),
})

/** The stored record of a review: what was handed in, and how it was decided. */
export interface ReviewDecisionRecord {
  readonly version: 1
  readonly id: string
  readonly status: 'pending' | 'completed'
  /** ISO 8601, UTC. */
  readonly submittedAt: string
  readonly run?: string | undefined
  readonly phase?: string | undefined
  readonly attempt?: number | undefined
  readonly commit?: string | undefined
  readonly title: string
  readonly reason?: string | undefined
  readonly research?: Research | undefined
  readonly suggestion?: { decision: ReviewDecision; comments: string } | undefined
  readonly result: ReviewResult | null
}
