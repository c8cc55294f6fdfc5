import type { SourceLocation } from '../errors.ts'
import { type ValuePath, formatPath } from './locate.ts'
import type { ConfigLayer } from './schema.ts'

/** A config before it is merged: a preset, or the config file itself. */
export interface Layer {
  /** What the layer says, checked. */
  value: ConfigLayer
  /** The same as it was written, without the schema's defaults. */
  raw: unknown
  /** Where a value of this layer is written. */
  place(path: ValuePath): SourceLocation
  /** How `autopack config` calls the origin of a value: `autopack.config.ts:12`, `preset strictTriage`. */
  origin(path: ValuePath): string
}

/** A value, the layer that it came from, and where in that layer. */
export interface Sourced<Value = unknown> { value: Value; layer: Layer; path: ValuePath }

/** Lists that append; everything else replaces, except the objects below, which merge key by key. */
const appended = ['plugins', 'classifiers', 'checks', 'protect', 'env.pass'] as const
export type ListName = (typeof appended)[number]
const mergedObjects: readonly string[] = ['', 'workspace', 'env', 'env.set', 'builders', 'prices', 'context', 'prompt', 'drain', 'drain.maxTokens', 'drain.maxCost']

export interface Merged {
  /** By formatted path: `project`, `drain.maxTokens.phase`, `env.set.CI`. Later layers have replaced earlier ones. */
  values: Map<string, Sourced>
  /** In order of the layers. */
  lists: Record<ListName, Sourced[]>
}

/** Merges layers, the last wins. Pure: what is wrong with names (plugins, checks) is for the caller to find. */
export function mergeLayers(layers: readonly Layer[]): Merged {
  const merged: Merged = { values: new Map(), lists: { plugins: [], classifiers: [], checks: [], protect: [], 'env.pass': [] } }
  for (const layer of layers) mergeInto(merged, layer, layer.value, [])
  return merged
}

function mergeInto(merged: Merged, layer: Layer, value: unknown, path: ValuePath): void {
  if (value === undefined) return
  const name = formatPath(path)
  if ((appended as readonly string[]).includes(name)) {
    const items = (value as unknown[]).map((item, index) => ({ value: item, layer, path: [...path, index] }))
    merged.lists[name as ListName].push(...items)
  } else if (mergedObjects.includes(name)) {
    for (const [key, inner] of Object.entries(value as object)) mergeInto(merged, layer, inner, [...path, key])
  } else merged.values.set(name, { value, layer, path })
}

/** The entries of a merged object such as `env.set`, by key. */
export function entriesUnder(merged: Merged, name: string): [string, Sourced][] {
  const depth = name.split('.').length
  return [...merged.values.values()]
    .filter((sourced) => sourced.path.length === depth + 1 && formatPath(sourced.path.slice(0, depth)) === name)
    .map((sourced) => [String(sourced.path.at(-1)), sourced])
}

/** By path in the result; a call where it takes the text of a file to say. */
export type Origins = Map<string, string | (() => string)>

/** Notes the origin of a value and of everything below it, under its path in the result. */
export function noteOrigins(origins: Origins, at: ValuePath, sourced: Sourced | undefined, value: unknown): void {
  if (!sourced) {
    origins.set(formatPath(at), 'default')
    return
  }
  const visit = (inner: unknown, below: ValuePath): void => {
    const from = [...sourced.path, ...below]
    // What only the schema filled in is nobody's choice.
    origins.set(formatPath([...at, ...below]), isWritten(sourced.layer.raw, from) ? () => sourced.layer.origin(from) : 'default')
    if (Array.isArray(inner)) inner.forEach((item, index) => visit(item, [...below, index]))
    else if (isPlain(inner)) for (const [key, item] of Object.entries(inner)) visit(item, [...below, key])
  }
  visit(value, [])
}

function isWritten(raw: unknown, path: ValuePath): boolean {
  return path.reduce<unknown>((value, part) => (value as Record<string | number, unknown> | null | undefined)?.[part], raw) !== undefined
}

/** An object of data, and not a builder, a plugin or a regular expression. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && !('build' in value) && !('apply' in value) && !('classify' in value)
}
