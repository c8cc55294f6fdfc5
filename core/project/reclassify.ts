import path from 'node:path'
import type { FailureContext } from '../failure/index.ts'
import type { Classification, Failure, Problem } from '../model/failure.ts'
import { phaseSpecSchema } from '../model/plan.ts'
import { askClassifiers, causesOfFailure } from '../pipeline/ask-classifiers.ts'
import type { Hooks } from '../pipeline/facade.ts'
import type { AttemptRecord } from '../store/store.ts'

/** A stored failure, classified as it would be today: causes are read anew, and the project's classifiers are asked. `prefix`: the project root in its repository. `recorded`: classifiers that failed. */
export async function reclassify(attempt: AttemptRecord & { failure: Failure }, known: { hooks?: Hooks; context: FailureContext; prefix?: string }): Promise<{ classification: Classification; recorded: Problem[] }> {
  const workspace = attempt.worktree
  const context: FailureContext = { ...known.context, ...(workspace !== undefined && { workspace, projectRoot: path.join(workspace, known.prefix ?? '') }), run: attempt.run, phase: attempt.phase, attempt: attempt.number }
  const failure: Failure = { ...attempt.failure, causes: attempt.failure.output ? causesOfFailure(attempt.failure, context) : attempt.failure.causes }
  const place = context.projectRoot ?? '.'
  const { classification, recorded } = await askClassifiers(known.hooks, {
    run: attempt.run, phase: phaseSpecSchema.parse({ id: attempt.phase, goal: attempt.phase }), attempt: attempt.number, attemptId: attempt.id, failure, projectRoot: place, repositoryRoot: context.workspace ?? place, checks: [],
  }, context)
  return { classification, recorded }
}
