import { compareText } from '../model/compare-text.ts'
import type { Cause, Classification, Failure, Problem } from '../model/failure.ts'
import { pipelineClasses } from '../model/failure.ts'
import { makeCause } from './cause.ts'
import { blameOf, defaultsOf } from './classes.ts'
import type { FailureContext } from './context.ts'
import { causesOf } from './extract.ts'
import { fingerprintOf, unknownFingerprint } from './fingerprint.ts'
import { parametrise } from './parametrise.ts'

/** A preflight, a builder and a plugin fail by what they printed; all else that the pipeline finds is known without reading an output. */
const readFromOutput = new Set<string>(['preflight_failed', 'builder_error', 'plugin_error'])
const foundByPipeline = new Set<string>(['timeout', ...pipelineClasses.filter((name) => !readFromOutput.has(name))])

/**
 * The answer of the core to `classifyFailure`, after every classifier passed. Pure; never throws. `answered`: the class that a classifier gave; the cause is
 * then that of the failure all the same, for a class of somebody's own is no cause's.
 */
export function classifyBuiltIn(failure: Failure, context: FailureContext = {}, answered?: string): Classification {
  const cause = rootCause(answered === undefined ? failure : { ...failure, class: answered }, context, answered === undefined ? failure.class : undefined)
  const failureClass = answered ?? failure.class ?? cause?.class ?? 'unknown'
  const { title, action } = defaultsOf(failureClass)
  const known = { class: failureClass, blame: blameOf(failureClass, failure.stage, failure.onBase), action, classifier: 'built-in' }
  if (!cause) return { ...known, fingerprint: unknownFingerprint, confidence: 'low', title: failure.message || title, evidence: [] }
  return {
    ...known, fingerprint: fingerprintOf({ ...cause, class: failureClass }), confidence: cause.confidence, title: cause.title || title,
    evidence: cause.evidence, template: cause.template,
  }
}

/** `named`: the class that whoever failed gave it. In the order of how much each says: what the pipeline found, what the report names, what the output names, the first words of the output. */
function rootCause(failure: Failure, context: FailureContext, named: string | undefined): Cause | undefined {
  if (failure.class !== undefined && foundByPipeline.has(failure.class)) return ownCause(failure, failure.class, context)
  const reported = reportedCause(failure, context)
  if (reported) return reported
  const found = failure.causes.length > 0 ? failure.causes : causesOf(failure.output, context)
  // A builder that says what went wrong knows it: a line of its log about something else, a warning say, is not the reason.
  const causes = named === undefined || readFromOutput.has(named) ? found : found.filter((cause) => cause.class === named)
  if (causes[0] && causes[0].confidence !== 'low') return causes[0]
  if (failure.class !== undefined) return ownCause(failure, failure.class, context)
  return causes[0]
}

/** What became of tests that passed on the base, by the code of the problem. */
const lost = new Map([['disappeared-test', 'disappeared'], ['skipped-test', 'is skipped now']])

/** Of a message in a title that also counts others, in characters: the count must not be what is cut off. */
const longestMessage = 150
const shorten = (text: string, length: number) => (text.length > length ? `${text.slice(0, length - 1)}…` : text)

/** What the check's report says failed: files that could not be loaded before tests, and new failures rather than whatever the output shows. */
function reportedCause(failure: Failure, context: FailureContext): Cause | undefined {
  const unloaded = failure.problems.find((problem) => problem.code === 'collection-error' || (problem.code === 'broken-base' && problem.path !== undefined))
  // Of a check without a report the problem was made of a cause, and its message is that cause's title: no tool printed it.
  if (unloaded) return failure.causes.find((cause) => cause.title === unloaded.message && cause.file === unloaded.path) ?? readLoadCause(unloaded, failure, context) ?? loadCause(unloaded, context)
  const byMessage = (left: Problem, right: Problem) => compareText(left.message, right.message)
  const failing = failure.problems.filter((problem) => problem.code === 'failing-test').toSorted(byMessage)
  const first = failing[0] ?? failure.problems.find((problem) => lost.has(problem.code))
  if (!first) return undefined
  const became = lost.get(first.code)
  const alike = failure.problems.filter((problem) => problem.code === first.code).length
  const more = alike > 1 ? ` (and ${alike - 1} more)` : ''
  const [test = '', ...said] = first.message.split(': ')
  return makeCause({
    tool: 'autopack', class: 'test_failed', file: first.path, test,
    title: `${shorten(became === undefined ? first.message : `Test ${first.message} ${became}`, more === '' ? Infinity : longestMessage)}${more}`,
    key: [first.code, sharedMessage(failing, context) ?? [test, ...said.map((part) => parametrise(part, context))].join(': ')],
    evidence: failing.slice(0, 5).map((problem) => problem.message),
    // A test that has the phase's name in its own is no other phase's.
  }, withoutNames(context))
}

/** Many tests that fail with one message have one cause, whichever tests they are. */
function sharedMessage(failing: readonly Problem[], context: FailureContext): string | undefined {
  if (failing.length < 3) return undefined
  const messages = new Set(failing.map((problem) => parametrise(problem.message.split(': ').slice(1).join(': '), context)))
  const [only] = messages
  return messages.size === 1 && only !== '' ? only : undefined
}

/**
 * What the output says of the file that a report says could not be loaded: it tells where that was raised, in a module that many test files import, say, and
 * the report only which of them did. Recognised by showing both the file and the message.
 */
function readLoadCause({ path, message }: Problem, { causes, output }: Failure, context: FailureContext): Cause | undefined {
  if (path === undefined) return undefined
  return (causes.length > 0 ? causes : causesOf(output, context)).find(({ confidence, evidence }) => confidence !== 'low' && evidence.some((line) => line.includes(path)) && evidence.some((line) => line.includes(message)))
}

/** The same cause as the extractors make of the same message in an output, so that one missing module is one bucket. */
function loadCause(problem: Problem, context: FailureContext): Cause {
  // Runners of JavaScript write the message without the word that Node prints before it.
  const byNode = /\.[cm]?[jt]sx?$/.test(problem.path ?? '') ? causesOf(problem.message.startsWith('Error') ? problem.message : `Error: ${problem.message}`, context).find((cause) => cause.confidence === 'high') : undefined
  if (byNode) return byNode
  const where = problem.path === undefined ? '' : `  File "${problem.path}", line 1\n`
  const read = causesOf(`Traceback (most recent call last):\n${where || '  File "?", line 1\n'}${problem.message}`, context).find((cause) => cause.confidence !== 'low')
  if (read) return problem.path === undefined ? withoutPlace(read) : read
  return makeCause({
    tool: 'autopack', class: 'collection_error', file: problem.path, title: `${problem.path ?? 'A test file'} cannot be loaded: ${problem.message}`,
    key: ['load', problem.path, problem.message], evidence: [problem.message],
  }, context)
}

function withoutPlace({ file: _file, line: _line, ...cause }: Cause): Cause {
  return cause
}

/** From the problems by code and path, else from the message. A pipeline's own class without either is still a cause: the class. */
function ownCause(failure: Failure, failureClass: string, context: FailureContext): Cause {
  const problems = failure.problems.map((problem) => `${problem.code} ${problem.path ?? problem.message}`).toSorted()
  const about = failureClass === 'timeout' || failureClass === 'interrupted' || failureClass === 'budget_exhausted'
  return makeCause({
    tool: 'autopack', class: failureClass, title: failure.message || defaultsOf(failureClass).title, file: failure.problems[0]?.path,
    // Of a limit the stage and the check name the cause; how long it was does not. A path of a plan that has the phase's name in it is no other phase's.
    key: about ? [failure.stage, failure.check] : problems.length > 0 ? problems.slice(0, 20) : [failure.check, failure.message],
    evidence: failure.problems.length > 0 ? failure.problems.map((problem) => problem.message) : failure.message === '' ? [] : [failure.message],
    // That a builder ended badly, or changed nothing, says nothing of why: where neither its output nor a problem does, it must not stand for a cause.
    confidence: failureClass === 'builder_no_change' ? 'low' : foundByPipeline.has(failureClass) ? 'high' : problems.length > 0 ? 'medium' : 'low',
  }, problems.length > 0 && failure.problems.every((problem) => problem.path !== undefined) ? withoutNames(context) : context)
}

function withoutNames({ run: _run, phase: _phase, branch: _branch, ...place }: FailureContext): FailureContext {
  return place
}
