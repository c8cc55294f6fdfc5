import path from 'node:path'
import { usageError } from '../../errors.ts'
import type { InitOutput } from '../../model/outputs.ts'
import { padEnd } from '../../reporters/format.ts'
import { formatTable } from '../../reporters/table.ts'
import { createGit } from '../../workspace/index.ts'
import type { CliContext } from '../context.ts'
import { repositoryState } from './repository.ts'
import { writePackage } from './package.ts'
import type { PackageKind } from './package.ts'

/** `autopack init --plugin NAME` and `--preset NAME`. */
export async function initPackage(context: CliContext, options: Readonly<Record<string, unknown>>): Promise<number> {
  const { plugin, preset } = options
  const fix = 'leave one of them out'
  if (plugin !== undefined && preset !== undefined) throw usageError('--plugin writes one package, and --preset another', fix)
  const kind: PackageKind = plugin === undefined ? 'preset' : 'plugin'
  if (options['timeCheck'] === true) throw usageError(`--time-check looks at a project, and --${kind} writes a package`, fix)
  const written = await writePackage(kind, String(plugin ?? preset), context.cwd)
  const steps: readonly (readonly [command: string, why: string])[] = [
    [`cd ${written.folder} && npm install`, 'get what it is built and tested with'],
    ['npm test', `what it does is in src/index.ts, its test in test/index.test.ts`],
    ['npm pack', 'make the tarball that a project installs'],
  ]
  if (context.json) {
    const state = await repositoryState(context.cwd, createGit(context.runtime.env)).catch(() => 'missing' as const)
    const output: InitOutput = {
      detected: { language: 'Node', runner: 'node --test', agents: [] }, written: written.files, kept: [], repository: state === 'missing' ? 'none' : 'found',
      next: steps.map(([command]) => command), package: { kind, name: written.package, export: written.export, dir: written.dir },
    }
    context.printJson(output)
    return 0
  }
  const { style } = context
  const say = (label: string, text: string) => context.print(style.dim(padEnd(label, 10)) + text)
  say(kind, `${written.export}, in the package ${written.package}`)
  for (const file of written.files) say('wrote', path.relative(context.cwd, file))
  context.print(['', style.bold('next'), ...formatTable(steps.map(([command, why]) => [style.cyan(command), style.dim(why)]), { indent: 2 })].join('\n'))
  return 0
}
