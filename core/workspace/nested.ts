import { readdir } from 'node:fs/promises'
import { rawPath } from './tree.ts'
import type { Worktree } from './worktree.ts'

/** A patch is there to lose nothing, but not to carry whole dependencies. */
const maxFiles = 20_000

/** Files in repositories that a builder left inside the worktree, their own `.git` left out: raw names relative to the worktree. */
export async function nestedFiles(worktree: Worktree, folders: readonly string[]): Promise<Buffer[]> {
  const files: Buffer[] = []
  const walk = async (folder: Buffer): Promise<void> => {
    for (const entry of await readdir(rawPath(worktree, folder), { withFileTypes: true, encoding: 'buffer' }).catch(() => [])) {
      if (files.length >= maxFiles || entry.name.toString() === '.git') continue
      const file = Buffer.concat([folder, Buffer.from('/'), entry.name])
      if (entry.isDirectory()) await walk(file)
      else if (entry.isFile() || entry.isSymbolicLink()) files.push(file)
    }
  }
  for (const folder of folders) await walk(Buffer.from(folder))
  return files
}
