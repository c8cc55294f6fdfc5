import { mkdtemp, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { storeLocation } from '../store/location.ts'
import type { Store } from '../store/store.ts'
import { openProjectStore } from './project.ts'
import type { LoadedProject } from './project.ts'

/** A copy of the store in the temporary folder, gone when closed: a dry run imports plans without changing anything. */
export async function openPreviewStore(project: LoadedProject): Promise<{ store: Store; close(): Promise<void> }> {
  const { config, layout, runtime } = project
  const { file } = storeLocation({ databaseUrl: config.databaseUrl, configDir: config.configDir, defaultFile: layout.database })
  const folder = await mkdtemp(path.join(runtime.temporaryDir, 'autopack-dry-run-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const copy = path.join(folder, 'store.db')
    if (await stat(file).then((found) => found.size > 0, () => false)) await copyDatabase(file, copy)
    // What is wrong with the project's own store is said by opening it; what is missing is made in the copy only.
    const store = await openProjectStore({ ...project, layout: { ...layout, projectRunsDir: folder } }, { create: true, database: copy })
    return {
      store,
      async close() {
        await store.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** One consistent state, although another process may be writing. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const { backup, DatabaseSync } = await import('node:sqlite')
  const source = new DatabaseSync(from, { readOnly: true })
  try {
    await backup(source, to)
  } finally {
    source.close()
  }
}
