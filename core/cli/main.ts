import { stat } from 'node:fs/promises'
import path from 'node:path'
import { directoryMissingError, endedElsewhereError, standstillError, strayError, UserError } from '../errors.ts'
import type { CommandModule } from './command-module.ts'
import { createContext } from './context.ts'
import type { CliContext, CliIo } from './context.ts'
import { findCommandIndex, findCommandName, readGlobalFlags } from './global-flags.ts'
import { printError } from './print-error.ts'
import { processIo } from './process-io.ts'

/** Runs the command line of this process and ends it with its exit code. `whenLoaded`: see `CliIo`. */
export async function runProcess(argv: readonly string[], whenLoaded?: () => void): Promise<void> {
  const { io, end } = processIo(() => print(endedElsewhereError()))
  const print = (error: UserError) => printError(createContext(io, { ...readGlobalFlags(argv), cwd: io.runtime.cwd, config: undefined }), error)
  const stray = (error: unknown) => void end(print(error instanceof UserError ? error : strayError(error)))
  // What somebody's code throws where nobody waits for it ends the command all the same, in one line; the next run recovers what it left.
  process.on('uncaughtException', stray).on('unhandledRejection', stray)
  // Nothing is left to do and the command has not ended: without a word it would look as if all were well. Who knows more is told first.
  process.once('beforeExit', () => setImmediate(() => process.once('beforeExit', () => stray(standstillError()))))
  await end(await runCli(argv, { ...io, whenLoaded }))
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
    return printError(context, error)
  }
}

async function dispatch(given: readonly string[], context: CliContext): Promise<number> {
  const argv = helpAsFlag(given)
  const name = findCommandName(argv)
  const module = name === undefined ? undefined : await loadCommand(name)
  if (module?.isBare && argv.every((argument, index) => switches.includes(argument) || index === findCommandIndex(argv))) return await module.run(context, [], {})
  const parser = await import('./parse.ts')
  if (name === undefined || name === 'help') return await parser.answer(context, argv, !argv.includes('--version') && !argv.includes('-V'))
  if (module) return await parser.runCommand(context, argv, name, module)
  const { runPluginCommand } = await import('./plugin-command.ts')
  return await runPluginCommand(context, name, argv)
}

/** Global options without a value, which `readGlobalFlags` has read. */
const switches: readonly string[] = ['--json', '--color', '--no-color', '--debug']

/** `help run` is `run --help`. */
function helpAsFlag(argv: readonly string[]): readonly string[] {
  const rest = argv.filter((_argument, index) => index !== findCommandIndex(argv))
  return findCommandName(argv) === 'help' && findCommandName(rest) !== undefined ? [...rest, '--help'] : argv
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
    case 'plan': return await import('./commands/plan.ts')
    case 'land': return await import('./commands/land.ts')
    case 'gc': return await import('./commands/gc.ts')
    case 'knowledge': return await import('./commands/knowledge.ts')
    case 'requeue': return await import('./commands/requeue.ts')
    case 'accept': return await import('./commands/accept.ts')
    case 'stop': return await import('./commands/stop.ts')
    default: return undefined
  }
}
