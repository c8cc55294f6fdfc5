import type { ProjectParts } from '../project/parts.ts'
import { ensureRunsDir } from '../layout/ensure.ts'
import type { CliContext } from './context.ts'
import { openPlugins } from './open-plugins.ts'
import { openPreviewStore } from './preview-store.ts'
import { loadProject, openProjectStore } from './project.ts'

/** A project with everything opened that the way of a phase needs. */
export interface OpenedProject extends ProjectParts {
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
  if (options.preview) {
    const preview = await openPreviewStore(loaded)
    return { ...loaded, ...plugins, repository, ...preview }
  }
  // A runs directory that cannot be used is told before a database error would.
  await ensureRunsDir(loaded.layout)
  const store = await openProjectStore(loaded, { create: true })
  return { ...loaded, ...plugins, repository, store, close: () => store.close() }
}
