/** Where in a file an error lies. Lines and columns count from 1. */
export interface SourceLocation {
  file: string
  line?: number
  column?: number
  /** How many characters the squiggle covers. Default 1. */
  length?: number
  /** The text of the line, for the code frame. */
  text?: string
}

export interface UserErrorOptions {
  /** Stable, kebab-case; searchable in docs/errors. */
  code: string
  /** What happened, with the offending value: one sentence, no full stop. */
  message: string
  where?: SourceLocation
  /** How to fix it: one imperative sentence, or several lines. */
  fix?: string
  /** Plugin and hook, where the error comes from one. */
  plugin?: string
  hook?: string
  /** Exit code of the command. Default 2 (usage, config or plan). 4: preflight, infrastructure, auth. */
  exitCode?: 1 | 2 | 3 | 4 | 130
  cause?: unknown
}

/** An error that is meant to be read by a person: printed as text, without a stack trace unless `--debug`. */
export class UserError extends Error {
  readonly code: string
  readonly where: SourceLocation | undefined
  readonly fix: string | undefined
  readonly plugin: string | undefined
  readonly hook: string | undefined
  readonly exitCode: 1 | 2 | 3 | 4 | 130

  constructor(options: UserErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'UserError'
    this.code = options.code
    this.where = options.where
    this.fix = options.fix
    this.plugin = options.plugin
    this.hook = options.hook
    this.exitCode = options.exitCode ?? 2
  }
}

/** The same error at that place, unless it names one of its own. */
export function errorAt(error: UserError, where: SourceLocation): UserError {
  const { code, message, exitCode, fix, plugin, hook } = error
  return new UserError({
    code, message, exitCode, where: error.where ?? where, cause: error.cause ?? error,
    ...(fix !== undefined && { fix }), ...(plugin !== undefined && { plugin }), ...(hook !== undefined && { hook }),
  })
}

/** The same error where a machine gave out under way: exit code 4 in the place of 2, which is for what somebody wrote. */
export function gaveOut(error: unknown): unknown {
  if (!(error instanceof UserError) || error.exitCode !== 2) return error
  return mapErrors(error, (one) => {
    const { code, message, where, fix, plugin, hook } = one
    return new UserError({
      code, message, exitCode: 4, cause: one.cause ?? one,
      ...(where && { where }), ...(fix !== undefined && { fix }), ...(plugin !== undefined && { plugin }), ...(hook !== undefined && { hook }),
    })
  })
}

/** The same error, or errors, with what `change` adds to each. */
export function mapErrors(error: UserError, change: (one: UserError) => UserError): UserError {
  return error instanceof UserErrors ? new UserErrors(error.errors.map(change), error.unsaid) : change(error)
}

/** Several errors found in one pass, printed one after the other; `unsaid`: how many more there are. */
export class UserErrors extends UserError {
  readonly errors: readonly UserError[]
  readonly unsaid: number
  constructor(errors: readonly UserError[], unsaid = 0) {
    const first = errors[0]!
    super({ code: first.code, message: errors.map((error) => error.message).join('; '), exitCode: first.exitCode, ...(first.where && { where: first.where }) })
    this.errors = errors
    this.unsaid = unsaid
  }
}

/** `error[code]: message`, the place with a code frame, and the fix. Ends without a newline. */
export function formatUserError(error: UserError): string {
  if (error instanceof UserErrors) return [...error.errors.map(formatUserError), ...(error.unsaid > 0 ? [`and ${error.unsaid} more`] : [])].join('\n\n')
  // Most errors of plugins name them in the sentence itself, so that the bare message says enough in a log or in JSON.
  const by = error.plugin && !error.message.includes(error.plugin) ? ` (plugin ${error.plugin}${error.hook ? `, hook ${error.hook}` : ''})` : ''
  const lines = [`error[${error.code}]: ${error.message}${by}`]
  const where = error.where
  if (where) {
    const place = [where.file, where.line, where.line === undefined ? undefined : where.column].filter((part) => part !== undefined).join(':')
    lines.push(`  --> ${place}`)
    if (where.text !== undefined && where.line !== undefined) {
      const gutter = ' '.repeat(String(where.line).length)
      lines.push(` ${gutter} |`, ` ${where.line} | ${where.text}`)
      if (where.column !== undefined) lines.push(` ${gutter} | ${where.text.slice(0, where.column - 1).replace(/[^\t]/g, ' ')}${'~'.repeat(Math.max(1, where.length ?? 1))}`)
    }
  }
  if (error.fix) lines.push(...error.fix.split('\n').map((line, index) => (index === 0 ? `  fix: ${line}` : `       ${line}`)))
  return lines.join('\n')
}
