import { nothingImportedError } from '../errors.ts'
import type { PhaseReviews } from '../model/review.ts'
import type { ProjectParts } from '../project/parts.ts'
import type { Store } from '../store/store.ts'
import { withStore } from './project.ts'
import type { LoadedProject } from './project.ts'

export interface PluginPhasesOptions {
  /** What the plugins made of the project; asked for when one of them decides, which none can before all are loaded. */
  parts(): Pick<ProjectParts, 'exec' | 'hooks' | 'provided'>
  log(level: 'info' | 'warning', message: string): void
  /** Ends what a decision has begun; asked for when one begins. */
  signal(): AbortSignal
}

/** `api.phases`: opens the store, and git, for a call, because most commands of plugins and most hooks never ask. */
export function pluginPhases(project: LoadedProject, options: PluginPhasesOptions): PhaseReviews {
  const using = <Value>(use: (store: Store) => Promise<Value>): Promise<Value | undefined> => withStore(project, use)
  return {
    async decide(request) {
      const [{ decideReview }, { openRepository }] = await Promise.all([import('../project/reviews.ts'), import('../workspace/repository.ts')])
      const outcome = await using(async (store) => {
        const repository = await openRepository({ configDir: project.config.configDir, root: project.config.root, env: project.runtime.env })
        // Of what happens on the way, a person is told what they should know, and the caller how it ends.
        return await decideReview({ ...project, ...options.parts(), repository, store }, request, {
          signal: options.signal(), emit: (event) => { if (event.type === 'notice') options.log(event.level, event.message) },
        })
      })
      if (!outcome) throw nothingImportedError()
      return outcome
    },
    async reviews(filter) {
      const { listReviews } = await import('../project/reviews.ts')
      return (await using((store) => listReviews({ ...project, store }, filter))) ?? []
    },
    async reviewPlace(attempt) {
      const { reviewPlace } = await import('../project/reviews.ts')
      const place = await using((store) => reviewPlace({ ...project, store }, attempt))
      if (!place) throw nothingImportedError()
      return place
    },
  }
}
