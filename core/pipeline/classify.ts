import { failureSchema, type FailureInput } from '../model/failure.ts'
import type { FailureContext } from '../failure/index.ts'
import { readWindow } from '../checks/index.ts'
import { absentProblems } from './absent-files.ts'
import { askClassifiers, causesOfFailure } from './ask-classifiers.ts'
import type { Attempt } from './attempt.ts'
import type { PlannedCheck } from './checks.ts'
import type { Classified } from './ending.ts'
import { phaseCheck } from './environment.ts'
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

/** Reads the causes of a failure and asks the classifiers, the project's first, then the built-in one. */
export async function classify(attempt: Attempt, found: FailureInput, roots: Roots, checks: readonly PlannedCheck[]): Promise<Classified> {
  const { engine, claim } = attempt
  // Before titles and evidence are cut out of it: of half a secret nobody can tell that it is one.
  const input = engine.redactAll(found)
  const context = failureContext(attempt, roots)
  // The tail is for the eye: the cause of a long output may stand at its beginning.
  const output = input.logPath === undefined ? '' : await readWindow(input.logPath, 0, outputWindow)
  const failure = failureSchema.parse(output.trim() === '' ? input : { ...input, output })
  if (failure.causes.length === 0 && failure.output) failure.causes = causesOfFailure(failure, context)
  const known = new Set(failure.problems.map((problem) => problem.path))
  failure.problems.push(...absentProblems(attempt, failure.output, roots).filter((problem) => !known.has(problem.path)))
  // A failure is classified even while a stop is under way: it belongs on record.
  const { classification, recorded } = await askClassifiers(engine.hooks, {
    run: claim.run.id, phase: claim.phase.spec, attempt: claim.number, attemptId: claim.attemptId, failure, ...roots,
    checks: checks.map((check) => phaseCheck(attempt, check, roots)),
  }, context)
  for (const problem of recorded) attempt.warnings.push(problem.message)
  return { failure, classification }
}
