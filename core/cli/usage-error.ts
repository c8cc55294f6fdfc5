import type { CommanderError } from 'commander'
import { usageError } from '../errors.ts'
import type { UserError } from '../errors.ts'

/** What commander found wrong with the arguments, in our form. */
export function usageErrorOf(error: CommanderError): UserError {
  const text = error.message.replace(/^error: /, '')
  const suggestion = /\n\(Did you mean (.+?)\?\)\s*$/s.exec(text)?.[1]
  const message = text.replace(/\n\(Did you mean[\s\S]*$/, '').replace(/\.\s*$/, '').trim()
  return usageError(message, suggestion === undefined ? undefined : `did you mean ${suggestion}?`)
}
