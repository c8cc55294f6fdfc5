import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { packageOf } from './import-names.ts'

/**
 * What files of JavaScript import, read from their text: statements at the start of a line alone, for those are executed whenever the file is loaded.
 * What stands in a function, in `try` or in `import()` may be guarded, and what a bundler resolves in its own way is not found: then nothing is known.
 */
export interface Imports {
  /** The project's files from this one to the one that imports the package, both included; empty where none is found. All relative to the project root. */
  chain(file: string, module: string): readonly string[]
  /** The packages that a file needs, by itself or through others of the project's, each with its chain. */
  packages(file: string): ReadonlyMap<string, readonly string[]>
  /** Files named as tests are, in this folder of the project and below. */
  testFiles(folder: string): readonly string[]
}

/** How test files of JavaScript are named. */
export const testFile = /(?:\.|-|_)(?:test|spec)\.[cm]?[jt]sx?$|(?:^|\/)(?:tests?|__tests__|spec)\/|(?:^|\/)test[^/]*\.[cm]?[jt]sx?$/
const script = /\.(?:[cm]?[jt]s|[jt]sx)$/

/**
 * Types are gone when the file runs. A list of names may go over several lines, but never into the next statement: without that bound, a file of
 * nothing but beginnings would be read once for each of them.
 */
const statements = /^(?:import|export)\s+(?!type\b)(?:[\w$*{](?:[^'"`;()=\n]|\n(?!(?:import|export)\s))*?\sfrom\s*)?(['"])([^'"\n]+)\1|^(?:(?:const|let|var)\s(?:[^=;()\n]|\n(?!(?:const|let|var)\s))*=\s*)?require\((['"])([^'"\n]+)\3\)/gm

/** More than this is not looked through: a guess is not worth it. */
const mostFiles = 3_000
const mostBytes = 1_000_000

export function createImports(projectRoot: string): Imports {
  const read = new Map<string, { files: string[]; packages: string[] }>()

  const look = (file: string) => {
    const known = read.get(file)
    if (known) return known
    const found = { files: [] as string[], packages: [] as string[] }
    read.set(file, found)
    for (const match of textOf(path.join(projectRoot, file)).matchAll(statements)) {
      const specifier = match[2] ?? match[4]!
      const target = /^\.{1,2}\//.test(specifier) ? resolveFile(projectRoot, path.posix.join(path.posix.dirname(file), specifier)) : undefined
      const name = packageOf(specifier)
      if (target !== undefined) found.files.push(target)
      else if (name !== undefined) found.packages.push(name)
    }
    return found
  }

  const packages = (file: string): ReadonlyMap<string, readonly string[]> => {
    const chains = new Map<string, readonly string[]>([[file, [file]]])
    const found = new Map<string, readonly string[]>()
    // The nearest first, so that of two ways the shorter is told.
    for (const [current, chain] of chains) {
      const { files, packages: names } = look(current)
      for (const name of names) if (!found.has(name)) found.set(name, chain)
      for (const next of files) if (!chains.has(next) && chains.size < mostFiles) chains.set(next, [...chain, next])
    }
    return found
  }

  return {
    packages,
    chain: (file, module) => packages(file).get(packageOf(module) ?? '') ?? [],
    testFiles: (folder) => filesBelow(projectRoot, folder).filter((file) => testFile.test(file)),
  }
}

function resolveFile(projectRoot: string, target: string): string | undefined {
  if (target.startsWith('../')) return undefined
  // Sources of TypeScript are often imported by the name that they will have.
  const stem = target.replace(/\.([cm]?)jsx?$/, '.$1ts')
  const choices = [target, stem, ...['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx', '.jsx', '/index.js', '/index.ts', '/index.mjs', '/index.cjs'].map((ending) => target + ending)]
  return choices.find((one) => script.test(one) && statSync(path.join(projectRoot, one), { throwIfNoEntry: false })?.isFile() === true)
}

function textOf(file: string): string {
  try {
    // A block comment may start a line with anything, and one without an end goes to the end; a string over several lines that looks like an import is nobody's.
    return statSync(file).size > mostBytes ? '' : readFileSync(file, 'utf8').replace(/^[ \t]*\/\*[^]*?(?:\*\/|$(?![^]))/gm, '')
  } catch {
    return ''
  }
}

function filesBelow(projectRoot: string, folder: string): string[] {
  const found: string[] = []
  const folders = [folder]
  for (const current of folders) {
    if (folders.length > mostFiles || found.length > mostFiles) return []
    for (const entry of entriesOf(path.join(projectRoot, current))) {
      const relative = path.posix.join(current, entry.name)
      if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.')) folders.push(relative)
      else if (entry.isFile() && script.test(entry.name)) found.push(relative)
    }
  }
  return found.sort()
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}
