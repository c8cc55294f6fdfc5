import { z } from 'zod'
import { checkDeltaSchema } from './check.ts'
import { blameSchema, confidenceSchema, problemSchema } from './failure.ts'
import { promptFactsSchema } from './prompt-schema.ts'
import { usageSchema } from './usage-schema.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** Of a commit or a tree, in full. A receipt may come from anybody, and git is asked for what it names: nothing that git would read as an option. */
const objectName = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/)
/** Relative to the attempt's folder, and inside it. */
const fileName = z.string().refine((file) => file !== '' && !file.startsWith('/') && !file.split('/').includes('..'), { error: "expected a path inside the attempt's folder" })

/** One file of the attempt's folder, so that a later reader sees whether it is still the same. */
const fileHashSchema = z.object({ path: fileName, bytes: z.number().int().nonnegative(), sha256 })

/** The record of an attempt that anybody can check later: `autopack verify` recomputes it. Written as canonical JSON. */
export const receiptSchema = z.object({
  version: z.literal(1),
  project: z.string(),
  run: z.string(),
  phase: z.string(),
  attempt: z.number().int().positive(),
  attemptId: z.string(),
  session: z.string(),
  startedAt: z.string(),
  endedAt: z.string(),
  outcome: z.string(),
  stage: z.string(),
  charged: z.boolean(),
  /** Commit and tree that the attempt started from. */
  base: z.object({ commit: objectName, tree: objectName }).optional(),
  /** Tree that was judged, and sha256 of the raw difference base → tree (see `diffHash` of a workspace). */
  candidate: z.object({ tree: objectName, diffSha256: sha256, files: z.number().int().nonnegative() }).optional(),
  /** Where phases of the run were committed while it was at work: what it really started from, and the tree that it made of that. The candidate is its merge with theirs. */
  alone: z.object({ base: z.object({ commit: objectName, tree: objectName }), tree: objectName }).optional(),
  builder: z.object({ name: z.string(), argv: z.array(z.string()), exitCode: z.number().int().nullable(), ended: z.string() }).optional(),
  /** The estimated size of the prompt, and what there was no room for in it. */
  prompt: promptFactsSchema.optional(),
  usage: usageSchema,
  /** `args`: what a plugin or classifier added to the command (exclusions), where there was something. */
  checks: z.array(z.object({ name: z.string(), argv: z.array(z.string()), args: z.array(z.string()).optional(), exitCode: z.number().int().nullable(), ended: z.string(), delta: checkDeltaSchema.optional() })),
  problems: z.array(problemSchema),
  classification: z
    .object({ class: z.string(), fingerprint: z.string(), confidence: confidenceSchema, title: z.string(), blame: blameSchema, classifier: z.string() })
    .optional(),
  warnings: z.array(z.string()),
  /** Files that checks left out, one by one; the warnings gather those of one reason. */
  skipped: z.array(z.object({ check: z.string(), file: z.string(), reason: z.string(), fix: z.string().optional() })).optional(),
  /** Kept against the verdict by a person: `autopack accept`. */
  accepted: z.object({
    by: z.string(), reason: z.string(), at: z.string(),
    /** The attempt whose patch it is, the hash of its receipt, and its verdict; the checks and problems of this receipt are that attempt's. */
    attempt: z.number().int().positive(), receiptSha256: sha256.optional(), class: z.string(), fingerprint: z.string().optional(), title: z.string(),
    /** What of it lies outside the write scope. */
    outsideScope: z.array(z.string()),
    /** Whether the tree is the one that was judged: else the branch had moved on, and no check has seen this tree. */
    asJudged: z.boolean(),
  }).optional(),
  /** Files of the attempt's folder, relative to it, sorted; without the receipt itself. */
  files: z.array(fileHashSchema),
  environmentWithheld: z.array(z.string()),
})
export type Receipt = z.infer<typeof receiptSchema>
