import { z } from 'zod'

/** Project ids that would collide with folders of the runs directory. */
export const reservedProjectIds: readonly string[] = ['drain_sessions', 'workspaces', 'diagnostics']

const printable = /^[^\u0000-\u001f\u007f]+$/

/** A run or phase id: 1 to 200 printable characters, without leading or trailing space. Slashes and Unicode are allowed; RunLayout makes them safe. */
export const identifierSchema = z
  .string()
  .min(1, { error: 'an id must not be empty' })
  .max(200, { error: 'an id has at most 200 characters' })
  .refine((id) => printable.test(id) && id.trim() === id, { error: 'an id has printable characters only and neither starts nor ends with a space' })

export const projectIdSchema = identifierSchema.refine((id) => !reservedProjectIds.includes(id.toLowerCase()), {
  error: (issue) => `the project id ${JSON.stringify(issue.input)} is reserved (reserved: ${reservedProjectIds.join(', ')}); choose another`,
})

/** The run id without a trailing `-YYYYMMDD`, `-YYYYMMDD-HHMMSS` or stamp of 10 or more digits; else the id itself. */
export function familyOf(runId: string): string {
  const match = /^(.+)-(?:\d{8}-\d{6}|\d{8}|\d{10,})$/.exec(runId)
  return match?.[1] ?? runId
}
