import { z } from 'zod'
import { builderUnavailableError, UserError } from '../errors.ts'
import type { BuildRequest, BuildResult, Builder } from '../model/builder.ts'
import { formatDuration } from '../model/duration.ts'
import type { Runtime } from '../model/runtime.ts'
import { unreachable } from '../model/unreachable.ts'
import { usageSchema } from '../model/usage-schema.ts'
import { check, show, textOf } from './describe.ts'
import { createLimitedRunner, type LimitedRunner } from './time-limit.ts'

/** How the code of a builder ended: anybody may write one, so it may throw, hang or return anything. */
export type BuilderOutcome =
  | { type: 'returned'; result: BuildResult }
  /** It threw, or what it returned is not a result. One sentence that names the builder. */
  | { type: 'broken'; message: string }
  /** It had not returned some time after its limit. */
  | { type: 'hung' }
  /** The same after a stop. */
  | { type: 'cancelled' }

/** What a builder has after its limit, or after a stop, to end its processes and to return: more than the process runner takes for the most stubborn tree. */
const returnMs = 20_000
/** A builder that cannot say for so long whether it can run here, cannot. */
const availableMs = 30_000

const ran = { argv: z.array(z.string()), usage: usageSchema, tail: z.string(), warnings: z.array(z.string()).optional() }
const exitCode = z.number().int().nullable()
const resultSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('done'), ...ran, exitCode }),
  z.looseObject({ type: z.literal('error'), ...ran, exitCode, signal: z.string().nullable(), message: z.string() }),
  z.looseObject({ type: z.literal('timeout'), ...ran, limit: z.enum(['wall-clock', 'idle']) }),
  z.looseObject({ type: z.literal('cancelled'), ...ran }),
  z.looseObject({ type: z.literal('usage-limit'), ...ran, message: z.string() }),
])

/** Calls `builder.build` and never rejects for what it does. `signal` is the attempt's: the builder sees it in its request. */
export async function runBuilder(builder: Builder, request: BuildRequest, runtime: Pick<Runtime, 'sleep' | 'monotonic'>, runLimited: LimitedRunner = createLimitedRunner(runtime)): Promise<BuilderOutcome> {
  const giveUp = new AbortController()
  const over = new AbortController()
  const giveUpLater = () => void runtime.sleep(returnMs, over.signal).then(() => giveUp.abort())
  request.signal.addEventListener('abort', giveUpLater, { once: true, signal: over.signal })
  if (request.signal.aborted) giveUpLater()
  // What builds works in a process, not in this thread; to cut off a loop an hour later would help nobody.
  const outcome = await runLimited({ run: () => builder.build(request), brief: true, timeoutMs: request.timeoutMs + returnMs, signal: giveUp.signal })
  over.abort(null)
  switch (outcome.type) {
    case 'returned': {
      const checked = check(resultSchema, outcome.value)
      return checked.type === 'valid' ? { type: 'returned', result: outcome.value as BuildResult } : { type: 'broken', message: `builder ${builder.name} returned ${show(outcome.value, (text) => request.redact(text))}: ${checked.problem}` }
    }
    case 'threw': return { type: 'broken', message: named(outcome.error) ?? `builder ${builder.name} threw: ${textOf(outcome.error)}` }
    case 'timed-out': return { type: 'hung' }
    case 'cancelled': return { type: 'cancelled' }
    default: return unreachable(outcome)
  }
}

/** What names its plugin already says enough. */
const named = (error: unknown): string | undefined => (error instanceof UserError && error.plugin !== undefined ? error.message : undefined)

export type Availability = { type: 'available'; version: string | undefined } | { type: 'unavailable'; error: UserError }

const availabilitySchema = z.union([z.looseObject({ ok: z.literal(true), version: z.string().optional() }), z.looseObject({ ok: z.literal(false), reason: z.string(), fix: z.string() })], {
  error: 'expected { ok: true } or { ok: false, reason, fix }',
})

/** Whether the builder can run here, by its own word; one that does not know is taken to be there. */
export async function builderAvailability(builder: Builder, context: Parameters<NonNullable<Builder['available']>>[0], runtime: Pick<Runtime, 'sleep' | 'monotonic'>): Promise<Availability> {
  if (!builder.available) return { type: 'available', version: undefined }
  const outcome = await createLimitedRunner(runtime)({ run: () => builder.available!(context), timeoutMs: availableMs })
  const unavailable = (reason: string, fix = `mend the builder ${builder.name}, or take it out of the config`): Availability => ({ type: 'unavailable', error: builderUnavailableError(builder.name, reason, fix) })
  switch (outcome.type) {
    case 'returned': {
      const checked = check(availabilitySchema, outcome.value)
      if (checked.type === 'invalid') return unavailable(`its \`available\` returned ${show(outcome.value)}: ${checked.problem}`)
      return checked.value.ok ? { type: 'available', version: checked.value.version } : unavailable(checked.value.reason, checked.value.fix)
    }
    case 'threw': return unavailable(named(outcome.error) ?? `its \`available\` threw: ${textOf(outcome.error)}`)
    case 'timed-out': return unavailable(`its \`available\` did not end within ${formatDuration(availableMs)}`)
    case 'cancelled': throw new Error('nothing cancels this')
    default: return unreachable(outcome)
  }
}
