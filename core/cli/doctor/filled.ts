import path from 'node:path'
import { plural } from '../../reporters/format.ts'
import { splitZero, type Repository } from '../../workspace/index.ts'
import type { CliContext } from '../context.ts'
import { findOnPath } from '../find-program.ts'
import { mendOutside, outsidePackages, tellOutside } from '../outside-packages.ts'
import type { LoadedProject } from '../project.ts'
import { fail, ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'
import { examineSparse } from './sparse.ts'

/** What a worktree holds in another form than a person's checkout may, or not at all: submodules, files that Git LFS keeps elsewhere, what `workspace.sparse` leaves out, packages that lie beside the repository. No line where there are none. */
export async function examineFilled(context: CliContext, project: LoadedProject, repository: Repository): Promise<Finding[]> {
  const findings = await Promise.all([examineSubmodules(project, repository), examineLargeFiles(context, repository), examineSparse(project, repository), examinePackages(project, repository)])
  return findings.filter((finding) => finding !== undefined)
}

async function examineSubmodules({ config }: LoadedProject, repository: Repository): Promise<Finding | undefined> {
  const listed = splitZero((await repository.git({ cwd: repository.root, args: ['ls-files', '-z', '--stage'], reading: true })).stdout)
  const submodules = listed.map(String).filter((line) => line.startsWith('160000 ')).map((line) => line.slice(line.indexOf('\t') + 1))
  if (submodules.length === 0) return undefined
  const fromRoot = (file: string) => path.posix.relative(repository.prefix || '.', file)
  const filled = new Set(config.workspace.cache.map((folder) => path.posix.join(folder, '.').replace(/\/$/, '')))
  const empty = submodules.map(fromRoot).filter((folder) => !filled.has(folder))
  if (empty.length === 0) return ok('submodules', `${submodules.join(', ')}: filled by the setup`)
  const value = `{ setup: [['git', 'submodule', 'update', '--init']], cache: [${empty.map((one) => `'${one}'`).join(', ')}], key: ['${fromRoot('.gitmodules')}'] }`
  return warn('submodules', `empty in worktrees, where nothing fills them: ${empty.join(', ')}`, `where builders or checks need them, in the config: workspace: ${value}`)
}

async function examinePackages({ config }: LoadedProject, repository: Repository): Promise<Finding | undefined> {
  if (config.workspace.setup.length === 0) return undefined
  const found = await outsidePackages(config.root, repository.prefix)
  return found.length === 0 ? undefined : warn('packages', tellOutside(found), mendOutside(found))
}

/** How many files are named. */
const mostNamed = 3

async function examineLargeFiles({ runtime }: CliContext, repository: Repository): Promise<Finding | undefined> {
  const ask = (args: string[], allow: number[] = [0]) => repository.git({ cwd: repository.root, args, allow, reading: true, pathspecs: true })
  const files = splitZero((await ask(['ls-files', '-z', '--', ':(top,attr:filter=lfs)'])).stdout).map(String)
  if (files.length === 0) return undefined
  const named = `${plural(files.length, 'file')} of Git LFS (${files.slice(0, mostNamed).join(', ')}${files.length > mostNamed ? ', …' : ''})`
  const filters = (await ask(['config', '--get-regexp', '^filter\\.lfs\\.(smudge|process)$'], [0, 1])).stdout.toString('utf8')
  const installed = (await findOnPath('git-lfs', runtime.env)) !== undefined
  if (filters === '') return warn('lfs', `${named}: git has no filter for them here, and builders and checks find pointers in their place`, `${installed ? '' : 'install git-lfs, and '}\`git lfs install\`; nothing to do where nothing needs them`)
  if (installed || !/(?:^|\s)git-lfs\s/m.test(filters)) return ok('lfs', named)
  return fail('lfs', `${named}: git is told to ask git-lfs for them, which is not on the PATH`, 'install git-lfs, or let git do without: `git lfs uninstall`, or take `filter.lfs` out of its configuration')
}
