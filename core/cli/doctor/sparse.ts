import { readings } from '../../pipeline/sparse.ts'
import { plural } from '../../reporters/format.ts'
import { createSparseSet, scopeMatcher, splitZero, type Repository } from '../../workspace/index.ts'
import type { LoadedProject } from '../project.ts'
import { ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'

/** What every sparse worktree holds whatever its phase names, and what of `also` is in vain. No line where worktrees hold everything. */
export async function examineSparse({ config }: LoadedProject, repository: Repository): Promise<Finding | undefined> {
  const { sparse, key } = config.workspace
  if (!sparse) return undefined
  const { prefix } = repository
  const names = splitZero((await repository.git({ cwd: repository.root, args: ['ls-files', '-z', '--full-name', '--', '.'], reading: true })).stdout)
  const files = names.map(String)
  const inVain = sparse.also.filter((one) => !files.some(scopeMatcher(readings(one, prefix))))
  if (inVain.length > 0) return warn('sparse', `workspace.sparse.also names what the repository does not have: ${inVain.join(', ')}`, 'correct it, or take it out; files, folders or globs, relative to the project root or to the repository')
  const set = createSparseSet({ folders: [prefix], within: [], also: [...sparse.also, ...key].flatMap((one) => readings(one, prefix)) })
  const held = set ? set.holds(names.map((name) => ({ name }))).filter(Boolean).length : files.length
  return ok('sparse', `each worktree holds ${held} of ${plural(files.length, 'file')}, and what its phase names`)
}
