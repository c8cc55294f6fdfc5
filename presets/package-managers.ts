import { z } from 'zod'

interface Manager {
  /** Installs what the lockfile says, in the whole project or in a folder of it. */
  install: string[]
  installIn(folder: string): string[]
  /** What runs a program of a package. */
  run: string[]
  lockfile: string
  settings: string[]
  /** Variables that it needs to make what presets cache. */
  variables?: Record<string, string>
}

export const managers: Readonly<Record<'npm' | 'pnpm' | 'yarn', Manager>> = {
  npm: { install: ['npm', 'ci'], installIn: (folder: string) => ['npm', 'ci', '--prefix', folder], run: ['npx', '--no', '--'], lockfile: 'package-lock.json', settings: ['.npmrc'] },
  pnpm: {
    install: ['pnpm', 'install', '--frozen-lockfile'], installIn: (folder: string) => ['pnpm', '--dir', folder, 'install', '--frozen-lockfile', '--ignore-workspace'],
    run: ['pnpm', 'exec'], lockfile: 'pnpm-lock.yaml', settings: ['pnpm-workspace.yaml', '.npmrc'],
  },
  yarn: {
    install: ['yarn', 'install', '--immutable'], installIn: (folder: string) => ['yarn', '--cwd', folder, 'install', '--immutable'], run: ['yarn', 'run'],
    lockfile: 'yarn.lock', settings: ['.yarnrc.yml'],
    // Yarn 2 and later make no node_modules by default; a lockfile says the same for both ways, and Yarn 1 knows the one only.
    variables: { YARN_NODE_LINKER: 'node-modules' },
  },
}

export const managerOption = z.enum(['npm', 'pnpm', 'yarn']).default('npm').meta({ description: 'Runs scripts and installs packages.' })

/** Variables that the toolchain reads. */
const nodeVariables: readonly string[] = ['NODE_*', 'npm_config_*', 'NPM_CONFIG_*', 'PNPM_HOME', 'COREPACK_*', 'YARN_*', 'NVM_*']

/** What a project of this manager lets through and sets. */
export const environmentOf = ({ variables }: Manager) => ({ pass: [...nodeVariables], ...(variables && { set: variables }) })
