import { splitZero } from './git.ts'
import { gitlinkMode, lowerBound, symlinkMode } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import type { Repository } from './workspace.ts'

/** What a commit has at a path. `link`: where a symlink leads. */
export interface BaseEntry {
  type: 'file' | 'folder' | 'submodule'
  link?: string
}

/** How many paths one command line takes; far below the limit of any system. */
const pathsPerCommand = 500

/** Looks up single paths (without trailing slash) in a commit; what it does not have is absent. Cheap in a repository of any size: the tree is not listed. */
export async function readEntries(repository: Repository, commit: string, paths: readonly string[]): Promise<Map<string, BaseEntry>> {
  const found = new Map<string, BaseEntry>()
  const links = new Map<string, string>()
  for (let start = 0; start < paths.length; start += pathsPerCommand) {
    const part = paths.slice(start, start + pathsPerCommand)
    const { stdout } = await repository.git({ cwd: repository.root, args: ['ls-tree', '-t', '-z', '--full-tree', commit, '--', ...part], reading: true })
    for (const line of splitZero(stdout)) {
      const match = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(line.toString('latin1'))
      if (!match) continue
      const name = line.subarray(match[0].length).toString('utf8')
      found.set(name, { type: match[2] === 'tree' ? 'folder' : match[2] === 'commit' ? 'submodule' : 'file' })
      if (match[1] === '120000') links.set(name, match[3]!)
    }
  }
  for (const [name, hash] of links) {
    const { stdout } = await repository.git({ cwd: repository.root, args: ['cat-file', 'blob', hash], reading: true })
    found.set(name, { type: 'file', link: stdout.toString('utf8') })
  }
  return found
}

/** Files of a tree at and below some places (no pathspecs); no place: all. */
export async function listFiles(repository: Repository, tree: string, places: readonly string[]): Promise<string[]> {
  const args = ['ls-tree', '-r', '-z', '--name-only', '--full-tree', tree, ...(places.length > 0 ? ['--', ...places] : [])]
  return splitZero((await repository.git({ cwd: repository.root, args, reading: true })).stdout).map((name) => name.toString('utf8'))
}

/** `listFiles` among the entries of an index, which are sorted by name. */
export function filesAmong(entries: readonly IndexEntry[], places: readonly string[]): string[] {
  if (places.length === 0) return entries.map(({ name }) => name.toString('utf8'))
  const found = new Set<number>()
  for (const place of places) {
    const exact = lowerBound(entries, Buffer.from(place))
    if (entries[exact]?.name.equals(Buffer.from(place))) found.add(exact)
    const folder = Buffer.from(`${place}/`)
    for (let at = lowerBound(entries, folder); at < entries.length && startsWith(entries[at]!.name, folder); at++) found.add(at)
  }
  return [...found].sort((left, right) => left - right).map((at) => entries[at]!.name.toString('utf8'))
}

/** `readEntries` among the entries of an index; undefined when one of the paths is a symlink, whose target an index does not tell. */
export function entriesAmong(entries: readonly IndexEntry[], paths: readonly string[]): Map<string, BaseEntry> | undefined {
  const found = new Map<string, BaseEntry>()
  for (const path of paths) {
    const name = Buffer.from(path)
    const entry = entries[lowerBound(entries, name)]
    if (entry?.name.equals(name)) {
      if (entry.mode === symlinkMode) return undefined
      found.set(path, { type: entry.mode === gitlinkMode ? 'submodule' : 'file' })
    } else {
      const folder = Buffer.from(`${path}/`)
      const first = entries[lowerBound(entries, folder)]
      if (first && startsWith(first.name, folder)) found.set(path, { type: 'folder' })
    }
  }
  return found
}

/** Those of the paths that are entries marked as not on disk, or folders of which nothing lies on disk. */
export function absentAmong(entries: readonly IndexEntry[], paths: readonly string[]): string[] {
  return paths.filter((path) => {
    const name = Buffer.from(path)
    const entry = entries[lowerBound(entries, name)]
    if (entry?.name.equals(name)) return entry.absent
    const folder = Buffer.from(`${path}/`)
    const from = lowerBound(entries, folder)
    let at = from
    while (at < entries.length && startsWith(entries[at]!.name, folder) && entries[at]!.absent) at++
    return at > from && !(at < entries.length && startsWith(entries[at]!.name, folder))
  })
}

const startsWith = (name: Buffer, start: Buffer): boolean => name.length >= start.length && name.compare(start, 0, start.length, 0, start.length) === 0
