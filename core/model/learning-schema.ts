import { z } from 'zod'

/** What an attempt that failed and the one that then passed have taught. Every text is one line, bounded, without secrets. */
const lessonShape = {
  /** The same in every run: hash of class, fingerprint and check. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  class: z.string(),
  fingerprint: z.string(),
  title: z.string(),
  evidence: z.array(z.string()),
  /** The check that failed. */
  check: z.string().optional(),
  /** What the change that passed touched, relative to the repository. */
  touched: z.array(z.string()),
  /** Where the phase might write: the fixed heads of its scope; empty for everything. */
  scope: z.array(z.string()),
}
const seenShape = z.strictObject({ run: z.string(), phase: z.string(), at: z.string() })

/** A lesson of one run. */
export const runHintSchema = z.strictObject({
  ...lessonShape,
  phase: z.string(),
  failedAttempt: z.number().int(),
  passedAttempt: z.number().int(),
  /** ISO 8601: when it was recorded. */
  at: z.string(),
})
export type RunHint = z.infer<typeof runHintSchema>

/** `run_rule_hints.json`. `seen`: phases that were looked at, whether they taught anything or not. */
export const runHintsSchema = z.strictObject({ version: z.literal(1), run: z.string(), seen: z.array(z.string()), hints: z.array(runHintSchema) })
export type RunHints = z.infer<typeof runHintsSchema>

/** The same lesson, with the runs that had it, oldest first. */
export const sharedLessonSchema = z.strictObject({ ...lessonShape, runs: z.array(seenShape) })
export type SharedLesson = z.infer<typeof sharedLessonSchema>

export const learnedRuleSchema = z.strictObject({
  ...sharedLessonSchema.shape,
  promotedAt: z.string(),
  /** A person may switch a rule off: it stays known, and out of prompts. */
  enabled: z.boolean().default(true),
})
export type LearnedRule = z.infer<typeof learnedRuleSchema>

/** `LEARNED_RULES.json`. `candidates`: what too few runs have had so far. */
export const learnedRulesSchema = z.strictObject({ version: z.literal(1), project: z.string(), rules: z.array(learnedRuleSchema), candidates: z.array(sharedLessonSchema) })
export type LearnedRules = z.infer<typeof learnedRulesSchema>

/** `rules_updated.json`: which rules were promoted last, when, and how many promotions there have been. */
export const rulesUpdatedSchema = z.strictObject({ version: z.literal(1), at: z.string(), rules: z.array(z.strictObject({ id: z.string(), title: z.string() })), promotions: z.number().int() })
export type RulesUpdated = z.infer<typeof rulesUpdatedSchema>
