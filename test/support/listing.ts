import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Every file and folder below `root` but those that `skip` names (relative, `/` separated), with its kind, mode and content's hash: two listings are equal when nothing was touched. */
export async function listing(root: string, skip: (path: string) => boolean = () => false): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(folder)).sort()) {
      const file = join(folder, name)
      const path = relative(root, file)
      if (skip(path)) continue
      const stat = await lstat(file)
      if (stat.isDirectory()) {
        found.set(`${path}/`, (stat.mode & 0o7777).toString(8))
        await walk(file)
      } else if (stat.isSymbolicLink()) found.set(path, `-> ${await readlink(file)}`)
      else found.set(path, `${(stat.mode & 0o7777).toString(8)} ${createHash('sha256').update(await readFile(file)).digest('hex')}`)
    }
  }
  await walk(root)
  return found
}

/** What differs, one line each. */
export function differenceOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const lines: string[] = []
  for (const [path, state] of after) if (before.get(path) !== state) lines.push(`${before.has(path) ? 'changed' : 'new'} ${path}`)
  for (const path of before.keys()) if (!after.has(path)) lines.push(`gone ${path}`)
  return lines.sort()
}
