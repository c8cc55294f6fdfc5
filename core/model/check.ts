import { z } from 'zod'

export const testStatusSchema = z.enum(['passed', 'failed', 'skipped', 'error'])
export type TestStatus = z.infer<typeof testStatusSchema>

/** One test of a report. `id` is stable across runs and machines: file (if known) and name, never a duration or a line. */
export const testCaseSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** Relative to the project root, `/` separated, where the report names it. */
  file: z.string().optional(),
  status: testStatusSchema,
  message: z.string().optional(),
  durationMs: z.number().optional(),
})
export type TestCase = z.infer<typeof testCaseSchema>

/** A file that could not be loaded, so that its tests do not exist. */
export const collectionErrorSchema = z.object({ file: z.string().optional(), message: z.string(), module: z.string().optional() })
export type CollectionError = z.infer<typeof collectionErrorSchema>

/** What a check format reads out of one execution. */
export const checkReportSchema = z.object({
  format: z.string(),
  /** false for exit-code: `tests` is then empty and says nothing. */
  hasTests: z.boolean(),
  tests: z.array(testCaseSchema),
  collectionErrors: z.array(collectionErrorSchema),
})
export type CheckReport = z.infer<typeof checkReportSchema>

/** One execution of a check with its report. A report that is missing, broken or stale has `reportProblem` and no `report`. */
export const checkResultSchema = z.object({
  check: z.string(),
  argv: z.array(z.string()),
  exitCode: z.number().int().nullable(),
  signal: z.string().nullable(),
  /** Why the process ended: `exit`, or the limit that ended it. */
  ended: z.enum(['exit', 'timeout', 'idle', 'cancelled', 'spawn-failed']),
  durationMs: z.number(),
  logPath: z.string(),
  tail: z.string(),
  report: checkReportSchema.optional(),
  reportProblem: z.string().optional(),
  /** Extra arguments (exclusions) that were in force. */
  args: z.array(z.string()).default([]),
  /** Tree object that it ran on. */
  tree: z.string(),
  /** Fingerprints of causes read from the output of a check without a report (exit-code); `low` confidence ones are left out. */
  causes: z.array(z.object({ fingerprint: z.string(), title: z.string() })).default([]),
})
export type CheckResult = z.infer<typeof checkResultSchema>

export const severitySchema = z.enum(['none', 'low', 'medium', 'high', 'critical'])
export type Severity = z.infer<typeof severitySchema>

/** Severity of persistent failures plus collection errors. */
export function severityOf(count: number): Severity {
  if (count === 0) return 'none'
  if (count === 1) return 'low'
  if (count < 5) return 'medium'
  if (count < 10) return 'high'
  return 'critical'
}

/** The verdict on one check of an attempt. */
export const checkDeltaSchema = z.object({
  check: z.string(),
  against: z.enum(['baseline', 'none']),
  verdict: z.discriminatedUnion('type', [
    z.object({ type: z.literal('passed') }),
    /** `reason` is one sentence that names what blocks. */
    z.object({ type: z.literal('blocked'), reason: z.string() }),
    /** No confident cause on both sides; blocks. */
    z.object({ type: z.literal('inconclusive'), reason: z.string() }),
  ]),
  /** Failing on head, passing or absent on the base, failing again on the retry. */
  newFailures: z.array(z.string()),
  /** Failing on head and on the base. */
  preexisting: z.array(z.string()),
  /** Failed, then passed on the retry (or fails on the base too when rerun there). */
  flaky: z.array(z.string()),
  /** Failing on the base, passing on head. */
  fixed: z.array(z.string()),
  /** Passed on the base, gone on head. */
  disappeared: z.array(z.string()),
  /** Passed on the base, skipped on head. */
  newlySkipped: z.array(z.string()),
  /** Of those two, the ones that block: their file is not in the write scope, and the check is judged against its baseline. */
  lost: z.array(z.string()).default([]),
  collectionErrors: z.array(collectionErrorSchema),
  warnings: z.array(z.string()),
  severity: severitySchema,
})
export type CheckDelta = z.infer<typeof checkDeltaSchema>
