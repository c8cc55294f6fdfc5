import type { CheckReport, CollectionError, TestCase, TestStatus } from '../../model/check.ts'
import type { CheckFormat, CheckFormatInput, CheckFormatResult } from '../../model/check-format.ts'
import { collectionError } from './load-error.ts'
import { keepApart, placeFile, shorten, stableName } from './stable.ts'

const ansi = /\u001b\[[0-9;?]*[A-Za-z]/g
const closing = /^(?:=+ )?((?:\d+ [a-z]+(?: [a-z]+)?(?:, )?)+|no tests ran) in [\d.]+s.*$/
const summary = /^(PASSED|FAILED|ERROR|XFAIL|XPASS|SUBFAILED(?:\([^)]*\))?)\s+(\S.*?)(?: - (.*))?$/
const verbose = /^(\S.*?::.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)(?: \(.*\))?(?:\s+\[\s*\d+%\])?$/
const worker = /^\[gw\d+\](?: \[\s*\d+%\])? (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S.*?::.*?)\s*$/
const heading = /^_{2,} (.+?) _{2,}$/
const severity: readonly TestStatus[] = ['passed', 'skipped', 'failed', 'error']
const statuses: Readonly<Record<string, TestStatus>> = { PASSED: 'passed', FAILED: 'failed', ERROR: 'error', SKIPPED: 'skipped', XFAIL: 'skipped', XPASS: 'passed' }

/** What pytest prints, for projects that cannot write JUnit XML. Tests that pass are known by name under -v or -rA only. */
export const pytest: CheckFormat = {
  name: 'pytest',
  reads: 'output',
  parse(input) {
    const text = input.reportFiles.length > 0 ? input.reportFiles.map((file) => file.text).join('\n') : input.output
    return parseText(text.replace(ansi, '').replaceAll('\r', ''), input)
  },
}

/** A longer line is what a test printed, and would be tried from each of its places. */
const longestLine = 8_192

function parseText(text: string, input: CheckFormatInput): CheckFormatResult {
  const lines = text.split('\n').map((line) => (line.length > longestLine ? '' : line))
  const conftest = /ImportError while loading conftest '([^']+)'/.exec(text)
  if (conftest) {
    const error = collectionError(text.slice(conftest.index + conftest[0].length), placeFile(conftest[1]!, input), input.projectDir)
    return { type: 'report', report: reportOf([], [error]) }
  }
  if (text.includes('INTERNALERROR>')) return { type: 'problem', problem: 'pytest stopped with an internal error' }
  const last = lines.findLast((line) => closing.test(line))
  if (last === undefined) {
    const usage = lines.find((line) => /^ERROR: (?!usage)/.test(line))
    const cut = "the output has no closing line of pytest's: it was cut short"
    return { type: 'problem', problem: usage === undefined ? cut : `pytest refused to start: ${shorten(usage.slice(7))}` }
  }
  const errors = collectionErrorsOf(lines, input)
  const tests = namedTests(lines, input)
  const failed = [...tests.values()].filter((test) => test.status === 'failed' || test.status === 'error').length
  const counts = countsOf(closing.exec(last)![1]!)
  const advice = 'run it with -rfE or write JUnit XML'
  if (failed + errors.length === 0 && counts.failed + counts.errors > 0) {
    return { type: 'problem', problem: `pytest counts ${counts.failed} failed and ${counts.errors} errors, but the output does not name them; ${advice}` }
  }
  if (failed < counts.failed) return { type: 'problem', problem: `pytest counts ${counts.failed} failed tests, but the output names ${failed}; ${advice}` }
  return { type: 'report', report: reportOf([...tests.values()], errors) }
}

function reportOf(tests: TestCase[], collectionErrors: CollectionError[]): CheckReport {
  return { format: 'pytest', hasTests: true, tests: keepApart(tests), collectionErrors }
}

function countsOf(text: string): { failed: number; errors: number } {
  const count = (word: RegExp) => Number(word.exec(text)?.[1] ?? 0)
  return { failed: count(/(\d+) failed/), errors: count(/(\d+) errors?/) }
}

/** By node id; a test that is named more than once (call and teardown) keeps its worst outcome. */
function namedTests(lines: readonly string[], input: CheckFormatInput): Map<string, TestCase> {
  const tests = new Map<string, TestCase>()
  const add = (nodeId: string, status: TestStatus, message?: string) => {
    const [path = '', ...names] = stableName(nodeId, input.projectDir).split('::')
    if (names.length === 0) return
    const file = placeFile(path, input)
    const id = [file ?? path, ...names].join('::')
    const known = tests.get(id)
    if (known && severity.indexOf(known.status) > severity.indexOf(status)) return
    const said = message && status !== 'passed' ? shorten(message) : known?.message
    tests.set(id, { id, name: names.at(-1)!, ...(file !== undefined && { file }), status, ...(said && { message: said }) })
  }
  let inSummary = false
  for (const line of lines) {
    if (/^=+ short test summary info =+$/.test(line)) inSummary = true
    const listed = inSummary ? summary.exec(line) : null
    const spoken = listed ? null : verbose.exec(line)
    const distributed = listed || spoken ? null : worker.exec(line)
    if (listed) add(listed[2]!, listed[1]!.startsWith('SUBFAILED') ? 'failed' : statuses[listed[1]!]!, listed[3])
    else if (spoken && !inSummary) add(spoken[1]!, statuses[spoken[2]!]!)
    else if (distributed) add(distributed[2]!, statuses[distributed[1]!]!)
  }
  return tests
}

/** From the "ERROR collecting" sections, and from summary lines that name a file without a test. */
function collectionErrorsOf(lines: readonly string[], input: CheckFormatInput): CollectionError[] {
  const errors = new Map<string, CollectionError>()
  let inSummary = false
  for (const [index, line] of lines.entries()) {
    if (/^=+ short test summary info =+$/.test(line)) inSummary = true
    const collecting = /^ERROR collecting (.+)$/.exec(heading.exec(line)?.[1] ?? '')
    if (collecting) {
      let end = index + 1
      while (end < lines.length && !heading.test(lines[end]!) && !/^(=|!)+ .* \1+$/.test(lines[end]!)) end++
      const section = lines.slice(index + 1, end).join('\n')
      errors.set(collecting[1]!, collectionError(section, placeFile(collecting[1]!, input), input.projectDir))
      continue
    }
    const listed = inSummary ? /^ERROR ([^\s:]+)(?: - (.*))?$/.exec(line) : null
    if (!listed || errors.has(listed[1]!)) continue
    errors.set(listed[1]!, collectionError(listed[2] ?? 'could not be collected', placeFile(listed[1]!, input), input.projectDir))
  }
  return [...errors.values()]
}
