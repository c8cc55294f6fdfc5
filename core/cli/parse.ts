import { Command, CommanderError } from 'commander'
import type { CommandModule } from './command-module.ts'
import { commandTable } from './commands.ts'
import type { CliContext } from './context.ts'
import { findCommandIndex, findCommandName } from './global-flags.ts'
import { helpText } from './help.ts'
import { usageErrorOf } from './usage-error.ts'
import { readVersion } from './version.ts'

/** Runs a built-in command with what its arguments say. */
export async function runCommand(context: CliContext, argv: readonly string[], name: string, module: CommandModule): Promise<number> {
  const program = createProgram(context)
  const entry = commandTable.find((one) => one.name === name)!
  let exitCode = 0
  const command = program.command(name).description(capital(entry.summary))
  command.addHelpText('after', `\nExample:\n  $ ${entry.example}`)
  module.configure(command)
  command.action(async () => {
    exitCode = await module.run(context, command.processedArgs, command.opts())
  })
  return (await parse(program, argv)) ?? exitCode
}

/** A command line without a command, or with the word `help` for one: help, version, or a mistake. */
export async function answer(context: CliContext, argv: readonly string[], helps: boolean): Promise<number> {
  const program = createProgram(context)
  program.configureHelp({ formatHelp: () => `${helpText(context.style.color)}\n` })
  if (helps) program.action(() => context.print(helpText(context.style.color)))
  const word = findCommandIndex(argv)
  return (await parse(program, argv.filter((_argument, index) => index !== word))) ?? 0
}

/** The exit code, where commander answers by itself. Throws a UserError for a mistake in the arguments. */
async function parse(program: Command, argv: readonly string[]): Promise<number | undefined> {
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return undefined
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    // Help and version are answers that commander throws.
    if (error.exitCode === 0) return 0
    throw usageErrorOf(error, commandTable.find((entry) => entry.name === findCommandName(argv))?.name)
  }
}

function createProgram(context: CliContext): Command {
  const program = new Command('autopack')
  return program
    .usage('<command> [options]')
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: () => undefined, getOutHasColors: () => context.style.color })
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(100, Number.isFinite(context.stdout.columns) ? context.stdout.columns : 80) })
    .option('-C <dir>', 'work as if started in this folder')
    .option('--config <file>', 'use this config instead of searching upward')
    .option('--json', 'print data as JSON')
    .option('--no-color', 'print without colours (also NO_COLOR)')
    .option('--color', 'print with colours')
    .option('--debug', 'print stack traces')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

