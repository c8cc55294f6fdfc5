import { failureSchema, type Failure, type FailureInput } from '../model/failure.ts'
import { classifyBuiltIn, causesOf, type FailureContext } from '../failure/index.ts'
import { readWindow } from '../checks/index.ts'
import type { Attempt } from './attempt.ts'
import { completeClassification } from './complete-classification.ts'
import type { PlannedCheck } from './checks.ts'
import type { Classified } from './ending.ts'
import type { Roots } from './paths.ts'

/** How much of an output's beginning and of its end goes to the classifiers and on record, in bytes each. */
const outputWindow = 64 * 1024

/** What the caller knows of an attempt, so that none of it survives into a fingerprint. */
export function failureContext(attempt: Attempt, roots: Roots): FailureContext {
  const { engine, claim } = attempt
  return {
    workspace: roots.repositoryRoot, projectRoot: roots.projectRoot, home: engine.runtime.home, temporaryDir: engine.runtime.temporaryDir,
    run: claim.run.id, phase: claim.phase.id, attempt: claim.number, attemptDir: attempt.paths.dir,
  }
}

/** Where a check says which causes are new, those that it had before are not what it fails for. */
function newCauses(causes: Failure['causes'], { problems }: Failure): Failure['causes'] {
  const named = new Set(problems.filter((problem) => problem.code === 'new-cause').map((problem) => problem.message))
  const found = causes.filter((cause) => named.has(cause.title))
  return found.length > 0 ? found : causes
}

/**
 * Asks the classifiers, the project's first, then the built-in one. What a classifier leaves open (fingerprint, title, blame, action) the built-in
 * answer fills in; a class of the classifier's own is fingerprinted under that class.
 */
export async function classify(attempt: Attempt, input: FailureInput, roots: Roots, checks: readonly PlannedCheck[]): Promise<Classified> {
  const { engine, claim } = attempt
  const context = failureContext(attempt, roots)
  // The tail is for the eye: the cause of a long output may stand at its beginning.
  const output = input.logPath === undefined ? '' : await readWindow(input.logPath, 0, outputWindow)
  const failure = failureSchema.parse(output.trim() === '' ? input : { ...input, output })
  if (failure.causes.length === 0 && failure.output) failure.causes = newCauses(causesOf(failure.output, context), failure)
  const outcome = await engine.hooks.call(
    'classifyFailure',
    {
      run: claim.run.id, phase: claim.phase.spec, attempt: claim.number, attemptId: claim.attemptId, failure, ...roots,
      checks: checks.map((check) => ({ name: check.spec.name, argv: check.argv })),
    },
    // A failure is classified even while a stop is under way: it belongs on record.
    {},
  )
  for (const problem of outcome.recorded) attempt.warnings.push(problem.message)
  if (outcome.type !== 'answered') return { failure, classification: classifyBuiltIn(failure, context) }
  return { failure, classification: completeClassification(failure, outcome.result, outcome.by, context) }
}
