import { constants } from 'node:fs'
import { access, readdir, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { deepestPart, makeFolders, removeFolders } from '../make-folders.ts'
import { runsDirIsFileError, runsDirNotWritableError } from '../errors.ts'
import type { RunLayout } from './layout.ts'

/** Creates the runs directory with a `.gitignore` of `*`. Returns what takes it away again as long as nothing else lies in it. Throws a UserError when it is a file, lies below one, or cannot be written. */
export async function ensureRunsDir(layout: Pick<RunLayout, 'runsDir' | 'gitignore'>): Promise<() => Promise<void>> {
  let made: string[] = []
  let isNew = false
  try {
    made = await makeFolders(layout.runsDir)
    await access(layout.runsDir, constants.W_OK | constants.X_OK)
    await writeFile(layout.gitignore, '*\n', { flag: 'wx' })
    isNew = true
  } catch (error) {
    const { code, path: place } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST' || place !== layout.gitignore) {
      await removeFolders(made)
      if (code === 'EEXIST' || code === 'ENOTDIR') throw runsDirIsFileError(layout.runsDir, await deepestPart(layout.runsDir), error)
      throw runsDirNotWritableError(layout.runsDir, code ?? String(error), error)
    }
  }
  return async () => {
    const others = (await readdir(layout.runsDir).catch(() => ['unreadable'])).filter((name) => path.join(layout.runsDir, name) !== layout.gitignore)
    if (others.length > 0) return
    if (isNew) await rm(layout.gitignore)
    await removeFolders(made)
  }
}

/** Looks whether the runs directory can serve, and makes nothing. Throws a UserError when it is a file or lies below one, and for one who writes when it cannot be written. */
export async function checkRunsDir({ runsDir }: Pick<RunLayout, 'runsDir'>, options: { writes: boolean }): Promise<void> {
  const place = await deepestPart(runsDir)
  if (!(await stat(place).catch(() => undefined))?.isDirectory()) throw runsDirIsFileError(runsDir, place)
  if (!options.writes) return
  await access(place, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => { throw runsDirNotWritableError(runsDir, error.code ?? String(error), error) })
}
