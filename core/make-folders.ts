import { mkdir, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'

/**
 * Makes a folder and what is missing above it; returns those that it made, the outermost first, and leaves none where it fails. One after the other:
 * where the file system refuses new folders by saying that there is no such one, as /proc does, `recursive` tries for ever.
 */
export async function makeFolders(dir: string): Promise<string[]> {
  const existing = await deepestPart(dir)
  const made: string[] = []
  let place = existing
  try {
    for (const name of path.relative(existing, dir).split(path.sep).filter(Boolean)) {
      place = path.join(place, name)
      await mkdir(place).then(() => made.push(place), (error: NodeJS.ErrnoException) => { if (error.code !== 'EEXIST') throw error })
    }
    if (!(await stat(dir)).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', path: dir })
  } catch (error) {
    await removeFolders(made)
    throw error
  }
  return made
}

/** Removes what `makeFolders` made, as far as it is empty. */
export async function removeFolders(made: readonly string[]): Promise<void> {
  for (const place of made.toReversed()) await rmdir(place).catch(() => undefined)
}

/** The deepest part of the path that exists. */
export async function deepestPart(dir: string): Promise<string> {
  for (let place = dir; ; place = path.dirname(place)) {
    const found = await stat(place).catch(() => undefined)
    if (found || path.dirname(place) === place) return place
  }
}
