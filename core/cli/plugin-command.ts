import { unknownCommandError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { installStopSignals } from '../process/signals.ts'
import { commandTable, pluginCommandTable } from './commands.ts'
import type { CliContext } from './context.ts'
import { withoutGlobalFlags } from './global-flags.ts'
import { loadProject } from './project.ts'

/** Runs a command that a plugin of the project provides. Throws UserError when there is none of that name. */
export async function runPluginCommand(context: CliContext, name: string, argv: readonly string[]): Promise<number> {
  const builtIn = commandTable.map((entry) => entry.name)
  const near = nearest(name, builtIn)
  // A slip in a built-in name is told at once, without running the code of a config.
  if (near !== undefined) throw unknownCommandError(name, near)
  const { openPlugins } = await import('./open-plugins.ts')
  const stop = new AbortController()
  let removeSignals: (() => void) | undefined
  // A command that never asks for the signal ends at once by Ctrl-C, as any program does.
  const signal = (): AbortSignal => {
    removeSignals ??= installStopSignals({ monotonic: context.runtime.monotonic, onFirst: () => stop.abort(), onSecond: () => context.exitNow(130) })
    return stop.signal
  }
  const plugins = await openPlugins(await projectOf(context, name), (level, message) => context.stderr.write(`${level}: ${message}\n`), signal)
  const { commands } = plugins.provided
  const found = commands.get(name)
  if (!found) throw unknownCommandError(name, nearest(name, [...builtIn, ...commands.keys()]), byDefault(name)?.plugin)
  const args = withoutGlobalFlags(argv)
  if (args.includes('--help') || args.includes('-h')) {
    // The first line says what it is, and the rest what else there is to know.
    context.print(`usage: autopack ${found.command.usage ?? name}\n\n${found.command.summary.replace(/(?=\n|$)/, ` (plugin ${found.plugin})`)}`)
    return 0
  }
  try {
    return await found.command.run({ args, json: context.json, print: context.print, get signal() { return signal() }, api: found.api })
  } finally {
    removeSignals?.()
  }
}

/** The help, which reads no config, names it: then it is not unknown, but needs a project that has its plugin. */
const byDefault = (name: string) => pluginCommandTable.find((entry) => entry.name === name)

/** Outside a project an unknown name is just that. */
async function projectOf(context: CliContext, name: string): ReturnType<typeof loadProject> {
  try {
    return await loadProject(context)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'config-not-found' && !byDefault(name)) throw unknownCommandError(name, undefined)
    throw error
  }
}
