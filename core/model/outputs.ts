import { z } from 'zod'
import { eventSchema } from './event-schema.ts'
import { blameSchema, classificationSchema, confidenceSchema } from './failure.ts'
import { gcOutputSchema } from './gc.ts'
import { closedBucketSchema, knowledgeOutputSchema, knowledgeSchema } from './knowledge.ts'
import { landOutputSchema } from './landing.ts'
import { notificationSchema } from './notification.ts'
import { pausedBuilderSchema } from './paused-builder.ts'
import { phaseStates } from './phase.ts'
import { planSchema } from './plan.ts'
import { receiptSchema } from './receipt.ts'
import { repairReportSchema } from './repair.ts'
import { statsOutputSchema } from './stats-output.ts'
import { stopRequestSchema } from './stop-schema.ts'
import { estimateSchema, yieldSchema, zeroYieldReasons } from './telemetry.ts'
import { usageSchema } from './usage-schema.ts'

const runState = z.enum(['queued', 'running', 'review', 'failed', 'complete'])
const phaseState = z.enum(phaseStates)
/** Absolute path. */
const filePath = z.string()
/** ISO 8601, UTC. */
const time = z.string()

/** `autopack status --json`. */
export const statusOutputSchema = z.strictObject({
  project: z.string(),
  pausedBuilders: z.array(pausedBuilderSchema).optional().meta({ description: 'Builders whose usage limit is reached; left out: none.' }),
  runs: z.array(
    z.strictObject({
      id: z.string(),
      family: z.string(),
      state: runState,
      phases: z.array(
        z.strictObject({
          id: z.string(),
          state: phaseState,
          stage: z.string().nullable().meta({ description: 'How far the latest attempt got; null before the first.' }),
          attempts: z.number().int(),
          class: z.string().nullable(),
          fingerprint: z.string().nullable(),
          title: z.string().nullable(),
        }),
      ),
    }),
  ),
})
export type StatusOutput = z.infer<typeof statusOutputSchema>

export const attemptOutputSchema = z.strictObject({
  id: z.string(),
  number: z.number().int(),
  outcome: z.string().nullable().meta({ description: 'null while it runs.' }),
  stage: z.string(),
  charged: z.boolean(),
  startedAt: time,
  endedAt: time.nullable(),
  durationMs: z.number().nullable(),
  usage: usageSchema,
  builderReached: z.boolean(),
  estimate: estimateSchema.nullable().meta({ description: 'What it was expected to cost when it was claimed.' }),
  yield: yieldSchema.nullable().meta({ description: 'What it brought; null while it runs, and where nobody knows any more.' }),
  zeroYield: z.enum(zeroYieldReasons).nullable().meta({ description: 'Why it brought nothing; null where it brought something, and while it runs.' }),
  commit: z.string().nullable(),
  message: z.string().nullable(),
  classification: z
    .strictObject({ class: z.string(), fingerprint: z.string(), confidence: confidenceSchema, title: z.string(), evidence: z.array(z.string()), blame: blameSchema, classifier: z.string() })
    .nullable(),
  dir: filePath,
  receipt: filePath.nullable(),
  patch: filePath.nullable(),
  checks: z.array(z.strictObject({ name: z.string(), verdict: z.string().nullable(), reason: z.string().nullable(), newFailures: z.array(z.string()), flaky: z.array(z.string()), preexisting: z.array(z.string()), fixed: z.array(z.string()) })),
  warnings: z.array(z.string()),
  accepted: receiptSchema.shape.accepted.unwrap().nullable().meta({ description: 'Who accepted the patch of an attempt against its verdict, and why; null: nobody.' }),
})
export type AttemptOutput = z.infer<typeof attemptOutputSchema>

const shownRun = z.strictObject({
  id: z.string(), family: z.string(), state: runState, goal: z.string().nullable(), branch: z.string(), base: z.string(), baseCommit: z.string().nullable(),
  source: z.string(), dir: filePath, summary: filePath.nullable(),
})
const shownPhase = z.strictObject({
  id: z.string(), state: phaseState, stage: z.string().nullable(), goal: z.string(), attempts: z.number().int(), class: z.string().nullable(),
  fingerprint: z.string().nullable(), title: z.string().nullable(), commit: z.string().nullable(), holdReason: z.string().nullable(),
  parked: z.strictObject({ fingerprint: z.string(), title: z.string(), reason: z.string(), release: z.string() }).nullable().meta({ description: 'The bucket that parks it, and what would release it.' }),
})

/** `autopack show RUN [PHASE] --json`; `attempts` are those of the phase, oldest first, and empty without one. */
export const showOutputSchema = z.strictObject({ project: z.string(), run: shownRun, phases: z.array(shownPhase), attempts: z.array(attemptOutputSchema) })
export type ShowOutput = z.infer<typeof showOutputSchema>

/** `autopack doctor --json`. */
export const doctorOutputSchema = z.strictObject({
  ok: z.boolean(),
  findings: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      message: z.string(),
      fix: z.string().nullable(),
    }),
  ),
  repairs: z.array(repairReportSchema).optional().meta({ description: 'With --repair: what a crash or a hand has left behind, and what came of each.' }),
})
export type DoctorOutput = z.infer<typeof doctorOutputSchema>

/** `autopack verify RECEIPT --json`. */
export const verifyOutputSchema = z.strictObject({
  ok: z.boolean(),
  receiptPath: filePath,
  hash: z.string().nullable(),
  confirmed: z.array(z.string()),
  problems: z.array(z.string()),
  unknown: z.array(z.string()),
  receipt: receiptSchema.nullable(),
})
export type VerifyOutput = z.infer<typeof verifyOutputSchema>

/** `autopack requeue` and `autopack stop` with `--json`. */
export const requeueOutputSchema = z.strictObject({ run: z.string(), phase: z.string(), reason: z.string(), state: phaseState })
export type RequeueOutput = z.infer<typeof requeueOutputSchema>

/** `autopack accept --json`. */
export const acceptOutputSchema = z.strictObject({
  run: z.string(), phase: z.string(), state: phaseState,
  accepted: z.boolean().meta({ description: 'false with --dry-run: what follows would be so.' }),
  by: z.string(), reason: z.string(),
  overruled: z.strictObject({ attempt: z.number().int(), class: z.string().nullable(), fingerprint: z.string().nullable(), title: z.string().nullable() }).meta({ description: 'The attempt whose patch it is, and its verdict; null where it was interrupted.' }),
  asJudged: z.boolean().meta({ description: 'Whether the tree is the one that was judged; else no check has seen it.' }),
  outsideScope: z.array(z.string()).meta({ description: 'Files of it that the plan does not allow.' }),
  branch: z.string(), onto: z.string().meta({ description: 'The commit that it comes on top of.' }),
  diffStat: z.strictObject({ files: z.number().int(), added: z.number().int(), removed: z.number().int() }),
  commit: z.string().nullable(), attempt: z.number().int().nullable().meta({ description: 'Number of the attempt that took it over.' }), receipt: filePath.nullable(),
})
export type AcceptOutput = z.infer<typeof acceptOutputSchema>
export const stopOutputSchema = stopRequestSchema

/** `autopack init --json`. */
export const initOutputSchema = z.strictObject({
  detected: z.strictObject({ language: z.string().nullable(), runner: z.string().nullable(), agents: z.array(z.string()) }),
  written: z.array(filePath),
  kept: z.array(filePath).meta({ description: 'What was there and was left alone.' }),
  repository: z.enum(['found', 'made', 'none']),
  next: z.array(z.string()),
  package: z.strictObject({ kind: z.enum(['plugin', 'preset']), name: z.string(), export: z.string().meta({ description: 'What configs import.' }), dir: filePath }).optional().meta({ description: 'With --plugin or --preset: the package that was written.' }),
})
export type InitOutput = z.infer<typeof initOutputSchema>

/** `autopack plan --json`. */
export const planOutputSchema = z.strictObject({
  run: z.string(), plan: planSchema,
  builder: z.string(), rounds: z.number().int().meta({ description: '2: what was wrong with the first draft was handed back.' }), usage: usageSchema,
  out: filePath, written: z.boolean(), draft: filePath.meta({ description: 'What the builder drafted is kept here.' }),
  notes: z.array(z.string()), diff: z.string().meta({ description: 'Against what stands in `out`; empty where that says the same.' }),
})
export type PlanOutput = z.infer<typeof planOutputSchema>

/** An error, with `--json` one line on stderr. */
export const errorOutputSchema = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    where: z.strictObject({ file: z.string(), line: z.number().int().optional(), column: z.number().int().optional() }).optional(),
    fix: z.string().optional(),
    plugin: z.string().optional(),
    hook: z.string().optional(),
  }),
  errors: z.array(z.unknown()).optional().meta({ description: 'All of them, where several were found in one pass.' }),
})

const askedSchema = z.strictObject({ name: z.string(), answer: z.enum(['answered', 'passed', 'failed', 'not-asked']), reason: z.string() })

/** `autopack classify --json`. Line numbers count from 1 in the whole log; null where the line lies in what was left out. */
export const classifyOutputSchema = z.strictObject({
  ...classificationSchema.shape,
  template: z.string().nullable(),
  bytes: z.number().int(),
  lines: z.number().int(),
  causes: z.array(
    z.strictObject({
      fingerprint: z.string(), class: z.string(), title: z.string(), confidence: confidenceSchema, extractor: z.string(),
      evidence: z.array(z.strictObject({ line: z.number().int().nullable(), text: z.string() })),
    }),
  ).meta({ description: 'Every cause that was read, root cause first.' }),
  asked: z.array(askedSchema).meta({ description: 'Classifiers in the order in which they were asked.' }),
})
export type ClassifyOutput = z.infer<typeof classifyOutputSchema>

/** `autopack explain --json`. */
export const explainOutputSchema = z.strictObject({
  fingerprint: z.string(), class: z.string(), title: z.string(), confidence: confidenceSchema, blame: blameSchema, classifier: z.string(),
  template: z.string().nullable(), evidence: z.array(z.string()), raw: z.string().meta({ description: 'The output window of the latest member.' }), firstSeen: time, lastSeen: time,
  members: z.array(z.strictObject({ run: z.string(), phase: z.string(), attempt: z.number().int(), at: time, stage: z.string(), title: z.string() })),
  successors: z.array(z.strictObject({ fingerprint: z.string(), members: z.number().int() })).meta({ description: 'Of a fingerprint of another version: what its failures are now.' }),
  formerly: z.array(z.string()).meta({ description: 'Fingerprints of other versions that members are stored under.' }),
  known: closedBucketSchema.optional().meta({ description: 'What was imported of it by `knowledge import`: others had it, and it was over.' }),
})
export type ExplainOutput = z.infer<typeof explainOutputSchema>

/** `autopack config --json`: every value with its origin. */
export const configOutputSchema = z.array(
  z.strictObject({ path: z.string(), value: z.unknown().meta({ description: 'Builders, plugins and classifiers stand for themselves by name.' }), origin: z.string() }),
)

/** Schemas of what commands print with `--json`, by the name under which they are published. `event` is one line of `run --json`. */
export const outputSchemas = {
  status: statusOutputSchema,
  show: showOutputSchema,
  doctor: doctorOutputSchema,
  verify: verifyOutputSchema,
  gc: gcOutputSchema,
  land: landOutputSchema,
  knowledge: knowledgeSchema,
  'knowledge-output': knowledgeOutputSchema,
  requeue: requeueOutputSchema,
  accept: acceptOutputSchema,
  stop: stopOutputSchema,
  init: initOutputSchema,
  'plan-output': planOutputSchema,
  classify: classifyOutputSchema,
  explain: explainOutputSchema,
  stats: statsOutputSchema,
  notification: notificationSchema,
  'config-output': configOutputSchema,
  event: eventSchema,
  error: errorOutputSchema,
} as const

/** The same as JSON schemas. */
export function outputJsonSchemas(): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(outputSchemas).map(([name, schema]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' }) as Record<string, unknown>
      return [name, { $schema, $id: `https://unpkg.com/autopack/dist/schemas/${name}.json`, title: `Autopack output: ${name}`, ...rest }]
    }),
  )
}
