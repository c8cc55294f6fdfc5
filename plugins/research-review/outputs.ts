import { z } from 'zod'
import { decisionSchema } from './record.ts'
import { findingsSchema } from './findings-schema.ts'

const phaseState = z.enum(['QUEUED', 'EXECUTING', 'COMPLETE', 'FAILED', 'SKIPPED', 'REVIEW'])
/** ISO 8601, UTC. */
const time = z.string()

const reviewOutputSchema = z.strictObject({
  run: z.string(), phase: z.string(), attempt: z.number().int(), state: phaseState, goal: z.string(), commit: z.string().meta({ description: 'Holds the work.' }),
  requestedAt: time, reasons: z.array(z.string()),
  confidence: z.number().nullable().meta({ description: 'null without a findings file.' }), findings: z.number().int().nullable(), recommendations: z.number().int().nullable(),
  suggestion: z.strictObject({ decision: decisionSchema, comments: z.string() }).nullable().meta({ description: 'What the rules would say.' }),
  decision: z.strictObject({ decision: decisionSchema, reviewer: z.string(), comments: z.string(), at: time }).nullable(),
  file: z.string().meta({ description: 'The record, once it is written.' }),
})
export type ReviewOutput = z.infer<typeof reviewOutputSchema>

/** `autopack review list --json`. */
const listOutputSchema = z.strictObject({ project: z.string(), reviews: z.array(reviewOutputSchema) })
export type ReviewListOutput = z.infer<typeof listOutputSchema>

/** `autopack review show --json`. */
const showOutputSchema = z.strictObject({
  project: z.string(), review: reviewOutputSchema, research: findingsSchema.omit({ $schema: true }).loose().nullable(),
  requests: z.array(z.strictObject({ plugin: z.string(), reason: z.string(), data: z.unknown().optional() })),
})
export interface ReviewShowOutput {
  project: string
  review: ReviewOutput
  research: import('./research.ts').Research | null
  requests: { plugin: string; reason: string; data?: unknown }[]
}

/** `autopack review approve|reject|more --json`. */
const decisionOutputSchema = z.strictObject({
  project: z.string(), run: z.string(), phase: z.string(), decision: decisionSchema, reviewer: z.string(), comments: z.string(),
  state: phaseState.meta({ description: 'What the phase is now.' }), commit: z.string().nullable(), class: z.string().nullable(), title: z.string().nullable(),
  reason: z.string().nullable(), file: z.string(),
})
export type DecisionOutput = z.infer<typeof decisionOutputSchema>

/** What is published: the findings file, and what `autopack review` prints with `--json`. */
export const researchReviewSchemas = { findings: findingsSchema, 'review-list': listOutputSchema, 'review-show': showOutputSchema, 'review-decision': decisionOutputSchema } as const
