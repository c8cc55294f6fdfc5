import type { PluginInstance } from '../core/index.ts'

/** Stands for a plugin and loads it when it is applied: a command that only looks applies none. */
export interface DefaultPlugin extends PluginInstance {
  /** The plugin itself, for who compares it with others. */
  load(): Promise<PluginInstance>
}

function standIn(name: string, load: () => Promise<PluginInstance>): DefaultPlugin {
  return {
    type: 'plugin', name, apiVersion: 1, load,
    async apply(api) {
      const plugin = await load()
      await plugin.apply(api, plugin.schema?.parse(undefined))
    },
  }
}

/** On in every project, in this order; `without(name)` in `plugins` removes one. */
export const defaultPlugins: readonly DefaultPlugin[] = [
  standIn('scopeStubs', async () => (await import('./scope-stubs/index.ts')).scopeStubs()),
  standIn('optionalDependencies', async () => (await import('./optional-dependencies/index.ts')).optionalDependencies()),
  standIn('researchReview', async () => (await import('./research-review/index.ts')).researchReview()),
  standIn('fingerprintBuckets', async () => (await import('./fingerprint-buckets/index.ts')).fingerprintBuckets()),
]
