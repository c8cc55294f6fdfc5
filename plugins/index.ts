import type { PluginInstance } from '../core/index.ts'
import { scopeStubs } from './scope-stubs/index.ts'

export { scopeStubs } from './scope-stubs/index.ts'

/** On in every project, in this order; `without(name)` in `plugins` removes one. */
export const defaultPlugins: readonly PluginInstance[] = [scopeStubs()]
