import { classifyBuiltIn, fingerprintOf, locateCauses, readOutput, type FailureContext } from '../failure/index.ts'
import { failureSchema, type Cause, type Classification } from '../model/failure.ts'
import { phaseSpecSchema } from '../model/plan.ts'
import { completeClassification } from '../pipeline/complete-classification.ts'
import type { Hooks } from '../pipeline/facade.ts'

/** How each classifier took a failure, in the order in which they were asked. */
export interface Asked {
  name: string
  answer: 'answered' | 'passed' | 'failed' | 'not-asked'
  reason: string
}

export interface OutputClassification {
  classification: Classification
  /** Every cause that was read, root first, with its place: indices of lines of the text. */
  causes: { cause: Cause; fingerprint: string; lines: readonly number[]; extractor: string }[]
  asked: Asked[]
}

export interface OutputToClassify {
  text: string
  exitCode?: number
  command?: readonly string[]
  /** The project's classifiers and plugins; without them the built-in classifier answers alone. */
  hooks?: Hooks
  context: FailureContext
}

/** Classifies what a command printed, whoever ran it: as a failure of a check would be. */
export async function classifyOutput({ text, exitCode, command, hooks, context }: OutputToClassify): Promise<OutputClassification> {
  const located = locateCauses(readOutput(text, context), context)
  const failure = failureSchema.parse({
    stage: 'checks', message: '', output: text, causes: located.map(({ cause }) => cause),
    ...(exitCode !== undefined && { exitCode }), ...(command && { command: [...command] }),
  })
  const names = hooks?.taps('classifyFailure') ?? []
  const place = context.projectRoot ?? '.'
  const outcome = await hooks?.call('classifyFailure', {
    run: 'none', phase: phaseSpecSchema.parse({ id: 'none', goal: 'none' }), attempt: 1, attemptId: 'none', failure, projectRoot: place, repositoryRoot: context.workspace ?? place, checks: [],
  })
  const answered = outcome?.type === 'answered' ? outcome.by : undefined
  const classification = outcome?.type === 'answered' ? completeClassification(failure, outcome.result, outcome.by, context) : classifyBuiltIn(failure, context)
  const asked: Asked[] = []
  for (const name of names) {
    const failed = outcome?.recorded.find((problem) => problem.message.includes(name.replace(/^classifier:/, '')))
    if (asked.some((one) => one.answer === 'answered')) asked.push({ name, answer: 'not-asked', reason: 'an earlier one had answered' })
    else if (name === answered) asked.push({ name, answer: 'answered', reason: `class ${classification.class}` })
    else if (failed) asked.push({ name, answer: 'failed', reason: failed.message })
    else asked.push({ name, answer: 'passed', reason: 'it does not match' })
  }
  const builtIn = located[0]
  asked.push(answered === undefined
    ? { name: 'built-in', answer: 'answered', reason: builtIn ? `${builtIn.extractor} read ${located.length === 1 ? 'one cause' : `${located.length} causes`}` : 'nothing was extracted' }
    : { name: 'built-in', answer: 'not-asked', reason: 'a classifier had answered' })
  return { classification, causes: located.map((one) => ({ ...one, fingerprint: one.fingerprint || fingerprintOf(one.cause) })), asked }
}
