// On the path of every config file: imports nothing at run time but the classifier.
import type { z } from 'zod'
import type { PluginApi, PluginInstance, WithoutPlugin } from '../model/plugin.ts'
import type { ConfigInput, PresetInstance } from './input.ts'

export { defineClassifier } from './classifier.ts'

/** Types the config of `autopack.config.ts` and returns it as it is. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}

/**
 * Makes a preset: a function that takes the preset's options and returns what stands in `presets`.
 *
 * ```ts
 * export const hurried = definePreset('hurried', (options: { minutes?: number } = {}) => ({
 *   drain: { maxTotalMinutes: options.minutes ?? 20 },
 * }))
 * ```
 */
export function definePreset<Options extends readonly unknown[]>(
  name: string,
  config: (...options: Options) => ConfigInput,
): ((...options: Options) => PresetInstance) & { readonly presetName: string } {
  return Object.assign((...options: Options): PresetInstance => ({ type: 'preset', name, config: config(...options) }), { presetName: name })
}

/** Options may be left out where the schema takes nothing, or an object without a required key. */
type OptionsArguments<Schema extends z.ZodType> = undefined extends z.input<Schema>
  ? [options?: z.input<Schema>]
  : {} extends z.input<Schema>
    ? [options?: z.input<Schema>]
    : [options: z.input<Schema>]

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
