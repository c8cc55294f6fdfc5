// On the path of every config file: imports nothing at run time but the classifier.
import type { z } from 'zod'
import type { PluginApi, PluginInstance, WithoutPlugin } from '../model/plugin.ts'
import type { ConfigInput, PresetInstance } from './input.ts'

export { defineClassifier } from './classifier.ts'

/** Types the config of `autopack.config.ts` and returns it as it is. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}

/** Options may be left out where the schema takes nothing, or an object without a required key. */
type OptionsArguments<Schema extends z.ZodType> = undefined extends z.input<Schema>
  ? [options?: z.input<Schema>]
  : {} extends z.input<Schema>
    ? [options?: z.input<Schema>]
    : [options: z.input<Schema>]

export interface PresetDefinition<Schema extends z.ZodType> {
  /** What errors and `autopack config` call it. */
  name: string
  /** Checks the options when the config is loaded: synchronous. */
  options: Schema
  /** What the preset says with these options. */
  config(options: z.output<Schema>): ConfigInput
}

/**
 * Makes a preset: a function that takes the preset's options and returns what stands in `presets`. Its options are checked when the config is
 * loaded; without a schema it takes none.
 *
 * ```ts
 * export const hurried = definePreset({
 *   name: 'hurried',
 *   options: z.strictObject({ minutes: z.number().positive().default(20) }),
 *   config: ({ minutes }) => ({ drain: { maxTotalMinutes: minutes } }),
 * })
 * ```
 *
 * In short, with the types of TypeScript alone: `definePreset('hurried', (minutes = 20) => ({ drain: { maxTotalMinutes: minutes } }))`.
 */
export function definePreset<Schema extends z.ZodType>(definition: PresetDefinition<Schema>): ((...options: OptionsArguments<Schema>) => PresetInstance) & { readonly presetName: string }
export function definePreset(definition: { name: string; options?: undefined; config(): ConfigInput }): (() => PresetInstance) & { readonly presetName: string }
export function definePreset<Options extends readonly unknown[]>(name: string, config: (...options: Options) => ConfigInput): ((...options: Options) => PresetInstance) & { readonly presetName: string }
export function definePreset(
  given: string | { name: string; options?: z.ZodType | undefined; config(options?: unknown): ConfigInput },
  make?: (...options: unknown[]) => ConfigInput,
): ((...options: unknown[]) => PresetInstance) & { readonly presetName: string } {
  if (typeof given === 'string') return Object.assign((...options: unknown[]): PresetInstance => ({ type: 'preset', name: given, config: make!(...options) }), { presetName: given })
  const { name, options: schema } = given
  const configOf = (options: unknown): ConfigInput => {
    if (!schema) return given.config()
    const left = options === undefined ? schema.safeParse(undefined) : undefined
    const checked = left?.success ? left : schema.safeParse(options ?? {})
    return checked.success ? given.config(checked.data) : {}
  }
  const instance = (options?: unknown): PresetInstance => ({ type: 'preset', name, config: configOf(options), schema: schema ?? null, ...(options !== undefined && { options }) })
  return Object.assign(instance, { presetName: name })
}

export interface PluginDefinition<Schema extends z.ZodType> {
  /** Unique; what `without()`, errors and logs call it. */
  name: string
  /** The version of the plugin API that it is written for. */
  apiVersion: 1
  /** Checks the options when the config is loaded. */
  options: Schema
  /** Taps hooks and provides things; called once per command. */
  apply(api: PluginApi, options: z.output<Schema>): void | Promise<void>
}

/** Makes a plugin: a function that takes the plugin's options and returns what stands in `plugins`. Its options are checked when the config is loaded. */
export function definePlugin<Schema extends z.ZodType>(
  definition: PluginDefinition<Schema>,
): ((...options: OptionsArguments<Schema>) => PluginInstance) & { readonly pluginName: string }
export function definePlugin(definition: {
  name: string
  apiVersion: 1
  options?: undefined
  apply(api: PluginApi): void | Promise<void>
}): (() => PluginInstance) & { readonly pluginName: string }
export function definePlugin(definition: {
  name: string
  apiVersion: number
  options?: z.ZodType | undefined
  apply(api: PluginApi, options?: unknown): void | Promise<void>
}): ((options?: unknown) => PluginInstance) & { readonly pluginName: string } {
  const { name, apiVersion, options: schema, apply } = definition
  const instance = (options?: unknown): PluginInstance => ({
    type: 'plugin', name, apiVersion, apply, ...(options !== undefined && { options }), ...(schema && { schema }),
  })
  return Object.assign(instance, { pluginName: name })
}

/** Removes a plugin that is on by default, or that a preset brought: `plugins: [without('scopeStubs')]`. */
export function without(name: string): WithoutPlugin {
  return { type: 'without', name }
}
