import { z } from 'zod'
import { stopReasons } from './drain.ts'
import { pausedBuilderSchema } from './paused-builder.ts'
import { phaseStates } from './phase.ts'
import { broughtSchema, spentSchema } from './telemetry.ts'
import { usageSchema } from './usage-schema.ts'

const phaseOutcomeSchema = z.object({
  run: z.string(),
  phase: z.string(),
  state: z.enum(phaseStates),
  attempts: z.number().int(),
  outcome: z.string(),
  class: z.string().optional(),
  fingerprint: z.string().optional(),
  title: z.string().optional(),
  reason: z.string().optional(),
  warnings: z.array(z.string()),
  durationMs: z.number(),
  usage: usageSchema,
})

/** Whether a larger batch is worth its tokens: a verdict that scripts can read. Shares are from 0 to 1. */
const goNoGoSchema = z.object({
  verdict: z.enum(['go', 'no-go', 'insufficient']),
  /** Charged attempts of the session that ended, and how many are needed for a verdict. */
  attempts: z.number().int(),
  needed: z.number().int(),
  criteria: z.array(z.object({ name: z.enum(['import-time-failures', 'collection-share', 'phases-with-events']), value: z.number(), limit: z.number(), met: z.boolean() })),
  reason: z.string(),
})
export type GoNoGo = z.infer<typeof goNoGoSchema>

/** What a drain brought, at its end: the same data for the screen, for `--json` and for `afterDrain`. */
export const drainReportSchema = z.object({
  session: z.string(),
  project: z.string(),
  command: z.enum(['run', 'drain']),
  startedAt: z.string(),
  endedAt: z.string(),
  durationMs: z.number(),
  stop: z.object({ reason: z.enum(stopReasons), detail: z.string() }),
  exitCode: z.number().int(),
  counts: z.object({ complete: z.number(), failed: z.number(), skipped: z.number(), review: z.number(), held: z.number(), deferred: z.number(), blocked: z.number(), parked: z.number(), executing: z.number(), queued: z.number() }),
  /** What was executed, in order; of a phase its latest attempt. */
  phases: z.array(phaseOutcomeSchema),
  /** What was not executed and is not done, with the reason; at most 100. */
  waiting: z.array(z.object({ run: z.string(), phase: z.string(), state: z.enum(phaseStates), why: z.enum(['blocked', 'held', 'deferred', 'parked', 'review', 'failed', 'executing', 'queued']), reason: z.string() })),
  runs: z.array(
    z.object({
      id: z.string(),
      state: z.enum(['queued', 'running', 'review', 'failed', 'complete']),
      branch: z.string(),
      baseCommit: z.string().optional(),
      commits: z.number().int(),
      diffStat: z.object({ files: z.number(), added: z.number(), removed: z.number() }).optional(),
      summary: z.string(),
      log: z.object({ logPath: z.string(), tail: z.string() }).optional().meta({ description: 'What was told of the work at it: the file with all of it, and the last 50 lines, 16 KiB at most. Left out: nothing was.' }),
    }),
  ),
  usage: usageSchema,
  /** What the session's attempts cost, by how they ended; the dearest first. */
  spend: z.array(z.object({ outcome: z.string(), ...spentSchema.shape })),
  /** What of it counts against the budgets, with the assumption in the place of what is unknown. */
  counted: z.object({ tokens: z.number(), cost: z.number() }),
  yield: broughtSchema,
  goNoGo: goNoGoSchema,
  /** Buckets that park something, those that park most first. */
  buckets: z.array(
    z.object({
      fingerprint: z.string(), class: z.string(), title: z.string(), blame: z.string(), state: z.string(), radius: z.string(),
      /** Phases whose latest attempt carries the fingerprint, and phases that wait for the bucket, those among them. */
      members: z.number().int(), parked: z.number().int(),
      release: z.string().meta({ description: 'What would release them.' }),
    }),
  ),
  /** Left out: none. */
  pausedBuilders: z.array(pausedBuilderSchema).optional().meta({ description: 'Builders whose usage limit is reached.' }),
  runsDir: z.string(),
  sections: z.array(z.object({ plugin: z.string(), title: z.string(), lines: z.array(z.string()) })),
  next: z.array(z.object({ command: z.string(), why: z.string() })),
})
export type DrainReport = z.infer<typeof drainReportSchema>
