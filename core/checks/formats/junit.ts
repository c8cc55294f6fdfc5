import type { CollectionError, TestCase, TestStatus } from '../../model/check.ts'
import type { CheckFormat, CheckFormatInput } from '../../model/check-format.ts'
import { readJunit } from './junit-elements.ts'
import type { JunitBrokenSuite, JunitCase } from './junit-elements.ts'
import { collectionError, isLoadError } from './load-error.ts'
import { jvmFile, keepApart, placeFile, pythonFile, shorten, stableName } from './stable.ts'

/** JUnit XML as pytest, Jest, Vitest, Maven Surefire, Gradle, gotestsum, node:test and others write it; one file or many. */
export const junit: CheckFormat = {
  name: 'junit',
  reads: 'report',
  parse(input) {
    const tests: TestCase[] = []
    const collectionErrors: CollectionError[] = []
    for (const file of input.reportFiles) {
      const document = readJunit(file.text)
      if (document.type === 'broken') return { type: 'problem', problem: `the JUnit report ${file.path} cannot be read: ${document.reason}` }
      for (const element of document.cases) {
        const error = asCollectionError(element, input)
        if (error) collectionErrors.push(error)
        else tests.push(asTest(element, file.path, input))
      }
      collectionErrors.push(...document.brokenSuites.map((suite) => brokenSuite(suite, input)))
    }
    return { type: 'report', report: { format: 'junit', hasTests: true, tests: keepApart(tests), collectionErrors } }
  },
}

function asTest(element: JunitCase, reportPath: string, input: CheckFormatInput): TestCase {
  const { id, file } = identify(element, reportPath, input)
  const message = messageOf(element)
  return {
    id,
    name: stableName(element.name, input.projectDir),
    ...(file !== undefined && { file }),
    status: statusOf(element),
    ...(message !== '' && { message }),
    ...(element.seconds !== undefined && { durationMs: Math.round(element.seconds * 1000) }),
  }
}

/** `skipped` wins: tools write an expected failure (node's todo) as both. A flaky test that Surefire saw pass has no failure of its own. */
function statusOf(element: JunitCase): TestStatus {
  const types = element.outcomes.map((outcome) => outcome.type)
  if (types.includes('skipped')) return 'skipped'
  if (types.includes('error')) return 'error'
  return types.includes('failure') ? 'failed' : 'passed'
}

function messageOf(element: JunitCase): string {
  const outcome = element.outcomes.find((each) => each.type !== 'skipped') ?? element.outcomes[0]
  if (!outcome) return ''
  return shorten(outcome.message.trim() || firstWords(outcome.text))
}

/** Lines that stand for nothing which was compared: a heading of a difference, a frame of a stack, code with its number. */
const notCompared = /^(?:\+ actual - expected|\+ expected - actual|at |>? ?\d+ \||\^)/
const mostCompared = 4

/**
 * What a failure says without an attribute for it: the first line, and the values below one that only announces them, as `Expected values to be strictly
 * equal:` and `expect(received).toBe(expected)` do. Without them, tests that have nothing in common would fail with one message.
 */
function firstWords(text: string): string {
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const [first = '', ...others] = lines
  if (!/:$|\bexpect\(/.test(first)) return first
  const end = others.findIndex((line) => /^at \S|\[ERR_ASSERTION\]/.test(line))
  return [first, ...others.slice(0, end === -1 ? undefined : end).filter((line) => !notCompared.test(line)).slice(0, mostCompared)].join(' ')
}

const meaninglessClass = new Set(['', 'test', 'suite', 'undefined'])

/** pytest gets its own node ids, which can be handed back to it; everything else is named by file, class or suites, and name. */
function identify(element: JunitCase, reportPath: string, input: CheckFormatInput): { id: string; file?: string } {
  const name = stableName(element.name, input.projectDir)
  const python = pythonFile(element.className, input)
  if (python) return { id: [python.file, ...python.classes, name].join('::'), file: python.file }
  const file = element.file === '' ? undefined : placeFile(element.file, input)
  const className = stableName(element.className, input.projectDir)
  const classFile = file === undefined && /[/\\.]/.test(className) && input.isFile(placeFile(className, input) ?? '') ? placeFile(className, input) : undefined
  const named = file ?? classFile
  const middle = meaninglessClass.has(className)
    ? element.suites.slice(element.suites.length > 1 || element.className !== '' ? 0 : 1).map((suite) => stableName(suite, input.projectDir))
    : [className]
  const parts = [named, ...middle, name].filter((part): part is string => part !== undefined && part !== '' && part !== 'undefined')
  const id = parts.filter((part, index) => part !== parts[index - 1]).join(' > ')
  const source = named ?? jvmFile(element.className, reportPath, input.isFile)
  return { id, ...(source !== undefined && { file: source }) }
}

/** The ways in which tools write "this file could not be loaded" as if it were a test. */
function asCollectionError(element: JunitCase, input: CheckFormatInput): CollectionError | undefined {
  const bad = element.outcomes.find((outcome) => outcome.type !== 'skipped')
  if (!bad || element.outcomes.some((outcome) => outcome.type === 'skipped')) return undefined
  const text = `${bad.message}\n${bad.text}`
  const fileOfName = () => pythonFile(element.name, input)?.file ?? (element.file === '' ? undefined : placeFile(element.file, input))
  const byPytest = bad.message === 'collection failure' || (element.className === 'pytest' && element.name === 'internal')
  if (byPytest) return collectionError(bad.text, fileOfName(), input.projectDir)
  if (element.className === 'Test suite failed to run') return collectionError(text, placeFile(element.name, input), input.projectDir)
  if (/\[(?:build|setup) failed\]/.test(text)) return collectionError(text, undefined, input.projectDir)
  const name = placeFile(element.name, input)
  const namesItself = name !== undefined && (input.isFile(name) || element.name === element.className)
  return namesItself && isLoadError(text) ? collectionError(text, name, input.projectDir) : undefined
}

function brokenSuite(suite: JunitBrokenSuite, input: CheckFormatInput): CollectionError {
  const path = placeFile(suite.file === '' ? suite.name : suite.file, input)
  const file = path !== undefined && (suite.file !== '' || input.isFile(path)) ? path : undefined
  if (suite.text.trim() !== '') return collectionError(suite.text, file, input.projectDir)
  return { ...(file !== undefined && { file }), message: `the suite ${stableName(suite.name, input.projectDir)} counts errors but names no test` }
}
