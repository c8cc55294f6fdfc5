import { z } from 'zod'
import { blames } from './blame.ts'
import { parseDuration } from './duration.ts'
import { type FailureClass, namedBy } from './names.ts'
import { stages } from './phase.ts'

/** Classes for any tool's output. */
export const toolClasses = [
  'import_crash', 'syntax_error', 'collection_error', 'missing_dependency', 'test_failed', 'flaky', 'type_error', 'lint_error', 'build_error',
  'config_error', 'crash', 'patch_failed', 'timeout', 'oom', 'disk_full', 'permission_denied', 'network', 'rate_limit', 'auth', 'context_length', 'unknown',
] as const
/** Classes for what the pipeline itself finds. */
export const pipelineClasses = [
  'deliverables_validation_failed', 'scope_violation', 'builder_error', 'builder_no_change', 'budget_exhausted', 'preflight_failed', 'plugin_error', 'interrupted',
] as const
export type BuiltInClass = (typeof toolClasses)[number] | (typeof pipelineClasses)[number]

export const blameSchema = z.enum(blames)
export type { Blame } from './blame.ts'

export const confidenceSchema = z.enum(['high', 'medium', 'low'])
export type Confidence = z.infer<typeof confidenceSchema>

/** One cause extracted from an output: what names it is kept, what varies is parametrised in `template`. */
export const causeSchema = z.object({
  /** The tool family that printed it: `pytest`, `node`, `tsc`, …, `generic`, `autopack`. */
  tool: z.string(),
  class: z.string(),
  /** One line that a person would have written. */
  title: z.string(),
  /** The text that is hashed. */
  template: z.string(),
  /** Lines of the output that prove it, as printed. */
  evidence: z.array(z.string()),
  file: z.string().optional(),
  line: z.number().int().optional(),
  module: z.string().optional(),
  symbol: z.string().optional(),
  test: z.string().optional(),
  code: z.string().optional(),
  confidence: confidenceSchema,
})
export type Cause = z.infer<typeof causeSchema>

/** What is wrong with a deliverable, a path or the tree, found by the pipeline or a plugin. */
export const problemSchema = z.object({ path: z.string().optional(), code: z.string().min(1), message: z.string().min(1) })
export type Problem = z.infer<typeof problemSchema>

export const failureSchema = z.object({
  stage: z.enum([...stages, 'preflight', 'land']),
  /** Set by the stage that found it, where the class needs no reading of an output. */
  class: z.string().optional(),
  /** One line; what happened. */
  message: z.string(),
  command: z.array(z.string()).optional(),
  check: z.string().optional(),
  exitCode: z.number().int().nullable().optional(),
  signal: z.string().nullable().optional(),
  /** Bounded head-and-tail window of the output. */
  output: z.string().default(''),
  logPath: z.string().optional(),
  problems: z.array(problemSchema).default([]),
  /** The same command fails with the same cause on the base. */
  onBase: z.boolean().optional(),
  /** Files on the base that cannot be loaded, relative to the project root: what is there to mend them is not held up by them. */
  brokenFiles: z.array(z.string()).optional(),
  /** The phase is there to mend it, and has not: that says nothing of other phases. */
  mends: z.boolean().optional(),
  /** What failed has passed and failed by turns before. */
  flakeHistory: z.boolean().optional(),
  causes: z.array(causeSchema).default([]),
})
export type Failure = z.infer<typeof failureSchema>
export type FailureInput = z.input<typeof failureSchema>

const isTime = (value: string | number) => Number.isFinite(typeof value === 'string' ? Date.parse(value) : value)
const expectedTime = { error: 'expected a time such as "2026-03-01T06:00:00Z", or epoch milliseconds' }

/** A file that a check left out. `fix`: what ends it for good, and where; files of one reason share a warning, which shows the first one's. */
const skippedFileSchema = z.strictObject({ file: z.string(), reason: z.string(), fix: z.string().optional() })
export type SkippedFile = z.infer<typeof skippedFileSchema>

/** What a classifier asks to be done next. */
export const actionSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('fail') }),
  /** Try the phase again, charged. `after` is a duration. */
  z.strictObject({ type: z.literal('retry'), after: z.string().refine((text) => parseDuration(text) !== undefined, { error: 'expected a duration such as "60s" or "10m"' }).optional() }),
  /** Run one check again with `args` in the place of `{exclude}` (else appended); the baseline is made anew with the same. Once per check and attempt. */
  z.strictObject({
    type: z.literal('retry-checks'),
    check: z.string(),
    args: z.array(z.string()),
    skipped: z.array(skippedFileSchema),
  }),
  /** Not charged; not before `until` (ISO 8601 or epoch milliseconds). */
  z.strictObject({ type: z.literal('defer'), until: z.union([z.string(), z.number()], expectedTime).refine(isTime, expectedTime) }),
  z.strictObject({ type: z.literal('hold'), reason: z.string().min(1) }),
])
export type Action = z.infer<typeof actionSchema>

/** What a tap of `classifyFailure` may return: everything but class may be left to the core. */
export const classificationResultSchema = z.strictObject({
  class: namedBy<FailureClass>(z.string().min(1)),
  title: z.string().min(1).optional(),
  /** The cause that the answer is about, one of `failure.causes`: title, evidence and fingerprint come from it. Default: the root cause. */
  cause: causeSchema.optional(),
  /** Hashed with the class in the place of the cause's template: what is to be one bucket has one template. */
  template: z.string().min(1).optional(),
  /** In the place of the whole fingerprint. */
  fingerprint: z.string().min(1).optional(),
  confidence: confidenceSchema.optional(),
  evidence: z.array(z.string()).optional(),
  blame: blameSchema.optional(),
  action: actionSchema.optional(),
})
export type ClassificationResult = z.infer<typeof classificationResultSchema>

export const classificationSchema = z.object({
  class: z.string(),
  fingerprint: z.string(),
  confidence: confidenceSchema,
  title: z.string(),
  evidence: z.array(z.string()),
  blame: blameSchema,
  action: actionSchema,
  /** Who answered: a classifier's or plugin's name, or `built-in`. */
  classifier: z.string(),
  template: z.string().optional(),
})
export type Classification = z.infer<typeof classificationSchema>

/** Groups of classes for reports. */
export function classGroup(failureClass: string): 'import-time' | 'collection' | 'deliverables' | 'phase-level' {
  switch (failureClass) {
    case 'import_crash': case 'syntax_error': case 'preflight_failed': return 'import-time'
    case 'collection_error': case 'missing_dependency': return 'collection'
    case 'deliverables_validation_failed': return 'deliverables'
    default: return 'phase-level'
  }
}
