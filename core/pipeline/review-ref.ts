import type { Claim } from '../store/store.ts'
import type { Engine } from './engine.ts'

/** The full ref that holds the work of a phase that waits for its review. */
export function reviewRef(engine: Pick<Engine, 'config' | 'layout'>, claim: Pick<Claim, 'run' | 'phase'>): string {
  return `refs/autopack/review/${engine.layout.keyFor(engine.config.project)}/${claim.run.key}/${claim.phase.key}`
}
