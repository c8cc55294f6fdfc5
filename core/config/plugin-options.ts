import { apiVersionError, invalidValueError } from '../errors.ts'
import type { PluginInstance } from '../model/plugin.ts'
import { type Places, describe, validate } from './validate.ts'

const noPlace: Places = { key: () => ({ file: 'autopack.config' }), value: () => ({ file: 'autopack.config' }) }

/**
 * The options of a plugin as its `apply` takes them: checked by its schema, defaults filled in. Options that were left out count as
 * nothing, or where the schema does not take that, as an empty object. Throws a UserError. `at` is what errors call the plugin.
 */
export function pluginOptions(plugin: PluginInstance, places: Places = noPlace, at = plugin.name): unknown {
  if (plugin.apiVersion !== 1) throw apiVersionError(at, plugin.name, plugin.apiVersion, places.value([]))
  if (!plugin.schema) {
    if (plugin.options === undefined) return undefined
    throw invalidValueError(at, `the plugin ${plugin.name} takes no options, found ${describe(plugin.options)}`, places.value([]))
  }
  if (plugin.options !== undefined) return validate(plugin.schema, plugin.options, places, `${at}: `)
  const nothing = plugin.schema.safeParse(undefined)
  return nothing.success ? nothing.data : validate(plugin.schema, {}, places, `${at}: `)
}
