import {
  applyFailedError, duplicatePluginError, errorAt, fingerprintUnknownError, mapErrors, optionsInvalidError, optionsNotTakenError, pluginApiVersionError, pluginInvalidError, unknownHookError, UserError, UserErrors,
} from '../errors.ts'
import type { SourceLocation } from '../errors.ts'
import { pluginApiVersion } from '../model/plugin-api-version.ts'
import type { ClassifierInstance, HookName, PluginApi, PluginInstance } from '../model/plugin.ts'
import type { Runtime } from '../model/runtime.ts'
import { unreachable } from '../model/unreachable.ts'
import { nearest } from '../nearest.ts'
import { systemRuntime } from '../runtime.ts'
import { issuesOf, show, textOf } from './describe.ts'
import { createHooks } from './facade.ts'
import type { Hooks, OnProblem } from './facade.ts'
import { hookNames } from './hooks.ts'
import { createRegistry } from './provided.ts'
import type { PluginRegistry, TakenNames } from './provided.ts'
import { createLimitedRunner } from './time-limit.ts'

/** `apply` of one plugin may take this long, in milliseconds. */
const applyLimitMs = 30_000

export interface PluginsToLoad {
  /** In order, defaults first. */
  plugins: readonly PluginInstance[]
  /** Of the config: taps of `classifyFailure` named `classifier:<name>`, before those of the plugins. */
  classifiers: readonly ClassifierInstance[]
  /** What every plugin's API has in common. Messages of `log` get the plugin's name in front. */
  api: Pick<PluginApi, 'config' | 'layout' | 'exec' | 'phases' | 'redact' | 'log'> & Partial<Pick<PluginApi, 'buckets'>>
  /** Names that `before` may use although they are not loaded: defaults that the config removed. */
  absent?: readonly string[]
  /** Names of what is built in or configured, which no plugin may provide again. */
  taken?: TakenNames
  /** Where each plugin stands, for errors; by index. */
  origin?: (index: number) => string | undefined
  /** Where the plugin of that name stands in the config: every error that names a plugin gets its place. */
  placeOf?: (name: string) => SourceLocation | undefined
  onProblem?: OnProblem
  runtime?: Pick<Runtime, 'sleep' | 'monotonic'>
}

export interface LoadedPlugins {
  hooks: Hooks
  provided: PluginRegistry
}

/**
 * Checks the plugins and their options, applies them in order, and puts their taps in order.
 *
 * @throws UserError, or UserErrors for several, that names the plugin: a name taken twice, another API version, wrong options,
 * an `apply` that throws or does not end, a tap of an unknown hook, an unknown `before`, a name provided twice.
 */
export async function loadPlugins(request: PluginsToLoad): Promise<LoadedPlugins> {
  try {
    return await load(request)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw mapErrors(error, (one) => {
      const place = one.plugin === undefined ? undefined : request.placeOf?.(one.plugin)
      return place ? errorAt(one, place) : one
    })
  }
}

async function load(request: PluginsToLoad): Promise<LoadedPlugins> {
  const runtime = request.runtime ?? systemRuntime()
  const hooks = createHooks({ runtime, redact: (text) => request.api.redact(text), ...(request.onProblem && { onProblem: request.onProblem }) })
  const { registry, provide } = createRegistry(request.taken)
  const checked = await checkPlugins(request)
  for (const classifier of request.classifiers) hooks.tap(`classifier:${classifier.name}`, 'classifyFailure', (event, { because }) => classifier.classify(event, because))
  const runLimited = createLimitedRunner(runtime)
  for (const { plugin, options } of checked) {
    let open = true
    const api = apiFor(plugin.name, request.api, hooks, (provided) => {
      if (!open) throw applyFailedError(plugin.name, 'api.provide was called after apply had ended', undefined)
      provide(plugin.name, api, provided)
    })
    const outcome = await runLimited({ run: () => plugin.apply(api, options), timeoutMs: applyLimitMs })
    open = false
    switch (outcome.type) {
      case 'returned': break
      // An error of ours that names the plugin says it better than any wrapping.
      case 'threw': throw outcome.error instanceof UserError && outcome.error.plugin === plugin.name ? outcome.error : applyFailedError(plugin.name, textOf(outcome.error), outcome.error)
      case 'timed-out': throw applyFailedError(plugin.name, `apply did not end within ${applyLimitMs / 1000} s`, undefined)
      case 'cancelled': throw new Error('nothing cancels the loading of plugins')
      default: unreachable(outcome)
    }
  }
  hooks.seal([...request.classifiers.map((classifier) => `classifier:${classifier.name}`), ...checked.map(({ plugin }) => plugin.name), ...(request.absent ?? [])])
  return { hooks, provided: registry }
}

/** Everything that can be said before any plugin has run, all at once. */
async function checkPlugins({ plugins, origin }: PluginsToLoad): Promise<{ plugin: PluginInstance; options: unknown }[]> {
  const errors: UserError[] = []
  const checked: { plugin: PluginInstance; options: unknown }[] = []
  const places = new Map<string, string>()
  for (const [index, plugin] of plugins.entries()) {
    const given: unknown = plugin
    const place = origin?.(index) ?? `number ${index + 1} of the plugins`
    if (!isPlugin(given)) {
      errors.push(pluginInvalidError(show(given), place))
      continue
    }
    const other = places.get(given.name)
    if (other !== undefined) errors.push(duplicatePluginError(given.name, other, place))
    places.set(given.name, place)
    if (given.apiVersion !== pluginApiVersion) {
      errors.push(pluginApiVersionError(given.name, show(given.apiVersion), pluginApiVersion))
      continue
    }
    const options = await checkOptions(given)
    if (options.type === 'invalid') errors.push(options.error)
    else checked.push({ plugin: given, options: options.value })
  }
  if (errors.length > 1) throw new UserErrors(errors)
  if (errors[0]) throw errors[0]
  return checked
}

/** Names that stand in errors, in `before` and as the classifier of a failure: without the signs that mean something there. */
const pluginName = /^[\p{L}\p{N}@][\p{L}\p{N}@/._-]*$/u

function isPlugin(value: unknown): value is PluginInstance {
  if (typeof value !== 'object' || value === null) return false
  const { type, name, apply } = value as Partial<PluginInstance>
  return type === 'plugin' && typeof name === 'string' && pluginName.test(name) && name !== 'built-in' && typeof apply === 'function'
}

async function checkOptions(plugin: PluginInstance): Promise<{ type: 'valid'; value: unknown } | { type: 'invalid'; error: UserError }> {
  const { name, options, schema } = plugin
  if (!schema) return options === undefined ? { type: 'valid', value: undefined } : { type: 'invalid', error: optionsNotTakenError(name, show(options)) }
  try {
    // Options that were left out count as nothing, or where the schema does not take that, as an empty object.
    const nothing = options === undefined ? await schema.safeParseAsync(undefined) : undefined
    const result = nothing?.success ? nothing : await schema.safeParseAsync(options ?? {})
    if (result.success) return { type: 'valid', value: result.data }
    return { type: 'invalid', error: optionsInvalidError(name, show(options), issuesOf(result.error), result.error) }
  } catch (error) {
    return { type: 'invalid', error: optionsInvalidError(name, show(options), `the schema of its options threw: ${textOf(error)}`, error) }
  }
}

/** Where there is no project, nothing failed. */
const nowhere: PluginApi['buckets'] = {
  enable: () => undefined,
  report: async () => ({ on: false, buckets: [], runs: [], failures: 0 }),
  close: async ({ fingerprint }) => { throw fingerprintUnknownError(fingerprint, [], []) },
  park: async ({ fingerprint }) => { throw fingerprintUnknownError(fingerprint, [], []) },
}

function apiFor(plugin: string, shared: PluginsToLoad['api'], hooks: Hooks, provide: PluginApi['provide']): PluginApi {
  const own = Object.fromEntries(hookNames.map((hook) => [hook, { tap: (handler: never, options?: never) => hooks.tap(plugin, hook, handler, options) }]))
  const says = (write: (message: string) => void) => (message: string) => write(`${plugin}: ${typeof message === 'string' ? message : show(message)}`)
  return {
    buckets: nowhere,
    ...shared,
    exec: (request) => {
      hooks.noteCommand()
      return shared.exec(request)
    },
    log: { info: says((message) => shared.log.info(message)), warn: says((message) => shared.log.warn(message)) },
    hooks: new Proxy(own, {
      get(target, property, receiver) {
        // `then` and `toJSON` are asked for by the language and by printing, not by the plugin.
        if (typeof property !== 'string' || property in target || property === 'then' || property === 'toJSON') return Reflect.get(target, property, receiver)
        throw unknownHookError(plugin, property, nearest(property, hookNames), hookNames)
      },
    }) as unknown as PluginApi['hooks'] & Record<HookName, unknown>,
    provide,
  }
}
