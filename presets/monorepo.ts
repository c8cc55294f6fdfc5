import path from 'node:path'
import { z } from 'zod'
import { definePreset } from '../core/index.ts'
import type { ConfigInput } from '../core/index.ts'
import { pathOption, programOption, timeoutOption } from './options.ts'
import { environmentOf, managers } from './package-managers.ts'

const folder = pathOption.transform((given) => path.posix.normalize(given).replace(/\/$/, ''))

export const monorepoOptions = z.strictObject({
  packages: z.array(folder, { error: 'expected a list of folders, such as ["packages/api", "packages/web"]' }).min(1, { error: 'name the folder of at least one package' })
    .refine((all) => new Set(all).size === all.length, { error: 'a folder is named twice' })
    .meta({ description: 'The folders of the packages, relative to the project root.' }),
  tool: z.enum(['npm', 'pnpm', 'yarn', 'pytest']).default('npm').meta({ description: 'The package manager that installs and runs scripts; `pytest` for packages of Python.' }),
  test: z.string().min(1).default('test').meta({ description: 'Script that runs the tests of a package. npm and pnpm pass over a package without it. Not for pytest.' }),
  timeout: timeoutOption.default('10m').meta({ description: 'Wall-clock limit of the tests of one package.' }),
  uses: z.record(folder, z.array(folder)).optional().meta({ description: 'By package, the packages that it uses. A phase whose scope lies in packages that another one does not use, directly or through others, runs without that one\'s check. Left out: every phase runs every check.' }),
  lockfiles: z.enum(['root', 'each']).default('root').meta({ description: '`root`: one lockfile for all, as workspaces have it. `each`: every package is installed by its own.' }),
  install: z.boolean().default(true).meta({ description: 'Install packages in worktrees. Not for pytest.' }),
  protectLockfiles: z.boolean().default(true).meta({ description: 'No builder may change the lockfiles and the settings of the package manager. `false` where phases add dependencies. Not for pytest.' }),
  python: programOption.default('python3').meta({ description: 'The interpreter for pytest.' }),
}).superRefine(({ packages, uses }, context) => {
  for (const [one, others] of Object.entries(uses ?? {})) {
    const unknown = [one, ...others].find((name) => !packages.includes(name))
    if (unknown !== undefined) context.addIssue({ code: 'custom', path: ['uses', one], message: `${unknown} is none of the packages (${packages.join(', ')})` })
  }
})
type Options = z.output<typeof monorepoOptions>

/** Several packages in one repository: a check for each, so that a failure names its package, and one setup for all. */
export const monorepo = definePreset({ name: 'monorepo', options: monorepoOptions, config: (options) => (options.tool === 'pytest' ? pythonPackages(options) : nodePackages({ ...options, tool: options.tool })) })

function nodePackages({ packages, tool, test, timeout, uses, lockfiles, install, protectLockfiles }: Options & { tool: keyof typeof managers }): ConfigInput {
  const manager = managers[tool]
  const below = packages.map((one) => `${one}/node_modules`)
  const each = lockfiles === 'each'
  const locks = each ? packages.map((one) => `${one}/${manager.lockfile}`) : [manager.lockfile]
  return {
    checks: packages.map((one) => ({ name: `tests:${nameOf(one, packages)}`, run: [tool, 'run', ...(tool === 'yarn' ? [] : ['--if-present']), test], cwd: one, timeout, ...unaffectedBy(one, packages, uses) })),
    ...(install && {
      workspace: {
        // Where a package needs nothing of its own, its manager makes no folder, and a cached folder has to be there.
        setup: [...(each ? packages.map(manager.installIn) : [manager.install]), ['node', '--eval', makeFolders, ...below]],
        cache: each ? below : ['node_modules', ...below],
        key: [...(each ? [] : ['package.json']), ...packages.map((one) => `${one}/package.json`), ...locks, ...manager.settings],
      },
    }),
    ...(protectLockfiles && { protect: [...locks, ...manager.settings] }),
    env: environmentOf(manager),
  }
}

const makeFolders = "for (const folder of process.argv.slice(1)) require('fs').mkdirSync(folder, { recursive: true })"

function pythonPackages({ packages, timeout, uses, python }: Options): ConfigInput {
  const pytest = [python, '-m', 'pytest', '-q', '--junitxml={report}']
  // Before what is installed: an editable install leads to the main checkout, and its code would be tested in the place of the worktree's.
  const pathsFrom = (one: string) => packages.flatMap((other) => [other, `${other}/src`]).map((other) => path.posix.relative(one, other) || '.').join(path.delimiter)
  return {
    checks: packages.map((one) => ({
      name: `tests:${nameOf(one, packages)}`, run: pytest, rerun: [...pytest, '{tests}'], format: 'junit', cwd: one, timeout, env: { PYTHONPATH: pathsFrom(one) }, ...unaffectedBy(one, packages, uses),
    })),
    env: { set: { PYTHONDONTWRITEBYTECODE: '1' }, pass: ['PYTHON*', 'VIRTUAL_ENV', 'CONDA_*', 'PIP_*', 'UV_*', 'POETRY_*'] },
  }
}

/** The packages that one does not use, directly or through others. */
function unaffectedBy(one: string, packages: readonly string[], uses: Options['uses']): { unaffectedBy?: string[] } {
  if (!uses) return {}
  const used = new Set([one])
  for (const name of used) for (const other of (Object.hasOwn(uses, name) && uses[name]) || []) used.add(other)
  return { unaffectedBy: packages.filter((other) => !used.has(other)) }
}

/** The last part of a package's folder, where no other has the same. */
function nameOf(one: string, all: readonly string[]): string {
  const last = path.posix.basename(one)
  return all.filter((other) => path.posix.basename(other) === last).length > 1 ? one : last
}
