import { stat } from 'node:fs/promises'
import path from 'node:path'
import { Command, CommanderError } from 'commander'
import { directoryMissingError, standstillError, strayError, UserError } from '../errors.ts'
import { commandTable } from './commands.ts'
import type { CommandModule } from './command-module.ts'
import { createContext } from './context.ts'
import type { CliContext, CliIo } from './context.ts'
import { findCommandIndex, findCommandName, readGlobalFlags } from './global-flags.ts'
import { helpText } from './help.ts'
import { printError } from './print-error.ts'
import { processIo } from './process-io.ts'
import { usageErrorOf } from './usage-error.ts'
import { readVersion } from './version.ts'

/** Runs the command line of this process and ends it with its exit code. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const { io, end } = processIo()
  const stray = (error: unknown) => {
    const context = createContext(io, { ...readGlobalFlags(argv), cwd: io.runtime.cwd, config: undefined })
    void end(printError(context, error instanceof UserError ? error : strayError(error)))
  }
  // What somebody's code throws where nobody waits for it ends the command all the same, in one line; the next run recovers what it left.
  process.on('uncaughtException', stray).on('unhandledRejection', stray)
  // Nothing is left to do and the command has not ended: without a word it would look as if all were well. Who knows more is told first.
  process.once('beforeExit', () => setImmediate(() => process.once('beforeExit', () => stray(standstillError()))))
  await end(await runCli(argv, io))
}

/** Runs one command line; every error is printed. Returns the exit code. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const flags = readGlobalFlags(argv)
  let context = createContext(io, { ...flags, cwd: io.runtime.cwd, config: undefined })
  try {
    const cwd = path.resolve(io.runtime.cwd, flags.cwd ?? '.')
    if (!(await stat(cwd).catch(() => undefined))?.isDirectory()) throw directoryMissingError(flags.cwd ?? cwd, cwd)
    context = createContext(io, { ...flags, cwd, config: flags.config })
    return await dispatch(argv, context)
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are answers that commander throws.
      if (error.exitCode === 0) return 0
      return printError(context, usageErrorOf(error, commandTable.find((entry) => entry.name === findCommandName(argv))?.name))
    }
    return printError(context, error)
  }
}

async function dispatch(given: readonly string[], context: CliContext): Promise<number> {
  const argv = helpAsFlag(given)
  const name = findCommandName(argv)
  const program = createProgram(context)
  if (name === undefined || name === 'help') return await parse(program, argv, name === undefined && !argv.includes('--version') && !argv.includes('-V') ? context : undefined)
  const module = await loadCommand(name)
  if (!module) {
    const { runPluginCommand } = await import('./plugin-command.ts')
    return await runPluginCommand(context, name, argv)
  }
  const entry = commandTable.find((one) => one.name === name)!
  let exitCode = 0
  const command = program.command(name).description(capital(entry.summary))
  command.addHelpText('after', `\nExample:\n  $ ${entry.example}`)
  module.configure(command)
  command.action(async () => {
    exitCode = await module.run(context, command.processedArgs, command.opts())
  })
  await program.parseAsync([...argv], { from: 'user' })
  return exitCode
}

/** `help run` is `run --help`. */
function helpAsFlag(argv: readonly string[]): readonly string[] {
  const rest = argv.filter((_argument, index) => index !== findCommandIndex(argv))
  return findCommandName(argv) === 'help' && findCommandName(rest) !== undefined ? [...rest, '--help'] : argv
}

async function parse(program: Command, argv: readonly string[], helpTo: CliContext | undefined): Promise<number> {
  if (helpTo) {
    program.action(() => helpTo.print(helpText(helpTo.style.color)))
  }
  await program.parseAsync([...argv], { from: 'user' })
  return 0
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

/** The modules by name, each a literal import so that the compiler and knip see it. */
async function loadCommand(name: string): Promise<CommandModule | undefined> {
  switch (name) {
    case 'init': return await import('./commands/init.ts')
    case 'run': return await import('./commands/run.ts')
    case 'drain': return await import('./commands/drain.ts')
    case 'status': return await import('./commands/status.ts')
    case 'show': return await import('./commands/show.ts')
    case 'logs': return await import('./commands/logs.ts')
    case 'classify': return await import('./commands/classify.ts')
    case 'explain': return await import('./commands/explain.ts')
    case 'stats': return await import('./commands/stats.ts')
    case 'config': return await import('./commands/config.ts')
    case 'verify': return await import('./commands/verify.ts')
    case 'doctor': return await import('./commands/doctor.ts')
    case 'requeue': return await import('./commands/requeue.ts')
    case 'accept': return await import('./commands/accept.ts')
    case 'stop': return await import('./commands/stop.ts')
    default: return undefined
  }
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

