import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Git } from '../../workspace/index.ts'
import { mendOutside, outsidePackages, tellOutside } from '../outside-packages.ts'
import type { Detection } from './detect.ts'

/** What stands in the way of a first run and is the user's to mend, in lines. `dir` lies in a repository. */
export async function repositoryNotices(dir: string, detection: Detection, git: Git): Promise<string[]> {
  const notices: string[] = []
  const ask = async (args: string[]) => await git({ cwd: dir, args, allow: [0, 1, 128], reading: true, pathspecs: true })
  const installed = await stat(path.join(dir, 'node_modules')).then((found) => found.isDirectory(), () => false)
  // A project of another language has no reason to ignore it until Autopack is installed there.
  if (installed && (await ask(['check-ignore', '--quiet', 'node_modules/'])).exitCode === 1) notices.push('node_modules/ is not ignored by git: add it to .gitignore, or it is committed with the rest')
  const prefix = (await ask(['rev-parse', '--show-prefix'])).stdout.toString('utf8').trim()
  const outside = detection.setup ? await outsidePackages(dir, prefix) : []
  if (outside.length > 0) notices.push(tellOutside(outside), `mend it: ${mendOutside(outside)}`)
  return notices
}
