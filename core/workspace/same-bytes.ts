import { createHash } from 'node:crypto'
import path from 'node:path'
import { find, hashOf, readIndex } from './index-file.ts'
import type { IndexEntry } from './index-file.ts'
import { look, read } from './tree.ts'
import type { TreePlace } from './tree.ts'

/** A larger file is taken for what git says of it: it would have to be read as a whole. */
const mostBytes = 64 * 1024 * 1024

/**
 * Those of the files that git finds changed which are not, byte for byte, what our index has of them. What was once committed past a filter (a large file that
 * Git LFS should have) or past an end-of-line rule differs for git from what it would store, although nobody touched it; and a person's `git status` shows it
 * as modified for ever. No builder did that. Where rules are changed too, git decides: a phase may be there to apply them.
 */
export async function changedBytes(place: TreePlace, changed: readonly Buffer[], untracked: readonly Buffer[]): Promise<Buffer[]> {
  if (changed.length === 0 || [...changed, ...untracked].some((name) => path.posix.basename(name.toString('latin1')) === '.gitattributes')) return [...changed]
  const entries = (await readIndex(place.worktree.indexFile, place.hashLength)) ?? []
  return changed.filter((name) => {
    const entry = find(entries, name)
    return !entry || !isSame(place, entry)
  })
}

function isSame(place: TreePlace, entry: IndexEntry): boolean {
  const found = look(place.worktree, entry.name)
  if (!found?.isFile() || found.size > mostBytes || entry.mode !== (found.mode & 0o100 ? 0o100755 : 0o100644)) return false
  const hash = createHash(place.hashLength === 40 ? 'sha1' : 'sha256').update(`blob ${found.size}\0`)
  const content = read(place.worktree, entry.name)
  return content !== undefined && hash.update(content).digest('hex') === hashOf(entry, place.hashLength)
}
