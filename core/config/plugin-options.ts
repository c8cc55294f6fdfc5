import { UserError, apiVersionError, invalidValueError } from '../errors.ts'
import type { PluginInstance } from '../model/plugin.ts'
import { type Places, describe, validate } from './validate.ts'

/**
 * Checks the options of a plugin by its schema when the config is loaded, where the place of a mistake is known. Options that were left
 * out count as nothing, or where the schema does not take that, as an empty object. Throws a UserError. `at` is what errors call the plugin.
 * A schema that cannot answer at once is left to the pipeline, which checks again when it applies the plugin.
 */
export function checkPluginOptions(plugin: PluginInstance, places: Places, at: string): void {
  const { name, apiVersion, options, schema } = plugin
  if (apiVersion !== 1) throw apiVersionError(at, name, apiVersion, places.value([]))
  if (!schema) {
    if (options !== undefined) throw invalidValueError(at, `the plugin ${name} takes no options, found ${describe(options)}`, places.value([]))
    return
  }
  try {
    if (options !== undefined || !schema.safeParse(undefined).success) validate(schema, options ?? {}, places, `${at}: `)
  } catch (error) {
    if (error instanceof UserError) throw error
  }
}
