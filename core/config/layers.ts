import { type SourceLocation, UserError, UserErrors, presetCycleError, presetShapeError } from '../errors.ts'
import type { PresetInstance } from './input.ts'
import { type Locator, type ValuePath, formatPath } from './locate.ts'
import type { Layer } from './merge.ts'
import { isPlainDefinition, plainLayer } from './plain.ts'
import type { ConfigLayer } from './schema.ts'
import { type Places, joined, otherShape, refuseOtherShape, validate } from './validate.ts'
import { checkPluginOptions, checkPresetOptions } from './plugin-options.ts'

/** Checks a config file and what its presets say, and puts them in the order in which they count: presets first, each behind its own presets. */
export async function layersOf(value: unknown, locator: Locator, originFile: string): Promise<{ layers: Layer[]; presets: string[] }> {
  refuseOtherShape('config', value, locator.value([]))
  const presets: string[] = []
  const config = await checkedLayer(value, locator, (path) => originOf(originFile, locator.key(path)), '')
  const layers = [...(await presetLayers(config.value, [], locator, presets)), config]
  return { layers, presets }
}

/** `around`: the presets that bring these, from the outermost on. */
async function presetLayers(value: ConfigLayer, above: ValuePath, locator: Locator, names: string[], around: readonly PresetInstance[] = []): Promise<Layer[]> {
  const layers: Layer[] = []
  for (const [index, preset] of ((value.presets ?? []) as readonly PresetInstance[]).entries()) {
    const at = [...above, 'presets', index]
    // A preset's values have no place in the file but the preset itself.
    const place = locator.value(at)
    const places: Places = { key: () => place, value: () => place }
    checkPresetOptions(preset, within(locator, at))
    const first = around.findIndex((one) => one.config === preset.config)
    if (first !== -1) throw presetCycleError(formatPath(at), [...around.slice(first), preset].map((one) => one.name), place)
    const shape = otherShape(preset.config)
    if (shape) throw presetShapeError(formatPath(at), preset.name, shape.described, place)
    const layer = await checkedLayer(preset.config, places, () => `preset ${preset.name}`, `preset ${preset.name}: `)
    const below = await presetLayers(layer.value, at, locator, names, [...around, preset])
    if (!names.includes(preset.name)) names.push(preset.name)
    layers.push(...below, layer)
  }
  return layers
}

async function checkedLayer(raw: unknown, places: Places, origin: (path: ValuePath) => string, prefix: string): Promise<Layer> {
  const plain = plainLayer(raw)
  const definitions = (plain?.classifiers ?? []).map((one) => one.definition).filter((one) => one !== undefined)
  // With a hundred modules below it: only for what cannot be told without.
  const schemas = plain && definitions.every(isPlainDefinition) ? undefined : await import('./schema.ts')
  const value = plain ?? validate(schemas!.configSchema, raw, places, prefix)
  const errors = [
    ...(value.plugins ?? []).flatMap((plugin, index) =>
      plugin.type === 'plugin' ? errorsIn(() => checkPluginOptions(plugin, within(places, ['plugins', index]), prefix)) : []),
    ...(value.classifiers ?? []).flatMap(({ definition }, index) =>
      definition === undefined || !schemas ? [] : errorsIn(() => validate(schemas.classifierDefinitionSchemaFor(definition), definition, within(places, ['classifiers', index]), `${prefix}classifiers[${index}].`))),
  ]
  if (errors.length > 0) throw joined(errors)
  return { value, raw, place: (path) => places.value(path), origin }
}

/** What a check throws, so that what is wrong with several is told at once. */
function errorsIn(check: () => unknown): readonly UserError[] {
  try {
    check()
    return []
  } catch (error) {
    if (error instanceof UserErrors) return error.errors
    if (error instanceof UserError) return [error]
    throw error
  }
}

function within(places: Places, at: ValuePath): Places {
  return { key: (path) => places.key([...at, ...path]), value: (path) => places.value([...at, ...path]) }
}

/** `autopack.config.ts:12` */
function originOf(file: string, where: SourceLocation): string {
  return where.line === undefined ? file : `${file}:${where.line}`
}
