import { definePlugin } from '../../core/index.ts'
import { scopeStubKinds } from './kinds.ts'

/**
 * Gives a phase the files that its plan names and the base does not have yet, where a stub is of use: a lock file, a package marker.
 * The core writes them before the build and takes away again what nobody touched. On by default; `without('scopeStubs')` removes it.
 */
export const scopeStubs = definePlugin({
  name: 'scopeStubs',
  apiVersion: 1,
  apply(api) {
    api.provide({ stubKinds: [...scopeStubKinds] })
    api.hooks.beforePhase.tap(async (event) => {
      // As written in the plan: the resolver finds the same place for the stub as for the scope.
      const { scope, deliverables } = event.phase
      for (const raw of new Set([...scope.paths, ...Object.values(deliverables).flat()])) {
        const kind = isPattern(raw) ? undefined : scopeStubKinds.find((one) => one.matches(raw))
        if (kind && !event.exists((await event.resolve(raw, 'stub')).relative)) event.stub({ path: raw, kind: kind.name })
      }
    })
  },
})

/** A pattern says what may be changed, not which file is to be there. */
const isPattern = (path: string) => /[*?{}[\]]/.test(path)
