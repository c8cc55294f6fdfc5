import type { PluginInstance } from '../core/index.ts'
import { optionalDependencies } from './optional-dependencies/index.ts'
import { scopeStubs } from './scope-stubs/index.ts'

export { optionalDependencies } from './optional-dependencies/index.ts'
export { scopeStubs } from './scope-stubs/index.ts'

/** On in every project, in this order; `without(name)` in `plugins` removes one. */
export const defaultPlugins: readonly PluginInstance[] = [scopeStubs(), optionalDependencies()]
