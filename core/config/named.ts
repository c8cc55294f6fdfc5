import { type UserError, duplicateNameError, unknownNameError } from '../errors.ts'
import type { CheckSpec } from '../model/plan.ts'
import type { PluginInstance, WithoutPlugin } from '../model/plugin.ts'
import { nearest } from '../nearest.ts'
import { formatPath } from './locate.ts'
import type { Sourced } from './merge.ts'
import { joined } from './validate.ts'

/** A plugin with its layer, or without one where it is on by default. */
type Placed<Value> = { value: Value } & Partial<Omit<Sourced, 'value'>>

/**
 * Applies the plugins of all layers in order to those that are on by default. A plugin of the same definition in a later layer replaces
 * the earlier one where it stands, so that options can be given to a default; two of one name are an error else. `without` removes.
 */
export function resolvePlugins(builtIns: readonly PluginInstance[], entries: readonly Sourced[]): Placed<PluginInstance>[] {
  const plugins: Placed<PluginInstance>[] = builtIns.map((value) => ({ value }))
  const errors: UserError[] = []
  for (const entry of entries as readonly Sourced<PluginInstance | WithoutPlugin>[]) {
    const plugin = entry.value
    const at = plugins.findIndex((other) => other.value.name === plugin.name)
    const place = entry.layer.place(entry.path)
    if (plugin.type === 'without') {
      const names = plugins.map((other) => other.value.name)
      if (at < 0) errors.push(unknownNameError(formatPath(entry.path), 'plugin', plugin.name, nearest(plugin.name, names), names, place))
      else plugins.splice(at, 1)
      continue
    }
    const earlier = plugins[at]
    if (!earlier) plugins.push(entry as Sourced<PluginInstance>)
    else if (earlier.layer !== entry.layer && earlier.value.apply === plugin.apply) plugins[at] = entry as Sourced<PluginInstance>
    else {
      const first = earlier.layer && earlier.path ? earlier.layer.place(earlier.path) : { file: 'the plugins that are on by default' }
      const fix = `take one of them away, or write without(${JSON.stringify(plugin.name)}) before the second`
      errors.push(duplicateNameError(formatPath(entry.path), 'plugin', plugin.name, first, place, fix))
    }
  }
  if (errors.length > 0) throw joined(errors)
  return plugins
}

/** Checks of all layers: a later layer's check replaces the earlier one of its name where it stands; two of one name in one layer are an error. */
export function resolveChecks(entries: readonly Sourced[]): Sourced<CheckSpec>[] {
  const checks: Sourced<CheckSpec>[] = []
  for (const entry of entries as readonly Sourced<CheckSpec>[]) {
    const at = checks.findIndex((other) => other.value.name === entry.value.name)
    const earlier = checks[at]
    if (!earlier) checks.push(entry)
    else if (earlier.layer !== entry.layer) checks[at] = entry
    else {
      const [first, place] = [earlier.layer.place(earlier.path), entry.layer.place([...entry.path, 'name'])]
      throw duplicateNameError(formatPath(entry.path), 'check', entry.value.name, first, place, 'give each check a name of its own')
    }
  }
  return checks
}
