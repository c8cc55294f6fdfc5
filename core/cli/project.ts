import type { ResolvedConfig } from '../config/config.ts'
import { storeTimeoutError } from '../errors.ts'
import { checkRunsDir } from '../layout/ensure.ts'
import { createRunLayout } from '../layout/layout.ts'
import type { RunLayout } from '../layout/layout.ts'
import { resolveRunsDir } from '../layout/runs-dir.ts'
import { parseDuration } from '../model/duration.ts'
import type { Runtime } from '../model/runtime.ts'
import type { Store } from '../store/store.ts'
import type { CliContext } from './context.ts'

/** What every command about a project needs: nothing is opened and nothing written yet. */
export interface LoadedProject {
  config: ResolvedConfig
  layout: RunLayout
  runtime: Runtime
}

/** Finds and checks the config. Throws UserError. */
export async function loadProject(context: Pick<CliContext, 'cwd' | 'configFlag' | 'configValue' | 'runtime'>): Promise<LoadedProject> {
  const [{ loadConfig }, { defaultPlugins }] = await Promise.all([import('../config/load.ts'), import('../../plugins/defaults.ts')])
  const namedBuilder: typeof import('../builders/named.ts').namedBuilder = async (name, machine) => (await import('../builders/named.ts')).namedBuilder(name, machine)
  const config = await loadConfig({ cwd: context.cwd, configFlag: context.configFlag, value: context.configValue, runtime: context.runtime, builtIns: defaultPlugins, resolveRunsDir, namedBuilder })
  return { config, layout: createRunLayout({ runsDir: config.runsDir, project: config.project }), runtime: context.runtime }
}

/** Calls `use` with the store and closes it; undefined, and nothing is made, when there is no store yet. */
export async function withStore<Value>(project: LoadedProject, use: (store: Store) => Promise<Value>): Promise<Value | undefined> {
  const store = await openProjectStore(project, { create: false })
  if (!store) return undefined
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Opens the store; without `create` undefined where there is none. `database`: another file than the project's own. */
export async function openProjectStore(project: LoadedProject, options: { create: true; database?: string }): Promise<Store>
export async function openProjectStore(project: LoadedProject, options: { create: boolean; database?: string }): Promise<Store | undefined>
export async function openProjectStore({ config, layout, runtime }: LoadedProject, options: { create: boolean; database?: string }): Promise<Store | undefined> {
  const [{ openStore }, { hasOurClock, isAlive }] = await Promise.all([import('../store/open.ts'), import('../process/owner.ts')])
  await checkRunsDir(layout, { writes: false })
  return await openStore({
    configDir: config.configDir, project: config.project, runtime, create: options.create,
    layout: options.database === undefined ? layout : { ...layout, database: options.database },
    databaseUrl: options.database === undefined ? config.databaseUrl : undefined,
    isAlive: (owner) => isAlive(runtime, owner), hasOurClock: (owner) => hasOurClock(runtime, owner), patienceMs: patienceFrom(runtime.env),
  })
}

/** How long a locked store is waited for, in milliseconds: `AUTOPACK_STORE_TIMEOUT`, a duration such as `30s` (the default) or `250ms`. */
export function patienceFrom(env: Runtime['env']): number {
  const text = env['AUTOPACK_STORE_TIMEOUT']
  if (!text) return 30_000
  const patienceMs = parseDuration(text)
  if (patienceMs === undefined) throw storeTimeoutError(text)
  return patienceMs
}
