import { diskOf, sizeOf } from '../../layout/disk.ts'
import type { Size } from '../../layout/disk.ts'
import { isInside, userCacheDir } from '../../layout/worktrees.ts'
import { formatBytes } from '../../reporters/format.ts'
import type { Repository } from '../../workspace/workspace.ts'
import type { CliContext } from '../context.ts'
import type { LoadedProject } from '../project.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'

const lowBytes = 2_000_000_000
const fullBytes = 100_000_000

/** What the runs directory and the worktrees hold, and what is free beside them. */
export async function examineDisk(context: CliContext, { config, layout }: LoadedProject, repository: Repository | undefined): Promise<Finding> {
  const worktrees = repository && layout.worktrees({ repositoryRoot: repository.root, cacheDir: userCacheDir(context.runtime), configured: config.workspace.dir }).dir
  const runs = await sizeOf(layout.runsDir)
  const parts = [`runs dir ${textOf(runs)}`]
  if (worktrees !== undefined && !isInside(worktrees, layout.runsDir)) parts.push(`worktrees ${textOf(await sizeOf(worktrees))}`)
  const free = diskOf(config.configDir)?.free
  if (free === undefined) return ok('disk', parts.join(', '))
  const message = [...parts, `${formatBytes(free)} free`].join(', ')
  const fix = '`autopack gc` frees what is not needed any more; or name a runs dir and `workspace.dir` on another disk'
  if (free < fullBytes) return fail('disk', message, fix)
  return free < lowBytes ? warn('disk', message, fix) : ok('disk', message)
}

const textOf = ({ bytes, whole }: Size): string => (whole ? formatBytes(bytes) : `at least ${formatBytes(bytes)}`)
