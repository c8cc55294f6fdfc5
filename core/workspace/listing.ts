import { splitZero } from './git.ts'
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
