import { defaultPlugins } from '../../plugins/defaults.ts'
import { namedBuilders } from '../builders/named.ts'
import { builtInFormats } from '../checks/index.ts'
import type { PluginApi } from '../model/plugin.ts'
import { loadPlugins } from '../pipeline/plugin.ts'
import type { LoadedPlugins } from '../pipeline/plugin.ts'
import { secretValues } from '../process/environment.ts'
import { createRedactor } from '../process/redact.ts'
import { createProcessRunner } from '../process/run.ts'
import { commandTable } from './commands.ts'
import { pluginBuckets } from './plugin-buckets.ts'
import { pluginPhases } from './plugin-phases.ts'
import type { LoadedProject } from './project.ts'

/** The reporters of start-drain.ts. */
const reporterNames = ['json', 'lines', 'live'] as const

export interface OpenedPlugins extends LoadedPlugins {
  exec: PluginApi['exec']
  /** Whether a plugin has switched buckets on. */
  buckets: { readonly on: boolean }
  /** Takes secrets out of a text. */
  redact(text: string): string
}

/** Applies the plugins of the config. `signal` ends a decision that one of them has begun. Throws UserError that names the plugin. */
export async function openPlugins(project: LoadedProject, log: (level: 'info' | 'warning', message: string) => void, signal: () => AbortSignal = () => new AbortController().signal): Promise<OpenedPlugins> {
  const { config, layout, runtime } = project
  const redactor = createRedactor({ secrets: secretValues({ ...runtime.env, ...config.env.set }) })
  const exec = createProcessRunner({ runtime, redactor })
  const agents = await namedBuilders({ env: runtime.env, configDir: config.configDir })
  const opened: { loaded?: LoadedPlugins } = {}
  const buckets = { on: false }
  const loaded = await loadPlugins({
    plugins: config.plugins,
    classifiers: config.classifiers,
    api: {
      config: { kind: config.kind, project: config.project, root: config.root, configDir: config.configDir, runsDir: config.runsDir },
      layout,
      exec,
      log: { info: (message) => log('info', message), warn: (message) => log('warning', message) },
      phases: pluginPhases(project, { log, signal, parts: () => ({ exec, ...opened.loaded! }) }),
      buckets: pluginBuckets(project, buckets, () => opened.loaded!.provided),
      redact: (text) => redactor.redact(text),
    },
    taken: {
      builders: [...new Set([...Object.keys(config.builders), ...agents.keys()])], checkFormats: [...builtInFormats().keys()], reporters: reporterNames, commands: [...commandTable.map((command) => command.name), 'help'],
    },
    absent: defaultPlugins.map((plugin) => plugin.name),
    placeOf: (name) => config.placeOfPlugin(name),
    origin: (index) => config.originOf(`plugins[${index}]`),
    // What is recorded is told where it belongs: with its phase, or at the end of the drain.
    onProblem: (problem, { recorded }) => { if (!recorded) log('warning', problem.message) },
    runtime,
  })
  const whole = { ...loaded, provided: { ...loaded.provided, builders: new Map([...agents, ...loaded.provided.builders]) } }
  opened.loaded = whole
  return { ...whole, exec, buckets, redact: (text) => redactor.redact(text) }
}
