import { inspect } from 'node:util'
import type { z } from 'zod'

/** More than the longest secret: what is cut here lies beyond what is shown. */
const longestString = 32 * 1024

/** What was thrown, in one line. */
export function textOf(thrown: unknown): string {
  let message: unknown
  try {
    message = typeof thrown === 'object' && thrown !== null ? (thrown as { message?: unknown }).message : undefined
  } catch {
    // A getter of the thrown object threw in its turn.
  }
  return (typeof message === 'string' && message.trim() !== '' ? message : show(thrown)).trim().split('\n')[0]!
}

/** A value as a person would write it, on one line and not endless. `redact`: takes secrets out, before anything is cut. */
export function show(value: unknown, redact: (text: string) => string = (text) => text): string {
  const whole = inspect(value, { depth: 3, breakLength: Infinity, maxStringLength: longestString, maxArrayLength: 10, customInspect: false })
  const text = redact(whole).replace(/\s*\n\s*/g, ' ')
  return text.length > 300 ? `${text.slice(0, 299)}…` : text
}

/** Checks what a plugin handed over; a value that cannot even be read is invalid too. */
export function check<T>(schema: z.ZodType<T>, value: unknown): { type: 'valid'; value: T } | { type: 'invalid'; problem: string } {
  try {
    const checked = schema.safeParse(value)
    return checked.success ? { type: 'valid', value: checked.data } : { type: 'invalid', problem: issuesOf(checked.error) }
  } catch (error) {
    return { type: 'invalid', problem: textOf(error) }
  }
}

export function issuesOf(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  return error.issues.map((issue) => (issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`)).join('; ')
}
