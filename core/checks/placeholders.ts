import { shellQuote } from '../model/command-text.ts'
import type { ProcessCommand } from '../model/process.ts'

/** What the placeholders of a check's command stand for. Lists are empty where there is nothing. */
export interface PlaceholderValues {
  run: string
  phase: string
  attempt: number
  /** Absolute. */
  workspace: string
  /** Absolute path at which the report is expected. */
  report: string
  /** Changed files, relative to the check's working directory. */
  files: readonly string[]
  /** Ids of the tests to run again. */
  tests: readonly string[]
  /** Extra arguments (exclusions): they take the place of `{exclude}`, else are appended. */
  exclude: readonly string[]
}

const placeholder = /\{(run|phase|attempt|workspace|report|files|tests|exclude)\}/g

/** Fills in a command. A list that stands alone as an element becomes several elements, or none; in a shell line every value is quoted. */
export function expandCommand(command: ProcessCommand, values: PlaceholderValues): ProcessCommand {
  if ('shell' in command) {
    const line = command.shell.replace(placeholder, (_, name: keyof PlaceholderValues) => words(values[name]).map(shellQuote).join(' '))
    return { shell: mentions(command, 'exclude') ? line : [line, ...values.exclude.map(shellQuote)].join(' ') }
  }
  const argv = command.flatMap((element) => {
    const alone = /^\{(files|tests|exclude)\}$/.exec(element)
    if (alone) return [...values[alone[1] as 'files' | 'tests' | 'exclude']]
    return [element.replace(placeholder, (_, name: keyof PlaceholderValues) => words(values[name]).join(' '))]
  })
  return mentions(command, 'exclude') ? argv : [...argv, ...values.exclude]
}

/** Whether a command uses `{name}`. */
export function mentions(command: ProcessCommand, name: keyof PlaceholderValues): boolean {
  return ('shell' in command ? [command.shell] : command).some((text) => text.includes(`{${name}}`))
}

function words(value: string | number | readonly string[]): string[] {
  return typeof value === 'object' ? [...value] : [String(value)]
}
