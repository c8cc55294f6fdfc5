import type { ProjectParts } from '../project/parts.ts'
import { traceOf } from '../project/refuse-elsewhere.ts'
import type { StoreTrace } from '../project/refuse-elsewhere.ts'
import { checkRunsDir, ensureRunsDir } from '../layout/ensure.ts'
import type { CliContext } from './context.ts'
import type { Store } from '../store/store.ts'
import { openPlugins } from './open-plugins.ts'
import { openPreviewStore } from './preview-store.ts'
import { loadProject, openProjectStore } from './project.ts'

/** A project with everything opened that the way of a phase needs. */
export interface OpenedProject extends ProjectParts {
  /** What there was of an earlier store before this one was opened. */
  trace: StoreTrace
  /** Makes the runs directory and the store where there are none, and returns the project with them. Until then the store may be an empty one that nobody keeps. */
  begin(): Promise<ProjectParts>
  /** A folder of temporary files that `close` removes. */
  scratch: string | undefined
  close(): Promise<void>
}

export interface OpenOptions {
  /** The store is a copy that is thrown away: nothing is written that lasts. */
  preview: boolean
  /** What plugins say. */
  log(level: 'info' | 'warning', message: string): void
}

/** Config, layout, repository, plugins and store, in this order: what is wrong with one is said before the next is touched. */
export async function openProject(context: CliContext, options: OpenOptions): Promise<OpenedProject> {
  const loaded = await loadProject(context)
  const { openRepository } = await import('../workspace/repository.ts')
  const repository = await openRepository({ configDir: loaded.config.configDir, root: loaded.config.root, env: context.runtime.env })
  const plugins = await openPlugins(loaded, options.log)
  // A runs directory that cannot be used is told before a database error would.
  await checkRunsDir(loaded.layout, { writes: true })
  const trace = await traceOf(loaded.layout)
  const existing = options.preview ? undefined : await openProjectStore(loaded, { create: false })
  // What is wrong with a plan is to leave nothing behind: a first run looks at its plans with a store that is thrown away.
  let current: { store: Store; folder?: string; close(): Promise<void> } = existing ? { store: existing, close: () => existing.close() } : await openPreviewStore(loaded)
  const parts = { ...loaded, ...plugins, repository }
  return {
    ...parts, trace, scratch: current.folder,
    store: current.store,
    async begin() {
      const undo = await ensureRunsDir(loaded.layout)
      if (!existing && !options.preview) {
        const store = await openProjectStore(loaded, { create: true }).catch(async (error: unknown) => {
          // Refused is refused: nothing was changed.
          await undo()
          throw error
        })
        await current.close()
        current = { store, close: () => store.close() }
      }
      return { ...parts, store: current.store }
    },
    close: () => current.close(),
  }
}
