import { causesOf, classifyBuiltIn, type FailureContext } from '../failure/index.ts'
import type { Classification, Failure } from '../model/failure.ts'
import { phaseSpecSchema } from '../model/plan.ts'
import { completeClassification } from '../pipeline/complete-classification.ts'
import type { Hooks } from '../pipeline/facade.ts'
import type { AttemptRecord } from '../store/store.ts'

/** A stored failure, classified as it would be today: causes are read anew, and the project's classifiers are asked. */
export async function reclassify(attempt: AttemptRecord & { failure: Failure }, known: { hooks?: Hooks; context: FailureContext }): Promise<Classification> {
  const workspace = attempt.worktree
  const context: FailureContext = { ...known.context, ...(workspace !== undefined && { workspace, projectRoot: workspace }), run: attempt.run, phase: attempt.phase, attempt: attempt.number }
  const failure: Failure = { ...attempt.failure, causes: attempt.failure.output ? causesOf(attempt.failure.output, context) : attempt.failure.causes }
  const place = context.projectRoot ?? '.'
  const outcome = await known.hooks?.call('classifyFailure', {
    run: attempt.run, phase: phaseSpecSchema.parse({ id: attempt.phase, goal: attempt.phase }), attempt: attempt.number, attemptId: attempt.id, failure, projectRoot: place, repositoryRoot: place, checks: [],
  })
  return outcome?.type === 'answered' ? completeClassification(failure, outcome.result, outcome.by, context) : classifyBuiltIn(failure, context)
}
