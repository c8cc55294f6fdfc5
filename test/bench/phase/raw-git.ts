import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { TestProject } from '../../support/project.ts'

export interface RawGit extends AsyncDisposable {
  readonly commands: number
  phase(): Promise<void>
}

/**
 * The git commands that a phase in a warm worktree cannot do without, one after the other and without settings of ours: where the run's branch is,
 * what the base has at the scope's path, whether the worktree is clean; what the builder changed, take it, write its tree; its diff for patch and
 * receipt; whether the check changed anything; the commit, and the branch moved with the old value.
 */
export async function createRawGit(project: TestProject): Promise<RawGit> {
  const worktree = path.join(project.base, 'raw')
  await project.git('worktree', 'add', '--quiet', '-b', 'raw', worktree)
  const env = { ...project.env, GIT_OPTIONAL_LOCKS: '0' } as NodeJS.ProcessEnv
  let count = 0
  const git = (args: readonly string[], input?: string): Promise<string> => new Promise((resolve, reject) => {
    count++
    const child = spawn('git', args, { cwd: worktree, env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'inherit'] })
    let output = ''
    child.stdout!.on('data', (chunk: Buffer) => void (output += chunk.toString()))
    child.on('close', (code) => (code === 0 ? resolve(output.trim()) : reject(new Error(`git ${args.join(' ')} ended with ${code}`))))
    child.stdin?.end(input)
  })
  let number = 0
  let commands = 0
  return {
    get commands() { return commands },
    async phase() {
      count = 0
      const base = (await git(['rev-list', '--max-count=1', '--format=%T', 'refs/heads/raw'])).split('\n')
      const commit = base[0]!.replace('commit ', '')
      await git(['ls-tree', '-z', commit, '--', 'work'])
      await git(['ls-files', '-z', '--others', '--modified', '--deleted', '--directory'])
      writeFileSync(path.join(worktree, 'work/a.txt'), `raw ${number++}\n`)
      const changed = await git(['ls-files', '-z', '--others', '--modified', '--deleted', '--exclude-standard'])
      await git(['update-index', '-z', '--add', '--remove', '--stdin'], `${changed.replace(/\0$/, '')}\0`)
      const tree = await git(['write-tree'])
      await git(['diff-tree', '-r', '--raw', '-p', '--binary', '--full-index', base[1]!, tree])
      await git(['ls-files', '-z', '--others', '--modified', '--deleted', '--exclude-standard'])
      const next = await git(['commit-tree', tree, '-p', commit, '-F', '-'], 'a phase\n')
      await git(['update-ref', 'refs/heads/raw', next, commit])
      commands = count
    },
    async [Symbol.asyncDispose]() { await project.git('worktree', 'remove', '--force', worktree) },
  }
}
