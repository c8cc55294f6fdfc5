import { constants } from 'node:fs'
import { access, mkdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runsDirIsFileError, runsDirNotWritableError } from '../errors.ts'
import type { RunLayout } from './layout.ts'

/** Creates the runs directory with a `.gitignore` of `*`. Throws a UserError when it is a file, lies below one, or cannot be written. */
export async function ensureRunsDir(layout: Pick<RunLayout, 'runsDir' | 'gitignore'>): Promise<void> {
  try {
    await makeFolders(layout.runsDir)
    await access(layout.runsDir, constants.W_OK | constants.X_OK)
    await writeFile(layout.gitignore, '*\n', { flag: 'wx' })
  } catch (error) {
    const { code, path: place } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && place === layout.gitignore) return
    if (code === 'EEXIST' || code === 'ENOTDIR') throw runsDirIsFileError(layout.runsDir, await fileAbove(layout.runsDir), error)
    throw runsDirNotWritableError(layout.runsDir, code ?? String(error), error)
  }
}

/** One after the other: where the file system refuses new folders by saying that there is no such one, as /proc does, `recursive` tries for ever. */
async function makeFolders(dir: string): Promise<void> {
  const existing = await fileAbove(dir)
  let place = existing
  for (const name of path.relative(existing, dir).split(path.sep).filter(Boolean)) {
    place = path.join(place, name)
    await mkdir(place).catch((error: NodeJS.ErrnoException) => { if (error.code !== 'EEXIST') throw error })
  }
  if (!(await stat(dir)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', path: dir })
}

/** Looks whether the runs directory can serve, and makes nothing. Throws a UserError when it is a file or lies below one, and for one who writes when it cannot be written. */
export async function checkRunsDir({ runsDir }: Pick<RunLayout, 'runsDir'>, options: { writes: boolean }): Promise<void> {
  const place = await fileAbove(runsDir)
  if (!(await stat(place).catch(() => undefined))?.isDirectory()) throw runsDirIsFileError(runsDir, place)
  if (!options.writes) return
  await access(place, constants.W_OK | constants.X_OK).catch((error: NodeJS.ErrnoException) => { throw runsDirNotWritableError(runsDir, error.code ?? String(error), error) })
}

/** The deepest part of the path that exists. */
async function fileAbove(dir: string): Promise<string> {
  for (let place = dir; ; place = path.dirname(place)) {
    const found = await stat(place).catch(() => undefined)
    if (found || path.dirname(place) === place) return place
  }
}
