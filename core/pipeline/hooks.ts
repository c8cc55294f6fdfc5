import { z } from 'zod'
import { classificationResultSchema, failureSchema } from '../model/failure.ts'
import type { HookName } from '../model/plugin.ts'

/** The hooks that the core calls, in the order in which a phase meets them. */
export const hookNames = ['resolvePath', 'beforePhase', 'validateDeliverables', 'classifyFailure', 'afterDrain'] as const satisfies readonly HookName[]

export interface HookDeclaration {
  /** `series-bail`: taps run one after the other until one answers. `series`: all run, one after the other, and answer through the event. */
  kind: 'series-bail' | 'series'
  /** What the core must hand over: checked at each call, so that no tap ever sees half an event. */
  payload: z.ZodType
  /** Functions of the event that a tap may call, with the schema of their first argument: a wrong one throws inside the tap. */
  calls: Readonly<Record<string, z.ZodType>>
  /** What a tap may return beside nothing; `undefined` and `null` alike pass on. */
  result: z.ZodType
  /** What to write instead, shown when a tap returned something else. */
  returns: string
  /** A tap that throws, rejects, returns nonsense or runs out of time: fails the phase, lets the next tap answer, or is recorded while the others still run. */
  onError: 'fails-phase' | 'next-tap' | 'recorded'
  /** Time limit of one tap in milliseconds, unless the tap names its own. */
  timeoutMs: number
}

const callable = z.custom<unknown>((value) => typeof value === 'function', { error: 'expected a function' })
const phaseIdentity = { run: z.string(), phase: z.looseObject({ id: z.string(), goal: z.string() }), attempt: z.number().int().positive(), attemptId: z.string() }
const roots = { projectRoot: z.string().min(1), repositoryRoot: z.string().min(1) }
const checks = z.array(z.looseObject({ name: z.string(), argv: z.array(z.string()) }))

const text = z.string({ error: 'expected a text' }).min(1, { error: 'expected a text that is not empty' })

/** Of a series hook: booleans and numbers are what a one-line arrow function happens to return; anything else was meant for the event and would be lost. */
const nothing = z.union([z.undefined(), z.boolean(), z.number()], { error: 'expected nothing: what a tap returns is not read here' })

/** The one table of hooks. */
export const hookTable: Readonly<Record<(typeof hookNames)[number], HookDeclaration>> = {
  resolvePath: {
    kind: 'series-bail',
    payload: z.looseObject({ raw: z.string(), purpose: z.enum(['scope', 'stub', 'deliverable', 'context']), ...roots }),
    calls: {},
    result: z.strictObject({ relative: z.string().min(1, { error: 'expected a path, not an empty text' }) }),
    returns: "return { relative: 'path/in/the/repository' }, or nothing to pass on",
    onError: 'fails-phase',
    timeoutMs: 30_000,
  },
  beforePhase: {
    kind: 'series',
    payload: z.looseObject({
      ...phaseIdentity, ...roots, checks,
      scope: z.looseObject({ write: z.array(z.string()), readOnly: z.array(z.string()) }),
      deliverables: z.array(z.string()),
      resolve: callable, exists: callable, stubKind: callable, stub: callable, hint: callable, context: callable, checkArguments: callable, skip: callable, hold: callable,
    }),
    calls: {
      resolve: text,
      exists: text,
      stubKind: text,
      stub: z.strictObject({ path: text, kind: text.optional(), content: z.string().optional() }),
      hint: text,
      context: z.strictObject({ title: text, text: z.string(), path: text.optional() }),
      checkArguments: z.strictObject({ check: text, args: z.array(z.string()), skipped: z.array(z.strictObject({ file: text, reason: text, fix: text.optional() })) }),
      skip: text,
      hold: text,
    },
    result: nothing,
    returns: 'return nothing; call event.stub, event.hint, event.context, event.checkArguments, event.skip or event.hold',
    onError: 'fails-phase',
    timeoutMs: 30_000,
  },
  validateDeliverables: {
    kind: 'series',
    payload: z.looseObject({
      ...phaseIdentity, ...roots,
      deliverables: z.array(z.looseObject({ raw: z.string(), relative: z.string(), present: z.boolean(), satisfied: z.boolean() })),
      problems: z.array(z.looseObject({ code: z.string(), message: z.string() })),
      existing: z.number().int().nonnegative(),
      problem: callable, accept: callable, review: callable,
    }),
    calls: {
      problem: z.strictObject({ path: text.optional(), code: text, message: text }),
      accept: text,
      review: z.strictObject({ reason: text, data: z.unknown().optional() }),
    },
    result: nothing,
    returns: 'return nothing; call event.problem, event.accept or event.review',
    onError: 'fails-phase',
    timeoutMs: 30_000,
  },
  classifyFailure: {
    kind: 'series-bail',
    payload: z.looseObject({ ...phaseIdentity, ...roots, checks, failure: failureSchema }),
    calls: {},
    result: classificationResultSchema,
    returns: "return { class: 'my_class' } with any of title, fingerprint, confidence, evidence, blame and action, or nothing to pass on",
    onError: 'next-tap',
    timeoutMs: 5_000,
  },
  afterDrain: {
    kind: 'series',
    payload: z.looseObject({ report: z.looseObject({ session: z.string() }), section: callable }),
    calls: { section: z.strictObject({ title: text, lines: z.array(z.string()) }) },
    result: nothing,
    returns: 'return nothing; call event.section to add to the report',
    onError: 'recorded',
    timeoutMs: 30_000,
  },
}
