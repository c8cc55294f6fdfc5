import { z } from 'zod'
import { isPrintable, isReserved, isTypable, longestIdentifier, reservedProjectIds } from './identifiers.ts'

/** A run or phase id: 1 to 200 printable characters, without leading or trailing space and without a hyphen in front. Slashes and Unicode are allowed; RunLayout makes them safe. */
export const identifierSchema = z
  .string()
  .min(1, { error: 'an id must not be empty' })
  .max(longestIdentifier, { error: `an id has at most ${longestIdentifier} characters` })
  .refine(isPrintable, { error: 'an id has printable characters only and neither starts nor ends with a space' })
  .refine(isTypable, { error: 'an id does not begin with a hyphen: behind a command it would be taken for a flag' })

export const projectIdSchema = identifierSchema.refine((id) => !isReserved(id), {
  error: (issue) => `the project id ${JSON.stringify(issue.input)} is reserved (reserved: ${reservedProjectIds.join(', ')}); choose another`,
})
