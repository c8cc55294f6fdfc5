import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Git } from '../../workspace/index.ts'
import { mendOutside, outsidePackages, tellOutside } from '../outside-packages.ts'
import type { Detection } from './detect.ts'

/** What stands in the way of a first run and is the user's to mend, in lines. `dir` lies in a repository. */
export async function repositoryNotices(dir: string, detection: Detection, git: Git): Promise<string[]> {
  const notices: string[] = []
  const ask = async (args: string[]) => await git({ cwd: dir, args, allow: [0, 1, 128], reading: true, pathspecs: true })
  const exists = (file: string) => stat(file).then(() => true, () => false)
  const installed = await exists(path.join(dir, 'node_modules'))
  // A project of another language has no reason to ignore it until Autopack is installed there.
  if (installed && (await ask(['check-ignore', '--quiet', 'node_modules/'])).exitCode === 1) notices.push('node_modules/ is not ignored by git: add it to .gitignore, or it is committed with the rest')
  const committed = (await ask(['ls-tree', '-z', '--name-only', 'HEAD', './'])).stdout.toString('utf8').split('\0').map((file) => path.posix.basename(file))
  const missing = committed.length === 1 ? 'nothing of this folder is' : !committed.includes('package.json') && (await exists(path.join(dir, 'package.json'))) ? 'package.json is not' : undefined
  if (missing !== undefined) notices.push(`${missing} committed: a worktree holds what is, so commit before the first run`)
  const prefix = (await ask(['rev-parse', '--show-prefix'])).stdout.toString('utf8').trim()
  const outside = detection.setup ? await outsidePackages(dir, prefix) : []
  if (outside.length > 0) notices.push(tellOutside(outside), `mend it: ${mendOutside(outside)}`)
  return notices
}
