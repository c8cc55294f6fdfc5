import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import { joinZero, splitZero } from './git.ts'
import { gitAt, look, read } from './tree.ts'
import type { TreeChange, TreePlace } from './tree.ts'

const pointer = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:[a-z0-9.-]+ .*\n)*?oid sha256:(([0-9a-f]{2})([0-9a-f]{2})[0-9a-f]{60})\n/
/** What the specification allows a pointer. */
const mostBytes = 1_024

interface Pointer { change: TreeChange; oid: string; folder: string }

/**
 * Pointers of Git LFS that were written by hand, as files, to contents that nobody has: git-lfs passes them on as they are, and once they are committed no
 * checkout of the repository succeeds. One that the base has under another name may point to what only the remote has.
 */
export async function emptyPointers(place: TreePlace, baseTree: string, changes: readonly TreeChange[]): Promise<Problem[]> {
  const pointers = changes.flatMap((change) => pointerAt(place, change) ?? [])
  if (pointers.length === 0) return []
  const filtered = await withFilter(place, pointers)
  const store = await storeOf(place)
  const missing = filtered.filter(({ oid, folder }) => !existsSync(path.join(store, 'objects', folder, oid)))
  if (missing.length === 0) return []
  const known = new Set(splitZero((await gitAt(place, { args: ['ls-tree', '-r', '-z', baseTree], reading: true })).stdout).map((line) => line.toString('latin1').split(/[ \t]/)[2]))
  return missing.filter(({ change }) => !known.has(change.newHash)).map(({ change, oid }) => ({
    path: change.path, code: 'lfs-pointer', message: `${change.path} is a pointer of Git LFS to a content that is not in its store (${oid.slice(0, 12)}): write the content itself`,
  }))
}

function pointerAt({ worktree }: TreePlace, change: TreeChange): Pointer | undefined {
  if (change.newMode === 0) return undefined
  const found = look(worktree, change.raw)
  if (!found?.isFile() || found.size > mostBytes) return undefined
  const [, oid, first, second] = pointer.exec(read(worktree, change.raw)?.toString('latin1') ?? '') ?? []
  return oid === undefined ? undefined : { change, oid, folder: `${first}/${second}` }
}

/** Elsewhere it is a text like any other. */
async function withFilter(place: TreePlace, pointers: readonly Pointer[]): Promise<Pointer[]> {
  const { stdout } = await gitAt(place, { args: ['check-attr', '-z', '--stdin', 'filter'], input: joinZero(pointers.map(({ change }) => change.raw)), reading: true })
  const fields = splitZero(stdout).map((field) => field.toString('latin1'))
  return pointers.filter((_, at) => fields[3 * at + 2] === 'lfs')
}

async function storeOf(place: TreePlace): Promise<string> {
  const { commonDir } = place.repository
  const { stdout } = await gitAt(place, { args: ['config', '--type=path', '--get', 'lfs.storage'], allow: [0, 1], reading: true })
  return path.resolve(commonDir, stdout.toString('utf8').trim() || 'lfs')
}
