import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { copyStore } from '../store/connection.ts'
import { storeLocation } from '../store/location.ts'
import { inspectStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { openProjectStore, patienceFrom } from './project.ts'
import type { LoadedProject } from './project.ts'

/** A copy of the store in the temporary folder, gone when closed: a dry run imports plans without changing anything. */
export async function openPreviewStore(project: LoadedProject): Promise<{ store: Store; folder: string; close(): Promise<void> }> {
  const { config, layout, runtime } = project
  const { file } = storeLocation({ databaseUrl: config.databaseUrl, configDir: config.configDir, defaultFile: layout.database })
  const folder = await mkdtemp(path.join(runtime.temporaryDir, 'autopack-dry-run-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const copy = path.join(folder, 'store.db')
    if ((await inspectStore(file, layout.projectRunsDir)) === 'database') await copyStore(file, copy, patienceFrom(runtime.env))
    // What is wrong with the project's own store is said by opening it; what is missing is made in the copy only.
    const store = await openProjectStore({ ...project, layout: { ...layout, projectRunsDir: folder } }, { create: true, database: copy })
    return {
      store,
      folder,
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
