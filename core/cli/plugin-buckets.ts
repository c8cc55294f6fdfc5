import { nothingImportedError } from '../errors.ts'
import type { PluginBuckets } from '../model/bucket-report.ts'
import type { PluginRegistry } from '../pipeline/provided.ts'
import type { BucketsContext } from '../project/buckets.ts'
import { withStore } from './project.ts'
import type { LoadedProject } from './project.ts'

/** `api.buckets`: opens the store for a call. `switched` is what plugins switch on. */
export function pluginBuckets(project: LoadedProject, switched: { on: boolean }, provided: () => Pick<PluginRegistry, 'builders'>): PluginBuckets {
  const using = <Value>(use: (context: BucketsContext) => Promise<Value>) => withStore(project, (store) => use({ ...project, store, provisions: { builders: provided().builders } }))
  const decide = (type: 'close' | 'park'): PluginBuckets['close'] => async (request) => {
    const { decideBucket } = await import('../project/buckets.ts')
    const decided = await using((context) => decideBucket(context, type, request))
    if (!decided) throw nothingImportedError()
    return decided
  }
  return {
    enable() { switched.on = true },
    async report(filter) {
      const { reportBuckets } = await import('../project/buckets.ts')
      return (await using((context) => reportBuckets(context, filter))) ?? { on: switched.on, buckets: [], runs: [], failures: 0 }
    },
    close: decide('close'),
    park: decide('park'),
  }
}
