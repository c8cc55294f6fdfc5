import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { readVersion } from '../version.ts'

/** Where the project that a folder lies in has Autopack from, as a new package in `folder` would write it. Default: the version that runs. */
export async function autopackSource(folder: string): Promise<string> {
  for (let at = path.dirname(folder); ; at = path.dirname(at)) {
    const source = (await dependencyIn(at)) ?? (await installedIn(at))
    if (source?.startsWith('file:')) return `file:${path.relative(folder, path.resolve(at, source.slice('file:'.length))).split(path.sep).join('/')}`
    if (source !== undefined && !/^(?:workspace|link|portal|catalog):/.test(source)) return source
    if (path.dirname(at) === at) return versionRange()
  }
}

/** What a package asks for that was made for the Autopack that runs. */
export const versionRange = (): string => `^${readVersion()}`

/** What \`npm install --no-save\` has put there is named in no package.json; the registry's package by its version as well. */
async function installedIn(folder: string): Promise<string | undefined> {
  try {
    const { packages } = JSON.parse(await readFile(path.join(folder, 'node_modules/.package-lock.json'), 'utf8')) as { packages: Record<string, { resolved?: unknown } | undefined> }
    const source = packages['node_modules/autopack']?.resolved
    return typeof source === 'string' && /^(?:file|git\+[a-z]+):/.test(source) ? source : undefined
  } catch {
    return undefined
  }
}

async function dependencyIn(folder: string): Promise<string | undefined> {
  try {
    const manifest = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as Record<string, Record<string, unknown> | undefined>
    const source = manifest['devDependencies']?.['autopack'] ?? manifest['dependencies']?.['autopack']
    return typeof source === 'string' ? source : undefined
  } catch {
    return undefined
  }
}
