import { causesOf, classifyBuiltIn, clean, type FailureContext } from '../failure/index.ts'
import type { Cause, Classification, Failure, Problem } from '../model/failure.ts'
import type { ClassifyEvent } from '../model/plugin.ts'
import { completeClassification } from './complete-classification.ts'
import type { CallOptions, Hooks } from './facade.ts'

export interface AskedClassifiers {
  classification: Classification
  /** `classifier:<name>` or the plugin that answered; undefined where all passed and the built-in one did. */
  by: string | undefined
  /** Classifiers that threw, answered nonsense or were cut off: the next one was asked. */
  recorded: Problem[]
}

/**
 * Asks the classifiers, the config's first, then the plugins', then the built-in one. They see the output as a person would: without colours,
 * carriage returns and the stamps of a runner. The failure itself is left as it is.
 */
export async function askClassifiers(hooks: Hooks | undefined, event: ClassifyEvent, context: FailureContext, options: CallOptions = {}): Promise<AskedClassifiers> {
  const { failure } = event
  const outcome = await hooks?.call('classifyFailure', { ...event, failure: { ...failure, output: clean(failure.output) } }, options)
  const recorded = outcome?.recorded ?? []
  if (outcome?.type !== 'answered') return { classification: classifyBuiltIn(failure, context), by: undefined, recorded }
  return { classification: completeClassification(failure, outcome.result, outcome.by, context), by: outcome.by, recorded }
}

/** The causes in the output of a failure, root first. Where a check says which ones are new, those that it had before are not what it fails for. */
export function causesOfFailure({ output, problems }: Pick<Failure, 'output' | 'problems'>, context: FailureContext): Cause[] {
  const causes = causesOf(output, context)
  const named = new Set(problems.filter((problem) => problem.code === 'new-cause').map((problem) => problem.message))
  const found = causes.filter((cause) => named.has(cause.title))
  return found.length > 0 ? found : causes
}
