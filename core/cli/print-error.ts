import { formatUserError, gitFailedError, UserError, UserErrors } from '../errors.ts'
import type { CliContext } from './context.ts'

/** Prints an error on stderr, with `--json` as JSON, and returns the exit code. What is not meant for users is one line, with `--debug` a stack trace. */
export function printError(context: CliContext, thrown: unknown): number {
  // By its name: what runs git is not loaded by commands that need none.
  const error = thrown instanceof Error && thrown.name === 'GitError' ? gitFailedError(thrown.message, thrown) : thrown
  const write = (text: string) => context.stderr.write(`${text}\n`)
  if (error instanceof UserError) {
    write(context.json ? JSON.stringify(jsonOf(error)) : formatUserError(error))
    if (context.debug && error.stack) write(stackOf(error))
    return error.exitCode
  }
  const message = error instanceof Error ? error.message : String(error)
  if (context.json) write(JSON.stringify({ error: { code: 'internal', message } }))
  else write(`internal error: ${message.split('\n')[0]}${context.debug ? '' : ' (run again with --debug for the stack trace)'}`)
  if (context.debug && error instanceof Error) write(stackOf(error))
  return 4
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${error.cause.stack}` : ''
  return `${error.stack}${cause}`
}

function jsonOf(error: UserError): unknown {
  if (!(error instanceof UserErrors)) return { error: fieldsOf(error) }
  return { error: fieldsOf(error.errors[0] ?? error), errors: error.errors.map(fieldsOf) }
}

function fieldsOf(error: UserError): Record<string, unknown> {
  const { code, message, where, fix, plugin, hook } = error
  // `text` is the line for the code frame, not part of the place.
  const place = where && { file: where.file, line: where.line, column: where.column }
  return { code, message, where: place, fix, plugin, hook }
}
