import { readFileSync, realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { UserError, defaultProjectIdError, rootMissingError } from '../errors.ts'
import { type DrainRules, drainDefaults } from '../model/drain.ts'
import { isProjectId } from '../model/identifiers.ts'
import { learningDefaults, type LearningRules } from '../model/learning.ts'
import { contextDefaults } from '../model/prompt.ts'
import { parseSize } from '../model/size.ts'
import type { Builder } from '../model/builder.ts'
import type { ClassifierInstance, PluginInstance } from '../model/plugin.ts'
import type { ModelPrice } from '../model/prices.ts'
import type { Runtime } from '../model/runtime.ts'
import type { ConfigInput } from './input.ts'
import { asksForCode, defaultPlans } from './code-globs.ts'
import type { ResolvedConfig } from './config.ts'
import { databaseUrlFrom } from './database-url.ts'
import { codeError } from './import-file.ts'
import { layersOf } from './layers.ts'
import { createLocator, formatPath } from './locate.ts'
import { type ListName, type Merged, type Origins, type Sourced, entriesUnder, mergeLayers, noteOrigins } from './merge.ts'
import { resolveChecks, resolvePlugins } from './named.ts'
import { findConfig } from './search.ts'

/** How the runs directory follows from config and environment; the rule belongs to the layout of the runs directory. */
export type ResolveRunsDir = (from: { configDir: string; configured?: string | undefined; env: Runtime['env'] }) => {
  runsDir: string
  origin: 'environment' | 'config' | 'default'
}

export interface LoadOptions {
  /** Where the search starts; absolute. */
  cwd: string
  /** `--config FILE`, relative to `cwd`: no search. */
  configFlag?: string | undefined
  runtime: Pick<Runtime, 'env'>
  /** What counts in the place of what the config's file says: a test hands it over as an object. */
  value?: unknown
  /** The plugins that are on by default, in order. Where a layer names plugins, they are compared with what `load` gives. */
  builtIns: readonly (PluginInstance & { load?(): Promise<PluginInstance> })[]
  resolveRunsDir: ResolveRunsDir
  /** The builder for one of `builderNames`. */
  namedBuilder(name: string, context: { env: Readonly<Record<string, string | undefined>>; configDir: string }): Promise<Builder>
}

/** Finds the config, checks it, applies presets, environment and defaults. Everything wrong with it is thrown as a UserError (exit code 2). Writes nothing. */
export async function loadConfig(options: LoadOptions): Promise<ResolvedConfig> {
  const { cwd, configFlag, runtime, builtIns } = options
  const found = await findConfig({ cwd, configFlag, nameFile: (file) => displayPath(file, cwd) })
  const configPath = realpathSync(found.file)
  const configDir = path.dirname(configPath)
  const inPackage = path.basename(configPath) === 'package.json'
  const locator = createLocator({ file: configPath, name: displayPath(found.file, cwd), text: options.value === undefined ? found.text : '', ...(inPackage && { prefix: ['autopack'] }) })
  const { layers, presets } = await layersOf(options.value ?? found.value, locator, path.basename(configPath)).catch(async (error: unknown) => {
    // A value that is computed when it is read, say, and throws.
    throw error instanceof UserError ? error : await codeError(error, configPath, 'config', (file) => displayPath(file, cwd))
  })
  const merged = mergeLayers(layers)
  const origins: Origins = new Map()
  const take = reader(merged, origins)

  const project = take<string>('project', undefined) ?? (await defaultProject(configDir, origins))
  const root = realRoot(configDir, take<string>('root', '.'))
  const { runsDir, origin } = options.resolveRunsDir({ configDir, configured: take<string>('runsDir', undefined), env: runtime.env })
  if (origin === 'environment') origins.set('runsDir', 'AUTONOMOUS_RUNS_DIR')
  const { databaseUrl, origin: databaseOrigin } = databaseUrlFrom(runtime.env)
  origins.set('databaseUrl', databaseOrigin)
  const plans = take<readonly string[]>('plans', defaultPlans)
  const template = absolute(configDir, take<string>('prompt.template', undefined))
  origins.set('presets', presets.length > 0 ? () => layers.at(-1)!.origin(['presets']) : 'default')
  const named = take<Builder | string>('builder', undefined)
  const builder = typeof named === 'string' ? await options.namedBuilder(named, { env: runtime.env, configDir }) : named
  const asked = merged.lists.plugins
  const plugins = resolvePlugins(asked.length === 0 ? builtIns : await Promise.all(builtIns.map((plugin) => plugin.load?.() ?? plugin)), asked)
  const checks = resolveChecks(merged.lists.checks)

  return {
    kind: 'autopack-config', configPath, configDir, project, root, runsDir, databaseUrl, presets,
    plugins: noteList(origins, 'plugins', plugins),
    placeOfPlugin(name) {
      const { layer, path: at } = plugins.find((one) => one.value.name === name) ?? {}
      return layer && at && layer.place(at)
    },
    classifiers: noteList<ClassifierInstance>(origins, 'classifiers', merged.lists.classifiers as Sourced<ClassifierInstance>[]),
    plans, builder,
    builders: buildersOf(merged, origins, builder),
    prices: Object.fromEntries(entriesUnder(merged, 'prices').map(([model, sourced]) => {
      noteOrigins(origins, ['prices', model], sourced, sourced.value)
      return [model, sourced.value as ModelPrice]
    })),
    checks: noteList(origins, 'checks', checks),
    placeOfCheck(name, key) {
      const check = checks.find((one) => one.value.name === name)
      return check?.layer.place([...check.path, key])
    },
    preflight: take('preflight', []),
    workspace: {
      dir: absolute(configDir, take<string>('workspace.dir', undefined)),
      setup: take('workspace.setup', []),
      cache: take('workspace.cache', []),
      key: take('workspace.key', []),
      sparse: sparseOf(take<boolean | { also?: readonly string[] }>('workspace.sparse', false)),
      minFreeDisk: parseSize(take<string | number>('workspace.minFreeDisk', '')),
    },
    protect: strings(merged, origins, 'protect', [...protectedByItself(configPath, plans), ...(template === undefined ? [] : insideOf(configDir, template))]),
    env: {
      pass: strings(merged, origins, 'env.pass', []),
      set: Object.fromEntries(entriesUnder(merged, 'env.set').map(([key, sourced]) => {
        noteOrigins(origins, ['env', 'set', key], sourced, sourced.value)
        return [key, sourced.value as string]
      })),
    },
    notify: take('notify', []),
    keepAwake: take('keepAwake', true),
    learning: learningOf(take('learning', true)),
    context: { maxTokens: take('context.maxTokens', contextDefaults.maxTokens), fileTokens: take('context.fileTokens', contextDefaults.fileTokens) },
    prompt: { template },
    placeOfTemplate() {
      const { layer, path: at } = merged.values.get('prompt.template') ?? {}
      return layer && at && layer.place(at)
    },
    drain: drainOf(take),
    originOf(name) {
      const said = origins.get(name)
      return typeof said === 'function' ? said() : said
    },
  }
}

/** A file as a protected path, where it lies in the folder of the config. */
function insideOf(configDir: string, file: string): string[] {
  const relative = path.relative(configDir, file).split(path.sep).join('/')
  return relative.startsWith('../') ? [] : [relative]
}

function learningOf(said: NonNullable<ConfigInput['learning']>): LearningRules {
  const { inPrompt = learningDefaults.inPrompt, promoteAfter = learningDefaults.promoteAfter } = typeof said === 'object' ? said : {}
  return { on: said !== false, inPrompt, promoteAfter }
}

/** How messages call a file: relative to the working directory where that is shorter. */
export function displayPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file).split(path.sep).join('/')
  return relative.length < file.length ? relative : file
}

interface Take {
  <Value>(name: string, fallback: Value): Value
  <Value>(name: string, fallback: undefined): Value | undefined
}

/** Reads a merged value by its path and notes its origin. */
function reader(merged: Merged, origins: Origins): Take {
  return <Value>(name: string, fallback: Value | undefined) => {
    const sourced = merged.values.get(name)
    noteOrigins(origins, name.split('.'), sourced, sourced?.value)
    return (sourced ? sourced.value : fallback) as Value
  }
}

function noteList<Value>(origins: Origins, name: ListName, items: readonly { value: Value; layer?: Sourced['layer']; path?: Sourced['path'] }[]): Value[] {
  origins.set(name, items.length === 0 ? 'default' : 'merged')
  items.forEach((item, index) => noteOrigins(origins, [name, index], item.layer && (item as Sourced), item.value))
  return items.map((item) => item.value)
}

/** A list of strings from all layers, each once. */
function strings(merged: Merged, origins: Origins, name: 'protect' | 'env.pass', before: readonly string[]): string[] {
  const all = [...before.map((value) => ({ value, sourced: undefined })), ...merged.lists[name].map((sourced) => ({ value: sourced.value as string, sourced }))]
  const unique = all.filter((item, index) => all.findIndex((other) => other.value === item.value) === index)
  origins.set(name, unique.length === 0 ? 'default' : 'merged')
  unique.forEach((item, index) => noteOrigins(origins, [...name.split('.'), index], item.sourced, item.value))
  return unique.map((item) => item.value)
}

function buildersOf(merged: Merged, origins: Origins, main: Builder | undefined): Record<string, Builder> {
  const builders: Record<string, Builder> = {}
  if (main) {
    builders[main.name] = main
    origins.set(formatPath(['builders', main.name]), origins.get('builder')!)
  }
  for (const [name, sourced] of entriesUnder(merged, 'builders')) {
    builders[name] = sourced.value as Builder
    noteOrigins(origins, ['builders', name], sourced, sourced.value)
  }
  return builders
}

function drainOf(take: Take): DrainRules {
  const rules: Record<string, unknown> = {}
  for (const [key, fallback] of Object.entries(drainDefaults) as [string, unknown][]) {
    if (key === 'minFreeMemory') rules[key] = parseSize(take<string | number>(`drain.${key}`, ''))
    else if (typeof fallback !== 'object') rules[key] = take(`drain.${key}`, fallback)
    else rules[key] = Object.fromEntries(Object.entries(fallback as Record<string, number>).map(([scope, value]) => [scope, take(`drain.${key}.${scope}`, value)]))
  }
  return rules as unknown as DrainRules
}

/** The config cannot be changed by what it governs, wherever it stands: in package.json too. Nor can plans that are code. */
function protectedByItself(configPath: string, plans: readonly string[]): string[] {
  return [path.basename(configPath), ...plans.filter((glob) => asksForCode(glob) && !glob.startsWith('!'))]
}

function absolute(configDir: string, folder: string | undefined): string | undefined {
  return folder === undefined ? undefined : path.resolve(configDir, folder)
}

function realRoot(configDir: string, raw: string): string {
  const folder = path.resolve(configDir, raw)
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw rootMissingError(raw, folder)
  return realpathSync(folder)
}

async function defaultProject(configDir: string, origins: Origins): Promise<string> {
  const named = packageName(configDir)
  const id = named ?? (path.basename(configDir) || 'project')
  origins.set('project', named === undefined ? "default (the folder's name)" : 'default (package.json)')
  if (isProjectId(id)) return id
  const { projectIdSchema } = await import('../model/identifier-schema.ts')
  const checked = projectIdSchema.safeParse(id)
  if (!checked.success) throw defaultProjectIdError(id, named === undefined ? "the folder's name" : 'the name in package.json', checked.error.issues[0]!.message)
  return id
}

function packageName(folder: string): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { name?: unknown }
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}

const sparseOf = (value: boolean | { also?: readonly string[] }): ResolvedConfig['workspace']['sparse'] => (value === false ? undefined : { also: value === true ? [] : (value.also ?? []) })
