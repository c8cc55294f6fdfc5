import { z } from 'zod'
import { bucketStates } from './bucket.ts'
import { checkDeltaSchema } from './check.ts'
import { comparisonSchema } from './comparison.ts'
import { drainReportSchema } from './drain-report.ts'
import type { AutopackEvent } from './events.ts'
import { blameSchema, classificationSchema } from './failure.ts'
import { stages } from './phase.ts'
import { promptFactsSchema } from './prompt-schema.ts'
import { estimateSchema, expectedSchema } from './telemetry.ts'
import { usageSchema } from './usage-schema.ts'

const at = z.string().meta({ description: 'ISO 8601, UTC.' })
const phase = { at, run: z.string(), phase: z.string(), attempt: z.number().int() }
const stage = z.enum(stages)
const change = z.object({ phase: z.string(), type: z.string(), fields: z.array(z.string()).optional(), reason: z.string().optional() })
const caps = z.record(z.string(), z.string())
const diffStat = z.object({ files: z.number(), added: z.number(), removed: z.number() })

/** One line of `run --json` and `drain --json`, and of a session's journal: `AutopackEvent` as a schema. */
export const eventSchema = z.discriminatedUnion('type', [
  z.object({ at, type: z.literal('run-imported'), run: z.string(), change: z.enum(['new', 'unchanged', 'changed']), changes: z.array(change) }),
  z.object({
    at, type: z.literal('drain-started'), session: z.string(), runs: z.array(z.string()), phases: z.number(), caps,
    store: z.object({ kind: z.string(), location: z.string(), id: z.string() }).optional().meta({ description: 'Which database this is; `id` stays with it wherever it is moved.' }),
  }),
  z.object({ ...phase, type: z.literal('phase-started'), goal: z.string(), builder: z.string(), attemptDir: z.string() }),
  z.object({ ...phase, type: z.literal('stage-started'), stage, detail: z.string().optional(), lastMs: z.number().optional() }),
  z.object({ ...phase, type: z.literal('stage-finished'), stage, durationMs: z.number(), detail: z.string().optional() }),
  z.object({ ...phase, type: z.literal('progress'), line: z.string().optional(), usage: usageSchema.optional() }),
  z.object({ ...phase, type: z.literal('prompt-written'), ...promptFactsSchema.shape }),
  z.object({ ...phase, type: z.literal('check-judged'), delta: checkDeltaSchema }),
  z.object({
    ...phase,
    type: z.literal('phase-finished'),
    outcome: z.enum(['complete', 'failed', 'skipped', 'review', 'deferred', 'held', 'usage-limit', 'interrupted', 'retry']),
    reason: z.string().optional(),
    classification: classificationSchema.optional(),
    commit: z.string().optional(),
    diffStat: diffStat.optional(),
    usage: usageSchema,
    durationMs: z.number(),
    warnings: z.array(z.string()),
    attemptDir: z.string(),
  }),
  z.object({ at, type: z.literal('notice'), level: z.enum(['info', 'warning']), message: z.string(), run: z.string().optional(), phase: z.string().optional() }),
  z.object({
    at, type: z.literal('bucket-changed'), fingerprint: z.string(), state: z.enum(bucketStates), class: z.string(), title: z.string(), blame: blameSchema, systemic: z.boolean(),
    radius: z.string().meta({ description: 'What it parks, for a person; empty when it closed.' }), members: z.number().int().meta({ description: 'Phases whose latest attempt carries the fingerprint.' }),
  }),
  z.object({ at, type: z.literal('drain-finished'), report: drainReportSchema }),
  z.object({
    at,
    type: z.literal('drain-previewed'),
    caps,
    checks: z.array(z.string()),
    runsDir: z.string(),
    runs: z.array(
      z.object({
        run: z.string(), base: z.string(), branch: z.string(), source: z.string(),
        phases: z.array(
          z.object({
            phase: z.string(), state: z.string(), builder: z.string(), action: z.string(),
            order: z.number().int().positive().optional().meta({ description: 'When it would be executed, from 1; left out: not at all.' }), expected: estimateSchema.optional(),
          }),
        ),
      }),
    ),
    expected: expectedSchema,
    comparison: comparisonSchema.optional(),
  }),
])

// Does not compile when an event and the schema say different things.
type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : never) : never
true satisfies Same<AutopackEvent, z.infer<typeof eventSchema>>
