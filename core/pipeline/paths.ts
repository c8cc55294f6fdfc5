import { pathAnswerLeavesError } from '../errors.ts'
import { deliverablePaths, type PhaseSpec } from '../model/plan.ts'
import type { PathAnswer, PathPurpose } from '../model/plugin.ts'
import type { PathResolver } from '../workspace/index.ts'
import type { Engine } from './engine.ts'
import { fail, next, type Step } from './ending.ts'
import { UserError } from '../errors.ts'

/** Where the worktree lies, absolute. */
export interface Roots { projectRoot: string; repositoryRoot: string }

export type Resolve = (raw: string, purpose: PathPurpose) => Promise<PathAnswer>

/** The one way from a path in a plan to a path in the repository: the taps of `resolvePath` first, then the core's resolver; containment is checked on every answer. */
export function createResolve(engine: Engine, resolver: PathResolver, roots: Roots, signal: AbortSignal): Resolve {
  return async (raw, purpose) => {
    const outcome = await engine.hooks.call('resolvePath', { raw, purpose, ...roots }, { signal })
    if (outcome.type === 'failed') throw outcome.error
    // A cancelled call changes nothing: the attempt ends at its next step.
    if (outcome.type !== 'answered') return { relative: await resolver.resolve(raw) }
    const problem = await resolver.containmentProblem(outcome.result.relative)
    if (problem) throw pathAnswerLeavesError(outcome.by, raw, outcome.result.relative, problem)
    return outcome.result
  }
}

export interface ResolvedPaths {
  scope: { write: string[]; readOnly: string[] }
  deliverables: { raw: string; relative: string; category?: string }[]
}

/** Resolves scope and deliverables; a path that cannot be resolved fails the phase before any token is spent. */
export async function resolvePhasePaths(phase: PhaseSpec, resolve: Resolve): Promise<Step<ResolvedPaths>> {
  try {
    const many = async (paths: readonly string[], purpose: PathPurpose) => {
      const resolved: { raw: string; relative: string }[] = []
      for (const raw of paths) resolved.push({ raw, relative: (await resolve(raw, purpose)).relative })
      return resolved
    }
    const categories = Array.isArray(phase.deliverables) ? [] : Object.entries(phase.deliverables).flatMap(([category, paths]) => paths.map(() => category))
    const write = await many(phase.scope.paths, 'scope')
    const readOnly = await many(phase.scope.readOnly, 'context')
    return next({
      scope: { write: write.map((path) => path.relative), readOnly: readOnly.map((path) => path.relative) },
      deliverables: (await many(deliverablePaths(phase), 'deliverable')).map((one, index) => ({ ...one, ...(categories[index] !== undefined && { category: categories[index] }) })),
    })
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return fail({ stage: 'scope', class: error.plugin ? 'plugin_error' : 'config_error', message: error.message, problems: [{ code: error.code, message: error.fix === undefined ? error.message : `${error.message} (${error.fix})` }] }, false)
  }
}
