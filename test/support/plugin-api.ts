import { loadPlugins } from '../../core/pipeline/plugin.ts'
import type { LoadedPlugins, PluginsToLoad } from '../../core/pipeline/plugin.ts'

/** Loads plugins into an API that does nothing, and keeps what they log. */
export async function load(request: Partial<PluginsToLoad>): Promise<LoadedPlugins & { logged: string[] }> {
  const logged: string[] = []
  const loaded = await loadPlugins({
    plugins: [],
    classifiers: [],
    api: {
      config: { kind: 'autopack-config', project: 'demo', root: '/repo', configDir: '/repo', runsDir: '/repo/.runs' },
      layout: { runsDir: '/repository/.runs', projectDir: '/repository/.runs/test', buildHistory: '/repository/.runs/test/docs/BUILD_HISTORY.md', pluginDir: (name) => `/repository/.runs/test/plugins/${name}` },
      exec: async () => { throw new Error('nothing is run here') },
      log: { info: (message) => void logged.push(`info ${message}`), warn: (message) => void logged.push(`warn ${message}`) },
      phases: {
        decide: async ({ decision }) => ({ type: 'decided', state: decision === 'reject' ? 'FAILED' : 'QUEUED' }),
        reviews: async () => [],
        reviewPlace: async ({ run, phase, attempt }) => ({ dir: `/repository/.runs/test/runs/${run}/${run}/reviews`, id: `${phase}-${attempt}` }),
      },
      redact: (text) => text,
    },
    ...request,
  })
  return { ...loaded, logged }
}
