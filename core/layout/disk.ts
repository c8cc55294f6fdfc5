import { statfsSync } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import path from 'node:path'

/** A walk that meets more entries ends, and its size is a least one. */
const mostEntries = 300_000

export interface Size { bytes: number; whole: boolean }

/** What a file or a folder takes on the disk; nothing where there is none. */
export async function sizeOf(place: string): Promise<Size> {
  const found = await lstat(place).catch(() => undefined)
  if (!found?.isDirectory()) return { bytes: found ? found.blocks * 512 : 0, whole: true }
  const folders = [place]
  let bytes = 0
  let entries = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (++entries > mostEntries) return { bytes, whole: false }
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) folders.push(file)
      // Blocks and not length: what the disk really holds.
      else bytes += await lstat(file).then((one) => one.blocks * 512, () => 0)
    }
  }
  return { bytes, whole: true }
}

/** What this user may still write beside a place that may not be there yet, and how large that file system is, in bytes; undefined where nobody can tell. */
export function diskOf(place: string): { free: number; size: number } | undefined {
  for (let folder = place; ; folder = path.dirname(folder)) {
    try {
      const found = statfsSync(folder)
      return { free: found.bavail * found.bsize, size: found.blocks * found.bsize }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || path.dirname(folder) === folder) return undefined
    }
  }
}

/** Without a number from a person, a small file system is not held to that of a large one. */
const ownFloorBytes = 100_000_000
const ownFloorShare = 0.1

/** Says which of the places has less free than it should; `floor` in bytes, 0 for none. */
export function belowFloor(places: readonly string[], floor: number | undefined): { place: string; free: number; floor: number } | undefined {
  for (const place of places) {
    const disk = diskOf(place)
    if (!disk) continue
    const least = floor ?? Math.min(ownFloorBytes, disk.size * ownFloorShare)
    if (disk.free < least) return { place, free: disk.free, floor: least }
  }
  return undefined
}
