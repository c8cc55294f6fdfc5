import type { z } from 'zod'
import { UserError, invalidValueError, pluginApiVersionError } from '../errors.ts'
import { pluginApiVersion } from '../model/plugin-api-version.ts'
import type { PluginInstance } from '../model/plugin.ts'
import type { PresetInstance } from './input.ts'
import { type Places, describe, validate } from './validate.ts'

/**
 * Checks the options of a plugin by its schema when the config is loaded, where the place of a mistake is known. Options that were left
 * out count as nothing, or where the schema does not take that, as an empty object. Throws a UserError that names the plugin. `prefix`
 * names the preset that brought it, if one did. A schema that cannot answer at once is left to the pipeline, which checks again when it
 * applies the plugin.
 */
export function checkPluginOptions(plugin: PluginInstance, places: Places, prefix = ''): void {
  const { name, apiVersion, options, schema } = plugin
  const called = `${prefix}plugin ${name}`
  if (apiVersion !== pluginApiVersion) throw pluginApiVersionError(name, describe(apiVersion), pluginApiVersion, places.value([]))
  checkOptions({ name, options, schema: schema ?? null }, places, called)
}

/** The same for the options of a preset, whose schema answers at once. One that has none to be checked by, and is no preset without options, has checked them itself. */
export function checkPresetOptions({ name, options, schema }: PresetInstance, places: Places): void {
  if (schema !== undefined) checkOptions({ name, options, schema }, places, `preset ${name}`)
}

function checkOptions({ name, options, schema }: { name: string; options?: unknown; schema: z.ZodType | null }, places: Places, called: string): void {
  if (schema === null) {
    if (options !== undefined) throw invalidValueError(called, `it takes no options, found ${describe(options)}`, places.value([]), `write ${name}()`)
    return
  }
  try {
    if (options !== undefined || !schema.safeParse(undefined).success) validate(schema, options ?? {}, places, `${called}: `)
  } catch (error) {
    if (error instanceof UserError) throw error
  }
}
