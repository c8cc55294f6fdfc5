import type { Command } from 'commander'
import type { CliContext } from './context.ts'

/** One command: a file in `commands/`, loaded when it is called. */
export interface CommandModule {
  /** Adds its arguments and options. */
  configure(command: Command): void
  /** Without arguments and options of its own nothing has to be parsed, nor the parser loaded: `run` gets none. */
  isBare?: true
  /** Returns the exit code. `args` are the positional arguments in order; one that was left out is undefined, a list is one entry. */
  run(context: CliContext, args: readonly unknown[], options: Readonly<Record<string, unknown>>): Promise<number>
}
