import { createHash } from 'node:crypto'
import picomatch from 'picomatch'
import { parentOf } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import { isGlob, scopeMatcher } from './scope.ts'

/** What of a repository is to lie on disk. Files, folders (ending in `/`) or globs, relative to the repository. */
export interface SparsePlaces {
  /** The files directly in these folders and in those above. Default: none. */
  folders?: readonly string[]
  /** With the files directly in each folder on the way there, as of git's cone: a package's manifest, say. */
  within: readonly string[]
  /** By themselves. */
  also: readonly string[]
}

/** A part of any tree. The files directly at the top of the repository belong to every one. */
export interface SparseSet {
  places: SparsePlaces
  /** The same for the same places, in whatever order. */
  key: string
  /** Of each entry (sorted by name), whether it is to lie on disk. */
  holds(entries: readonly Pick<IndexEntry, 'name'>[]): boolean[]
}

/** Undefined where the places are the whole repository. */
export function createSparseSet({ folders = [], within, also }: SparsePlaces): SparseSet | undefined {
  const places = { folders: sorted(folders), within: sorted(within), also: sorted(also) }
  if ([...within, ...also].some((place) => place === '' || place === './' || place === '/')) return undefined
  const isWithin = scopeMatcher(places.within)
  const isAlso = scopeMatcher(places.also)
  const named = new Set([''])
  for (const folder of places.folders) addFolders(named, `${folder.replace(/\/+$/, '')}/`)
  for (const place of places.within) addFolders(named, isGlob(place) ? `${picomatch.scan(place).base}/` : place)
  return {
    places,
    key: createHash('sha256').update(JSON.stringify(places)).digest('hex').slice(0, 20),
    holds: (entries) => {
      const names = entries.map(({ name }) => name.toString('utf8'))
      const held = names.map(isWithin)
      const onTheWay = new Set(named)
      names.forEach((name, at) => { if (held[at]) addFolders(onTheWay, name) })
      return names.map((name, at) => held[at]! || onTheWay.has(parentOf(name)) || isAlso(name))
    },
  }
}

/** The set, with further places. */
export function joinSets({ places }: SparseSet, { folders = [], within, also }: SparsePlaces): SparseSet | undefined {
  return createSparseSet({ folders: [...(places.folders ?? []), ...folders], within: [...places.within, ...within], also: [...places.also, ...also] })
}

const sorted = (places: readonly string[]): string[] => [...new Set(places)].sort()

/** The folders that a path lies in. */
function addFolders(folders: Set<string>, name: string): void {
  for (let folder = parentOf(name); !folders.has(folder); folder = parentOf(folder)) folders.add(folder)
}
