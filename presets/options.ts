import { z } from 'zod'

/** What options of several presets are checked by. */

const duration = 'expected a duration above zero such as "90s", "10m", "2h", or a number of seconds'

export const timeoutOption = z
  .union([z.string(), z.number()], { error: duration })
  .refine((value) => (typeof value === 'number' ? value > 0 : /^(?=.*[1-9])\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)?$/.test(value)), { error: duration })

/** A file or folder of the project, relative to its root. */
export const pathOption = z.string().regex(/^(?!\/|\.\.(?:\/|$)|[A-Za-z]:)(?!.*\/\.\.(?:\/|$)).+$/, { error: 'expected a path in the project, relative to its root' })

export const programOption = z.string().min(1, { error: 'expected the name of a program' })
