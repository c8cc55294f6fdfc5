import { z } from 'zod'
import { definePreset } from '../core/index.ts'
import { pathOption, timeoutOption } from './options.ts'
import { environmentOf, managerOption, managers } from './package-managers.ts'

export const nodeOptions = z.strictObject({
  packageManager: managerOption,
  test: z.union([z.string().min(1), z.literal(false)], { error: 'expected the name of a script of package.json, or false' }).default('test').meta({ description: 'Script of package.json that runs the tests, as the check `tests`; `false` for no check.' }),
  timeout: timeoutOption.default('10m').meta({ description: 'Wall-clock limit of the tests.' }),
  install: z.boolean().default(true).meta({ description: 'Install packages in worktrees.' }),
  syntax: z.array(pathOption).default([]).meta({ description: 'Preflight: files that must parse (`node --check`). Nothing is executed, and what they import is not looked at.' }),
  imports: z.array(z.string().min(1)).default([]).meta({ description: 'Preflight: modules that must load with all that they import, by file or by name. Their top level is executed.' }),
  types: z.union([z.boolean(), pathOption], { error: 'expected true, false, or the path of a tsconfig' }).default(false).meta({ description: 'Preflight: `tsc --noEmit` must pass, on tsconfig.json or on the one that is named.' }),
})

/** A Node project: its test script as one check `tests`, packages installed once per lockfile, a preflight where it is asked for, and the variables of the toolchain. */
export const node = definePreset({
  name: 'node',
  options: nodeOptions.prefault({}),
  config({ packageManager, test, timeout, install, syntax, imports, types }) {
    const manager = managers[packageManager]
    const preflight = [
      ...syntax.map((file) => ['node', '--check', file]),
      ...imports.map((module) => ['node', '--input-type=module', '--eval', `await import(${JSON.stringify(specifierOf(module))}); process.exit(0)`]),
      ...(types === false ? [] : [[...manager.run, 'tsc', '--noEmit', '-p', types === true ? 'tsconfig.json' : types]]),
    ]
    return {
      // A script prints what its runner prints: only its exit code is known. A check with `format: 'junit'` or `'tap'` in the config says more.
      checks: test === false ? [] : [{ name: 'tests', run: [packageManager, 'run', test], timeout }],
      ...(preflight.length > 0 && { preflight }),
      ...(install && { workspace: { setup: [manager.install], cache: ['node_modules'], key: ['package.json', manager.lockfile] } }),
      env: environmentOf(manager),
    }
  },
})

/** `src/index.js` is a file of the project, and not a package of that name. */
const specifierOf = (module: string) => (/^[^.@/].*\.[cm]?[jt]sx?$/.test(module) ? `./${module}` : module)
