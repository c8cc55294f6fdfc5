import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { GitError } from './git.ts'
import type { Repository } from './workspace.ts'

/**
 * Registers a worktree with a detached HEAD at `place`, an empty folder or none, and returns the folder in which git keeps what it knows of it.
 *
 * Its record appears whole, in one step: `git worktree add` writes it file by file, and a git command that lists worktrees in that moment, another `worktree add`
 * above all, ends with "failed to read .../commondir: Success" (git 2.39). So drains that begin together would fail each other's first phases.
 */
export async function addWorktree(repository: Repository, place: string, base: string, reftable: boolean): Promise<string> {
  if (reftable) return await addByGit(repository, place, base)
  const folder = path.join(repository.commonDir, 'worktrees')
  mkdirSync(folder, { recursive: true })
  const making = mkdtempSync(path.join(repository.commonDir, `${stagingPrefix}${process.pid}-`))
  try {
    // A folder inside: the outer one is closed to everybody else, which is not how a repository that is shared keeps its files.
    const made = path.join(making, 'record')
    mkdirSync(made)
    writeFileSync(path.join(made, 'HEAD'), `${base}\n`)
    writeFileSync(path.join(made, 'commondir'), '../..\n')
    writeFileSync(path.join(made, 'gitdir'), `${path.join(place, '.git')}\n`)
    const metadata = moveToFreeName(made, folder, recordName(place))
    mkdirSync(place, { recursive: true })
    writeFileSync(path.join(place, '.git'), `gitdir: ${metadata}\n`)
    return metadata
  } finally {
    rmSync(making, { recursive: true, force: true })
  }
}

const stagingPrefix = 'autopack-worktree-'

/** The process that was making a worktree in this folder of the repository's; undefined for any other folder. What a crash leaves of it is empty of work. */
export function makerOf(name: string): number | undefined {
  const match = /^autopack-worktree-(\d+)-/.exec(name)
  return match ? Number(match[1]) : undefined
}

/** As git chooses it: the folder's name, made fit for the name of a ref, and a number where it is taken. */
const recordName = (place: string): string => path.basename(place).replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+/, '') || 'worktree'

/** A folder with something in it is never replaced by moving another there: that is what makes the name ours alone. */
function moveToFreeName(made: string, folder: string, name: string): string {
  for (let number = 0; ; number++) {
    const target = path.join(folder, number === 0 ? name : `${name}${number}`)
    try {
      renameSync(made, target)
      return target
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
}

/** The HEAD of a repository with reftables lies in a table that git alone can write. Two that begin at once may collide; git finds its way the second time. */
async function addByGit(repository: Repository, place: string, base: string): Promise<string> {
  const args = ['worktree', 'add', '--force', '--force', '--detach', '--no-checkout', place, base]
  const git = () => repository.git({ cwd: repository.root, gitDir: repository.commonDir, args })
  await git().catch(async (error: unknown) => {
    if (!(error instanceof GitError) || !/could not create directory|File exists|cannot lock|failed to read/i.test(error.stderr)) throw error
    await git()
  })
  const link = readFileSync(path.join(place, '.git'), 'utf8')
  return path.join(repository.commonDir, 'worktrees', path.basename(link.trim()))
}
