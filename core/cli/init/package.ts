import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as plugins from '../../../plugins/index.ts'
import * as presets from '../../../presets/index.ts'
import { folderTakenError, initFailedError, UserError } from '../../errors.ts'
import { autopackSource, versionRange } from './own-package.ts'
import { packageNames } from './package-name.ts'
import type { PackageNames } from './package-name.ts'

export type PackageKind = 'plugin' | 'preset'

export interface WrittenPackage extends PackageNames {
  /** Absolute. */
  dir: string
  /** Absolute, sorted. */
  files: string[]
}

/**
 * Writes a package for a plugin or a preset into a new folder of `cwd`, from its template: it builds, type-checks and passes its test.
 *
 * @throws UserError for a name that no package can have, and for a folder that is there and not empty: nothing is written then.
 */
export async function writePackage(kind: PackageKind, name: string, cwd: string): Promise<WrittenPackage> {
  const template = await readTemplate(kind)
  const names = packageNames(name, kind, takenNames(template, standIns(kind).export))
  const dir = path.join(cwd, names.folder)
  await refuseTaken(dir)
  const files = fill(template, kind, names, await autopackSource(dir))
  // The whole folder takes its place at once: a disk that is full leaves no half of a package behind.
  const fresh = `${dir}.${process.pid}.new`
  try {
    for (const [file, text] of files) {
      await mkdir(path.dirname(path.join(fresh, file)), { recursive: true })
      await writeFile(path.join(fresh, file), text, { flag: 'wx' })
    }
    await rename(fresh, dir)
  } catch (error) {
    throw initFailedError(`${names.folder} cannot be written`, error)
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return { ...names, dir, files: files.map(([file]) => path.join(dir, file)).sort() }
}

type Files = readonly (readonly [file: string, text: string])[]

/** The files of the template, which is a package like any other: what is made is that with other names. */
async function readTemplate(kind: PackageKind): Promise<Files> {
  const dir = fileURLToPath(new URL(`${import.meta.url.endsWith('.ts') ? '../../..' : '../../../..'}/docs/examples/${kind}-template/`, import.meta.url))
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
  return await Promise.all(files.sort().map(async (file) => [file, await readFile(path.join(dir, file), 'utf8')] as const))
}

/** The names as the template has them. */
const standIns = (kind: PackageKind) => ({ package: `@example/${kind}-template`, export: `${kind}Template` })

/** Words that the code of the template uses, and what Autopack has on board: a second thing of that name would be in its way. */
function takenNames(template: Files, standIn: string): ReadonlySet<string> {
  const words = template.filter(([file]) => file.endsWith('.ts')).flatMap(([, text]) => text.match(/[A-Za-z_$][\w$]*/g) ?? [])
  return new Set([...words.filter((word) => word !== standIn), ...Object.keys(plugins), ...Object.keys(presets)])
}

/** Inside a published package a package.json, or a .gitignore, would mean something. */
const manifestName = 'package.template.json'

function fill(template: Files, kind: PackageKind, names: PackageNames, source: string): Files {
  const standIn = standIns(kind)
  return template.map(([file, text]) => {
    const named = text.replaceAll(standIn.package, names.package).replaceAll(standIn.export, names.export)
    if (file !== manifestName) return [file === 'gitignore' ? '.gitignore' : file, named] as const
    const manifest = JSON.parse(named) as { peerDependencies: Record<string, string>; devDependencies: Record<string, string> }
    manifest.peerDependencies['autopack'] = versionRange()
    manifest.devDependencies['autopack'] = source
    return ['package.json', `${JSON.stringify(manifest, undefined, 2)}\n`] as const
  })
}

async function refuseTaken(dir: string): Promise<void> {
  try {
    if ((await readdir(dir)).length > 0) throw folderTakenError(dir, 'is there already, and is not empty')
  } catch (error) {
    if (error instanceof UserError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR') throw folderTakenError(dir, 'is there already, and is no folder')
    if (code !== 'ENOENT') throw initFailedError(`${dir} cannot be read`, error)
  }
}
