import { readFileSync } from 'node:fs'
import path from 'node:path'
import { importsOf, normalise, packageOf } from './import-names.ts'
import { readToml, TomlProblem } from './toml.ts'
import type { TomlTable, TomlValue } from './toml.ts'

export type Ecosystem = 'python' | 'node'

/** A package that the project names. `imports` are the modules by which it is imported, `source` says where it is named. */
export interface Package { name: string; ecosystem: Ecosystem; imports: readonly string[]; source: string }

/** What may be missing and what must be there. `problems`: manifests that cannot be read, one sentence each. */
export interface Declared { optional: Package[]; required: Package[]; problems: string[] }

export interface DeclaredOptions {
  python: readonly string[]
  node: readonly string[]
  required: readonly string[]
  imports: Readonly<Record<string, string | readonly string[]>>
  manifests: boolean
}

/** What the options and the manifests in these folders (absolute) declare. The options' word counts before the manifests'. */
export function readDeclared(folders: readonly string[], options: DeclaredOptions, projectRoot: string): Declared {
  const declared: Declared = { optional: [], required: [], problems: [] }
  const found: Found[] = options.manifests ? folders.flatMap((folder) => manifests.flatMap(({ file, read }) => readManifest(folder, file, read, projectRoot, declared.problems))) : []
  const named: Found[] = [
    ...options.required.flatMap((name) => (['python', 'node'] as const).map((ecosystem): Found => ({ name, ecosystem, optional: false, source: 'the options of optionalDependencies' }))),
    ...(['python', 'node'] as const).flatMap((ecosystem) => options[ecosystem].map((name): Found => ({ name, ecosystem, optional: true, source: 'the options of optionalDependencies' }))),
  ]
  const own = new Set(found.filter((one) => one.own).map((one) => key(one)))
  const settled = new Set(named.map((one) => key(one)))
  const required = new Set(found.filter((one) => !one.optional).map((one) => key(one)))
  for (const one of named) add(declared, one, options)
  for (const one of found) {
    // Extras that gather other extras name the project itself; and what is needed anyway is not made optional by an extra that names it too.
    if (one.own || own.has(key(one)) || settled.has(key(one)) || (one.optional && required.has(key(one)))) continue
    add(declared, one, options)
  }
  return declared
}

/** Whether the module belongs to an optional package, to a required one, or to none that the project names. */
export function findPackage(declared: Declared, ecosystem: Ecosystem, module: string): { type: 'optional' | 'required'; package: Package } | undefined {
  const imported = ecosystem === 'node' ? packageOf(module) : module
  if (imported === undefined) return undefined
  // Of `google.cloud.storage` Python misses `google` first.
  const matches = (one: Package) => one.ecosystem === ecosystem && one.imports.some((name) => name === imported || (ecosystem === 'python' && name.startsWith(`${imported}.`)))
  const required = declared.required.find(matches)
  if (required) return { type: 'required', package: required }
  const optional = declared.optional.find(matches)
  return optional && { type: 'optional', package: optional }
}

interface Found { name: string; ecosystem: Ecosystem; optional: boolean; source: string; own?: boolean }
const key = ({ ecosystem, name }: Found) => `${ecosystem} ${ecosystem === 'python' ? normalise(name) : name}`

function add(declared: Declared, one: Found, options: DeclaredOptions): void {
  const imports = one.ecosystem === 'python' ? importsOf(one.name, options.imports) : [one.name]
  declared[one.optional ? 'optional' : 'required'].push({ name: one.name, ecosystem: one.ecosystem, imports, source: one.source })
}

const manifests: readonly { file: string; read(text: string): Found[] }[] = [
  { file: 'pyproject.toml', read: (text) => pyproject(readToml(text)) },
  { file: 'setup.cfg', read: setupCfg },
  { file: 'package.json', read: packageJson },
]

function readManifest(folder: string, file: string, read: (text: string) => Found[], projectRoot: string, problems: string[]): Found[] {
  let text: string
  try {
    text = readFileSync(path.join(folder, file), 'utf8')
  } catch {
    return []
  }
  const shown = path.relative(projectRoot, path.join(folder, file)).split(path.sep).join('/')
  try {
    return read(text).map((one) => ({ ...one, source: `${shown}, ${one.source}` }))
  } catch (error) {
    const at = error instanceof TomlProblem ? `:${error.line}` : ''
    problems.push(`${shown}${at} cannot be read, so it makes no package optional: ${(error as Error).message}`)
    return []
  }
}

/** Extras by these names are what tests need: without them nothing was set up. The option `python` makes single packages of them optional. */
const neededForTests = /^(?:dev|develop|development|tests?|testing)$/i

const python = (name: string, optional: boolean, source: string): Found => ({ name, ecosystem: 'python', optional, source })
const isTable = (value: TomlValue | undefined): value is TomlTable => typeof value === 'object' && !Array.isArray(value)
const tableOf = (value: TomlValue | undefined): TomlTable => (isTable(value) ? value : {})
const textsOf = (value: TomlValue | undefined): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])

/** `praw[async] >= 7; python_version > "3"` names praw. */
const nameOf = (requirement: string): string[] => /^\s*([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)/.exec(requirement)?.slice(1) ?? []

function pyproject(file: TomlTable): Found[] {
  const project = tableOf(file['project'])
  const poetry = tableOf(tableOf(file['tool'])['poetry'])
  const extras = (table: TomlValue | undefined, source: string) =>
    Object.entries(tableOf(table)).flatMap(([extra, list]) => textsOf(list).flatMap(nameOf).map((name) => python(name, !neededForTests.test(extra), `${source}.${extra}`)))
  const dependencies = Object.entries(tableOf(poetry['dependencies'])).filter(([name]) => name !== 'python')
  const optional = (value: TomlValue) => isTable(value) && value['optional'] === 'true'
  const groups = Object.entries(tableOf(poetry['group'])).flatMap(([group, content]) =>
    Object.keys(tableOf(tableOf(content)['dependencies'])).map((name) => python(name, tableOf(content)['optional'] === 'true' && !neededForTests.test(group), `tool.poetry.group.${group}`)))
  return [
    ...[project['name'], poetry['name']].filter((name) => typeof name === 'string').map((name) => ({ ...python(name, false, 'name'), own: true })),
    ...textsOf(project['dependencies']).flatMap(nameOf).map((name) => python(name, false, 'project.dependencies')),
    ...extras(project['optional-dependencies'], 'project.optional-dependencies'),
    ...dependencies.map(([name, value]) => python(name, optional(value), 'tool.poetry.dependencies')),
    ...extras(poetry['extras'], 'tool.poetry.extras'),
    ...groups,
  ]
}

function setupCfg(text: string): Found[] {
  const found: Found[] = []
  let section = ''
  let option = ''
  const take = (value: string) => {
    // A list is separated by lines, or by `;` in one line.
    for (const name of value.split(';').flatMap(nameOf)) {
      if (section === 'options.extras_require') found.push(python(name, !neededForTests.test(option), `options.extras_require.${option}`))
      if (section === 'options' && option === 'install_requires') found.push(python(name, false, 'options.install_requires'))
      if (section === 'metadata' && option === 'name') found.push({ ...python(name, false, 'metadata.name'), own: true })
    }
  }
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue
    const heading = /^\[(.+)\]\s*$/.exec(line)
    const pair = /^([\w.-]+)\s*[=:]\s*(.*)$/.exec(line)
    if (heading) [section, option] = [heading[1]!, '']
    else if (pair) {
      option = pair[1]!
      take(pair[2]!)
    } else if (/^\s/.test(line)) take(/^[^;]*/.exec(line)![0])
  }
  return found
}

function packageJson(text: string): Found[] {
  const file = recordOf(JSON.parse(text))
  const names = (field: string) => Object.keys(recordOf(file[field]))
  const meta = recordOf(file['peerDependenciesMeta'])
  const peers = Object.keys(meta).filter((name) => recordOf(meta[name])['optional'] === true)
  const optional = new Map([...peers.map((name) => [name, 'peerDependenciesMeta'] as const), ...names('optionalDependencies').map((name) => [name, 'optionalDependencies'] as const)])
  const needed = ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((field) => names(field).map((name) => ({ name, field }))).filter(({ name }) => !optional.has(name))
  return [
    ...[...optional].map(([name, source]): Found => ({ name, ecosystem: 'node', optional: true, source })),
    ...needed.map(({ name, field }): Found => ({ name, ecosystem: 'node', optional: false, source: field })),
  ]
}

const recordOf = (value: unknown): Record<string, unknown> => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {})
