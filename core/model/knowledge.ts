import { z } from 'zod'
import { blameSchema } from './failure.ts'
import { learnedRuleSchema } from './learning-schema.ts'

/** As `toISOString` writes it: two are compared as text. */
const time = z.iso.datetime()

/** A fault that is over. */
export const closedBucketSchema = z.strictObject({
  fingerprint: z.string(),
  class: z.string(),
  title: z.string(),
  blame: blameSchema,
  phases: z.array(z.strictObject({ run: z.string(), phase: z.string(), at: time })).meta({ description: 'Which it hit, and when last; the latest twenty.' }),
  firstSeen: time,
  lastSeen: time,
  closed: z.strictObject({ at: time, by: z.string().nullable(), reason: z.string().nullable() }).meta({ description: 'by and reason: of a person who closed it; null where a phase got past it.' }),
})
export type ClosedBucket = z.infer<typeof closedBucketSchema>

/** A test that has passed and failed by turns. */
export const knownFlakeSchema = z.strictObject({ check: z.string(), test: z.string(), seen: z.number().int().positive(), lastAt: time })
export type KnownFlake = z.infer<typeof knownFlakeSchema>

/** What `autopack knowledge export` writes: in one order, so that it can be committed. */
export const knowledgeSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  project: z.string(),
  rules: z.array(learnedRuleSchema),
  flakes: z.array(knownFlakeSchema),
  buckets: z.array(closedBucketSchema),
})
export type Knowledge = z.infer<typeof knowledgeSchema>

/** `autopack knowledge … --json`. */
export const knowledgeOutputSchema = z.strictObject({
  action: z.enum(['export', 'import']),
  files: z.array(z.string()),
  rules: z.strictObject({ total: z.number().int(), new: z.number().int() }),
  flakes: z.strictObject({ total: z.number().int(), new: z.number().int() }),
  buckets: z.strictObject({ total: z.number().int(), new: z.number().int() }),
})
export type KnowledgeOutput = z.infer<typeof knowledgeOutputSchema>
