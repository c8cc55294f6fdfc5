import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { notThere } from './git.ts'
import type { GitPlace } from './git.ts'
import type { Repository } from './workspace.ts'

/** What no configuration may decide about a diff. */
export const plain = ['--no-renames', '--ignore-submodules=none', '--no-ext-diff', '--no-textconv', '--no-color']
const place = (repository: Repository): GitPlace => ({ cwd: repository.root, gitDir: repository.commonDir })

/** SHA-256 of the raw difference between two trees or commits; undefined when the repository does not have one of them (any more). */
export async function diffHash(repository: Repository, from: string, to: string): Promise<string | undefined> {
  const output = await repository.git({ ...place(repository), args: ['diff-tree', '-r', '--raw', '--no-abbrev', '-z', ...plain, from, to], allow: [0, 128], saying: notThere, reading: true })
  return output.exitCode === 0 ? createHash('sha256').update(output.stdout).digest('hex') : undefined
}

/** Files that `to` has and that differ in `from` or are not there, relative to the top of the repository. */
export async function filesPresent(repository: Repository, from: string, to: string): Promise<string[]> {
  const { stdout } = await repository.git({ ...place(repository), args: ['diff-tree', '-r', '--name-only', '--diff-filter=d', '-z', ...plain, from, to], reading: true })
  return stdout.toString('utf8').split('\0').filter((name) => name !== '')
}

/** Files that a commit changed, against its first parent, relative to the top of the repository; none when the repository does not have it (any more). */
export async function filesOfCommit(repository: Repository, commit: string): Promise<string[]> {
  const { stdout, exitCode } = await repository.git({ ...place(repository), args: ['diff-tree', '-r', '--name-only', '-z', ...plain, `${commit}^`, commit], allow: [0, 128], saying: notThere, reading: true })
  return exitCode === 0 ? stdout.toString('utf8').split('\0').filter((name) => name !== '') : []
}

/** Files and lines that differ. Binary files count as files only. */
export async function diffStat(repository: Repository, from: string, to: string): Promise<{ files: number; added: number; removed: number }> {
  const { stdout } = await repository.git({ ...place(repository), args: ['diff-tree', '-r', '--numstat', '-z', ...plain, from, to], reading: true })
  const total = { files: 0, added: 0, removed: 0 }
  for (const line of stdout.toString('latin1').split('\0')) {
    const match = /^(\d+|-)\t(\d+|-)\t/.exec(line)
    if (!match) continue
    total.files++
    total.added += Number(match[1]) || 0
    total.removed += Number(match[2]) || 0
  }
  return total
}

/** Files that a patch changes, with the lines that it adds and removes; none where there is no such file, or nothing that git can read. Binary files have no lines. */
export async function patchStat(repository: Repository, file: string): Promise<{ path: string; added: number; removed: number }[]> {
  const { exitCode, stdout } = await repository.git({ ...place(repository), args: ['apply', '--numstat', '-z', '--', file], allow: [0, 1, 128], reading: true })
  if (exitCode !== 0) return []
  return stdout.toString('utf8').split('\0').flatMap((line) => {
    const match = /^(\d+|-)\t(\d+|-)\t([^]+)$/.exec(line)
    return match ? [{ path: match[3]!, added: Number(match[1]) || 0, removed: Number(match[2]) || 0 }] : []
  })
}

export interface WrittenPatch {
  /** In bytes; without a difference it is 0, and there is no file. */
  size: number
  /** Resolves once it is on the disk, rejects where the disk fails. */
  synced: Promise<void>
}

/** Writes the patch between two trees to a file, atomically; `git apply --binary` takes it. Returns its size; without a difference there is no file. */
export async function writePatch(repository: Repository, from: string, to: string, file: string): Promise<number> {
  const { size, synced } = await putPatch(repository, from, to, file)
  await synced
  return size
}

/** `writePatch` without waiting for the disk: a process that ends from then on leaves all of it, a power cut maybe an empty file. Git is started before this gives way. */
export async function putPatch(repository: Repository, from: string, to: string, file: string): Promise<WrittenPatch> {
  mkdirSync(path.dirname(file), { recursive: true })
  const next = `${file}.part`
  const descriptor = openSync(next, 'w')
  let synced: Promise<void> | undefined
  try {
    // --text would be smaller for some, but only --binary brings every byte back; prefixes are named because `diff.noprefix` may be set.
    const args = ['diff-tree', '-r', '-p', '--binary', '--full-index', '--src-prefix=a/', '--dst-prefix=b/', ...plain, from, to]
    await repository.git({ ...place(repository), args, stdoutFd: descriptor, reading: true })
    const { size } = fstatSync(descriptor)
    if (size === 0) {
      rmSync(next)
      rmSync(file, { force: true })
      return { size, synced: Promise.resolve() }
    }
    renameSync(next, file)
    synced = syncAndClose(descriptor)
    return { size, synced }
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  } finally {
    if (!synced) closeSync(descriptor)
  }
}

function syncAndClose(descriptor: number): Promise<void> {
  const done = new Promise<void>((resolve, reject) => fsync(descriptor, (error) => {
    closeSync(descriptor)
    if (error) reject(error)
    else resolve()
  }))
  // Whoever relies on it waits for it, maybe after this has failed.
  done.catch(() => undefined)
  return done
}

/** Lines that a patch adds and removes, as `diffStat` counts them. */
export function countPatch(patch: Buffer): { added: number; removed: number } {
  const total = { added: 0, removed: 0 }
  // Lines of the present hunk that are still to come, by its header: what looks like one inside a hunk is a line of a file.
  let [old, next] = [0, 0]
  for (let at = 0; at < patch.length;) {
    const newline = patch.indexOf(0x0a, at)
    const end = newline === -1 ? patch.length : newline
    const sign = patch[at]
    if (old > 0 || next > 0) {
      if (sign === 0x2b) { total.added++; next-- }
      else if (sign === 0x2d) { total.removed++; old-- }
      else if (sign !== 0x5c) { old--; next-- }
    } else if (sign === 0x40) {
      const header = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(patch.toString('latin1', at, Math.min(end, at + 80)))
      if (header) [old, next] = [Number(header[1] ?? 1), Number(header[2] ?? 1)]
    }
    at = end + 1
  }
  return total
}
