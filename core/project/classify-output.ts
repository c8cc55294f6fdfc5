import { fingerprintOf, locateCauses, readOutput, type FailureContext } from '../failure/index.ts'
import { failureSchema, type Cause, type Classification } from '../model/failure.ts'
import { phaseSpecSchema } from '../model/plan.ts'
import { askClassifiers } from '../pipeline/ask-classifiers.ts'
import { unreachable } from '../model/unreachable.ts'
import type { Hooks, TapEnd } from '../pipeline/facade.ts'

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

/** What stands for the attempt where a failure belongs to none. */
export const noPhase = { run: 'none', phase: phaseSpecSchema.parse({ id: 'none', goal: 'none' }), attempt: 1, attemptId: 'none' } as const

/** Classifies what a command printed, whoever ran it: as a failure of a check would be. */
export async function classifyOutput({ text, exitCode, command, hooks, context }: OutputToClassify): Promise<OutputClassification> {
  const located = locateCauses(readOutput(text, context), context)
  const failure = failureSchema.parse({
    stage: 'delta', message: '', output: text, causes: located.map(({ cause }) => cause),
    ...(exitCode !== undefined && { exitCode }), ...(command && { command: [...command] }),
  })
  const place = context.projectRoot ?? '.'
  const asked: Asked[] = []
  const note = (name: string, how: TapEnd) => void asked.push(askedOf(name, how))
  const { classification, by } = await askClassifiers(hooks, {
    ...noPhase, failure, projectRoot: place, repositoryRoot: context.workspace ?? place, checks: [],
  }, context, { onTapEnded: note })
  for (const one of asked) if (one.answer === 'answered') one.reason = `class ${classification.class}`
  // They were called in the order of their names here.
  for (const name of (hooks?.taps('classifyFailure') ?? []).slice(asked.length)) asked.push({ name, answer: 'not-asked', reason: 'an earlier one had answered' })
  const builtIn = located[0]
  asked.push(by === undefined
    ? { name: 'built-in', answer: 'answered', reason: builtIn ? `${builtIn.extractor} read ${located.length === 1 ? 'one cause' : `${located.length} causes`}` : 'nothing was extracted' }
    : { name: 'built-in', answer: 'not-asked', reason: 'a classifier had answered' })
  return { classification, causes: located.map((one) => ({ ...one, fingerprint: one.fingerprint || fingerprintOf(one.cause) })), asked }
}

function askedOf(name: string, how: TapEnd): Asked {
  switch (how.type) {
    case 'answered': return { name, answer: 'answered', reason: '' }
    case 'passed': return { name, answer: 'passed', reason: how.reason ?? 'passed on' }
    case 'failed': return { name, answer: 'failed', reason: how.problem.message }
    default: return unreachable(how)
  }
}
