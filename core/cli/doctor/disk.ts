import { lstat, readdir, statfs } from 'node:fs/promises'
import path from 'node:path'
import { isInside, userCacheDir } from '../../layout/worktrees.ts'
import { formatBytes } from '../../reporters/format.ts'
import type { Repository } from '../../workspace/workspace.ts'
import type { CliContext } from '../context.ts'
import type { LoadedProject } from '../project.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'

/** A walk that meets more entries stops and says "at least". */
const mostEntries = 300_000
const lowBytes = 2_000_000_000
const fullBytes = 100_000_000

/** What the runs directory and the worktrees hold, and what is free beside them. */
export async function examineDisk(context: CliContext, { config, layout }: LoadedProject, repository: Repository | undefined): Promise<Finding> {
  const worktrees = repository && layout.worktrees({ repositoryRoot: repository.root, cacheDir: userCacheDir(context.runtime), configured: config.workspace.dir }).dir
  const runs = await sizeOf(layout.runsDir)
  const parts = [`runs dir ${textOf(runs)}`]
  if (worktrees !== undefined && !isInside(worktrees, layout.runsDir)) parts.push(`worktrees ${textOf(await sizeOf(worktrees))}`)
  const free = await freeBytes(config.configDir)
  if (free === undefined) return ok('disk', parts.join(', '))
  const message = [...parts, `${formatBytes(free)} free`].join(', ')
  const fix = 'free some space, or name a runs dir and `workspace.dir` on another disk'
  if (free < fullBytes) return fail('disk', message, fix)
  return free < lowBytes ? warn('disk', message, fix) : ok('disk', message)
}

interface Size { bytes: number; whole: boolean }

const textOf = ({ bytes, whole }: Size): string => (whole ? formatBytes(bytes) : `at least ${formatBytes(bytes)}`)

async function sizeOf(dir: string): Promise<Size> {
  const folders = [dir]
  let bytes = 0
  let entries = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      if (++entries > mostEntries) return { bytes, whole: false }
      const file = path.join(folder, entry.name)
      if (entry.isDirectory()) folders.push(file)
      // Blocks and not length: what the disk really holds.
      else bytes += await lstat(file).then((found) => found.blocks * 512, () => 0)
    }
  }
  return { bytes, whole: true }
}

async function freeBytes(dir: string): Promise<number | undefined> {
  return await statfs(dir).then((found) => found.bavail * found.bsize, () => undefined)
}
