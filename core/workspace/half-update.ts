import { lstat, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { splitZero } from './git.ts'
import type { Repository } from './workspace.ts'

/**
 * Takes a checkout back to `from`, on which it is, where the git died that was to bring its files to `to`: exactly the files that it had written, whole or in part.
 * What is like neither of the two is somebody's work and stays. Returns those, relative to the top; they are told.
 */
export async function undoHalfUpdate(repository: Repository, folder: string, from: string, to: string): Promise<string[]> {
  const git = (args: readonly string[], more: { input?: Buffer; allow?: readonly number[] } = {}) => repository.git({ cwd: folder, args, settings: 'theirs', ...more })
  // It had got as far as the index, and died before the branch.
  if ((await git(['diff-index', '--cached', '--quiet', to, '--'], { allow: [0, 1] })).exitCode === 0) {
    await git(['read-tree', '-m', '-u', to, from])
    return []
  }
  const strange: string[] = []
  const restore: string[] = []
  const fields = splitZero((await git(['diff-tree', '-r', '--raw', '--no-abbrev', '--no-renames', '-z', from, to])).stdout).map(String)
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [, , old, now] = fields[index]!.split(' ') as [string, string, string, string]
    const name = fields[index + 1]!
    const file = path.join(folder, name)
    const there = await lstat(file).catch(() => undefined)
    const isNew = /^0+$/.test(old)
    if (!there) {
      if (!isNew) restore.push(name)
      continue
    }
    if (!there.isFile()) continue
    const blob = (await git(['hash-object', `--path=${name}`, '--', name])).stdout.toString('latin1').trim()
    if (blob === old) continue
    if (blob !== now && !(await isStartOf(repository, file, now))) strange.push(name)
    else if (isNew) await rm(file)
    else restore.push(name)
  }
  if (restore.length > 0) await git(['checkout-index', '-f', '-u', '-z', '--stdin'], { input: Buffer.from(restore.map((name) => `${name}\0`).join('')) })
  return strange
}

/** What git had written of a file when it died; what a filter makes of one is only known whole. */
async function isStartOf({ git, root }: Repository, file: string, blob: string): Promise<boolean> {
  if (/^0+$/.test(blob)) return false
  const [content, whole] = await Promise.all([readFile(file), git({ cwd: root, args: ['cat-file', 'blob', blob], reading: true })])
  return whole.stdout.subarray(0, content.length).equals(content)
}
