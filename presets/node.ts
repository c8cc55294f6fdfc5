import { definePreset } from '../core/index.ts'

export interface NodeOptions {
  /** Runs scripts and installs packages. Default `npm`. */
  packageManager?: 'npm' | 'pnpm' | 'yarn'
  /** Script of the package.json that runs the tests. Default `test`; false for no check. */
  test?: string | false
  /** Install packages in worktrees. Default true. */
  install?: boolean
  /** Wall-clock limit of the tests. Default `10m`. */
  timeout?: string | number
}

const managers = {
  npm: { install: ['npm', 'ci'], lockfile: 'package-lock.json' },
  pnpm: { install: ['pnpm', 'install', '--frozen-lockfile'], lockfile: 'pnpm-lock.yaml' },
  yarn: { install: ['yarn', 'install', '--immutable'], lockfile: 'yarn.lock' },
}

/** A Node project: its test script as one check `tests`, packages installed once per lockfile, and the variables of the toolchain. No preflight: a project's own build or type check is the one worth having. */
export const node = definePreset('node', ({ packageManager = 'npm', test = 'test', install = true, timeout = '10m' }: NodeOptions = {}) => {
  const manager = managers[packageManager]
  return {
    // A script prints what its runner prints: only its exit code is known. A check with `format: 'junit'` or `'tap'` in the config says more.
    checks: test === false ? [] : [{ name: 'tests', run: [packageManager, 'run', test], timeout }],
    ...(install && { workspace: { setup: [manager.install], cache: ['node_modules'], key: ['package.json', manager.lockfile] } }),
    env: { pass: ['NODE_*', 'npm_config_*', 'NPM_CONFIG_*', 'PNPM_HOME', 'COREPACK_*', 'YARN_*', 'NVM_*'] },
  }
})
