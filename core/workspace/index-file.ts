import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs'

export interface IndexEntry {
  /** Raw name, as git stores it. */
  name: Buffer
  mode: number
  /** Marked as not on disk (git's skip-worktree): what it holds counts as unchanged. */
  absent: boolean
}

export const symlinkMode = 0o120000
export const gitlinkMode = 0o160000

/**
 * Reads the entries of a git index file of version 2 or 3 (ours are always that: see the settings in git.ts), sorted by name.
 * Spares a `git ls-files` where only names and modes are needed. Returns undefined when there is no such file, or none that can be read.
 */
export async function readIndex(file: string, hashLength: 40 | 64): Promise<IndexEntry[] | undefined> {
  // Even one of fifty thousand files is read in two milliseconds; by way of the thread pool a small one takes as long.
  const content = contentOf(file)
  if (!content || content.length < 12 || content.toString('latin1', 0, 4) !== 'DIRC') return undefined
  const version = content.readUInt32BE(4)
  if (version !== 2 && version !== 3) return undefined
  const count = content.readUInt32BE(8)
  const entries: IndexEntry[] = []
  // Ten 32-bit numbers of stat data (the seventh is the mode), the hash, the flags, the name, and zeros up to a multiple of eight.
  const fixed = 40 + hashLength / 2 + 2
  let at = 12
  for (let number = 0; number < count; number++) {
    if (at + fixed > content.length) return undefined
    const flags = content.readUInt16BE(at + fixed - 2)
    const extended = version === 3 && (flags & 0x4000) !== 0
    const start = at + fixed + (extended ? 2 : 0)
    const end = content.indexOf(0, start)
    if (end === -1) return undefined
    entries.push({ name: content.subarray(start, end), mode: content.readUInt32BE(at + 24), absent: extended && (content.readUInt16BE(start - 2) & 0x4000) !== 0 })
    at += (end - at + 8) & ~7
  }
  return entries
}

/** The hash of what an entry holds, hexadecimal: it stands in the file right before the flags and the name. */
export function hashOf({ name, absent }: IndexEntry, hashLength: 40 | 64): string {
  const bytes = hashLength / 2
  return Buffer.from(name.buffer, name.byteOffset - (absent ? 4 : 2) - bytes, bytes).toString('hex')
}

/** The entry of this name among sorted ones. */
export function find(entries: readonly IndexEntry[], name: Buffer): IndexEntry | undefined {
  const entry = entries[lowerBound(entries, name)]
  return entry?.name.equals(name) ? entry : undefined
}

/** The first place whose name is not before this one. */
export function lowerBound(entries: readonly IndexEntry[], name: Buffer): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(entries[middle]!.name, name) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}

/** Whether there is an index file that looks like one; whether it is whole, git finds out when it reads it. */
export async function hasIndex(file: string): Promise<boolean> {
  return versionOf(file) !== undefined
}

/** Whether an index may mark entries as not on disk: git writes version 3 for that alone (and for what is to be added, which ours never is). */
export const mayHoldMarks = (file: string): boolean => versionOf(file) === 3

function versionOf(file: string): number | undefined {
  if (!existsSync(file)) return undefined
  const descriptor = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(12)
    return readSync(descriptor, buffer, 0, 12, 0) === 12 && buffer.toString('latin1', 0, 4) === 'DIRC' ? buffer.readUInt32BE(4) : undefined
  } finally {
    closeSync(descriptor)
  }
}

/** The folder that a name lies in, '' at the top. */
export const parentOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf('/')))

/** The folders that hold the entries, the top as ''. */
export function foldersOf(entries: readonly IndexEntry[]): Set<string> {
  const folders = new Set<string>([''])
  let last = ''
  for (const { name } of entries) {
    let folder = parentOf(name.toString('latin1'))
    // Entries are sorted, so most lie where the one before lies.
    if (folder === '' || folder === last) continue
    last = folder
    while (folder !== '' && !folders.has(folder)) {
      folders.add(folder)
      folder = parentOf(folder)
    }
  }
  return folders
}
