import type { CommanderError } from 'commander'
import { usageError } from '../errors.ts'
import type { UserError } from '../errors.ts'

/** What commander found wrong with the arguments, in our form. `command`: the one whose help is named. */
export function usageErrorOf(error: CommanderError, command: string | undefined): UserError {
  const text = error.message.replace(/^error: /, '')
  const suggestion = /\n\(Did you mean (.+?)\?\)\s*$/s.exec(text)?.[1]
  const message = text.replace(/\n\(Did you mean[\s\S]*$/, '').replace(/\.\s*$/, '').trim()
  return usageError(message, suggestion === undefined ? `see \`autopack ${command === undefined ? '' : `${command} `}--help\`` : `did you mean ${suggestion}?`)
}
