import { findByRules, findLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { loadFailure, testFailure } from './test-failures.ts'

const startRules: readonly Rule[] = [
  { pattern: /^\s*✘ (?:Couldn[’']t find any files to test|No tests found in (\S+?)(?:,.*)?)$/, cause: ([, file]) => ({ class: 'collection_error', file, title: file === undefined ? 'AVA finds no tests' : `AVA finds no tests in ${file}`, key: ['no tests', file] }) },
  {
    pattern: /^\s*✘ Based on your configuration, .* did not match the filters:$/,
    cause(_, { lines, index }) {
      const filter = lines[findLine(lines, /^\s*\* /, index, 4)]?.trim().slice(2)
      return { class: 'collection_error', title: `AVA finds no tests that match ${filter}`, key: ['no match', filter] }
    },
  },
  { pattern: /^\s*✘ Timed out while running tests/, cause: () => ({ class: 'timeout', title: 'The tests timed out', key: ['timed out'], role: 'effect' }) },
]

const failed = /^\s*✘ \[fail\]: (.+?)(?: (Error thrown in test|Rejected promise returned by test|Test finished without running any assertions))?$/
const uncaught = /^\s*(?:✘ )?(Uncaught exception|Unhandled rejection) in (\S+)$/
const place = /^ {2}([^\s:]\S*\.[cm]?[jt]sx?):(\d+)$/

/** AVA: a list of marks, then each failure again by its name, with place, code and difference. */
export const ava: Extractor = {
  tool: 'ava',
  signs: [/^\s*✘ \[fail\]: /m, /^\s*✘ (?:Couldn[’']t find any files|Based on your configuration|No tests found in|Timed out while running)/m, /^\s*(?:✘ )?Uncaught exception in /m],
  extract({ lines }) {
    const finds: Found[] = findByRules(lines, startRules)
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      const line = lines[index]!
      const name = line.includes('✘ [fail]') ? failed.exec(line)?.[1] : undefined
      const crashed = uncaught.exec(line)
      if (name !== undefined) finds.push(failureOf(name, lines, index))
      else if (crashed) finds.push(crashOf(crashed[2]!, lines, index))
    }
    return finds
  },
}

/** The details stand below a line that is the name alone, after the list of marks. */
function failureOf(name: string, lines: readonly string[], mark: number): Found {
  const at = lines.findIndex((line, index) => index > mark && line === `  ${name}`)
  if (at === -1) return testFailure({ path: [name], message: [], at: mark, span: [mark, mark] })
  const where = findLine(lines, place, at + 1, 5)
  const file = where === -1 ? undefined : place.exec(lines[where]!)![1]
  const end = endOf(lines, at)
  const message = lines.slice((where === -1 ? at : where) + 1, end + 1).filter((line) => !/^ {2,}[ >]?\s*\d+: /.test(line) && !/^\s*(?:›|at) /.test(line) && !/^ {2}(?:Difference|Value|Values?) .*:$/.test(line))
  return testFailure({ file, path: name.split(' › '), message, at, span: [at, end] })
}

function crashOf(file: string, lines: readonly string[], at: number): Found {
  const error = findLine(lines, /^\s*(?:\w*Error(?: \[\w+\])?: .+|message: ')/, at + 1, 20)
  const end = endOf(lines, at)
  const message = error === -1 || error > end + 20 ? [] : [lines[error]!.trim().replace(/^message: '(.*)',?$/, '$1')]
  return loadFailure(file, message, [], { at, span: [at, Math.max(end, error)] })
}

function endOf(lines: readonly string[], from: number): number {
  const next = findLine(lines, /^ {2}(?:─|\d+ (?:tests?|uncaught|unhandled|known) )|^\s*✘ |^\s*Uncaught exception in /, from + 1, 120)
  return next === -1 ? Math.min(lines.length - 1, from + 40) : next - 1
}
