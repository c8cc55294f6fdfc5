import { z } from 'zod'

/** How packages are installed as the lockfile says, in the whole project or in a folder of it, and how a program of theirs is run. */
export const managers = {
  npm: { install: ['npm', 'ci'], installIn: (folder: string) => ['npm', 'ci', '--prefix', folder], run: ['npx', '--no', '--'], lockfile: 'package-lock.json', settings: ['.npmrc'] },
  pnpm: {
    install: ['pnpm', 'install', '--frozen-lockfile'], installIn: (folder: string) => ['pnpm', '--dir', folder, 'install', '--frozen-lockfile', '--ignore-workspace'],
    run: ['pnpm', 'exec'], lockfile: 'pnpm-lock.yaml', settings: ['pnpm-workspace.yaml', '.npmrc'],
  },
  yarn: { install: ['yarn', 'install', '--immutable'], installIn: (folder: string) => ['yarn', '--cwd', folder, 'install', '--immutable'], run: ['yarn', 'run'], lockfile: 'yarn.lock', settings: ['.yarnrc.yml'] },
}

export const managerOption = z.enum(['npm', 'pnpm', 'yarn']).default('npm').meta({ description: 'Runs scripts and installs packages.' })

/** Variables that the toolchain reads. */
export const nodeVariables: readonly string[] = ['NODE_*', 'npm_config_*', 'NPM_CONFIG_*', 'PNPM_HOME', 'COREPACK_*', 'YARN_*', 'NVM_*']
