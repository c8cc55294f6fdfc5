import { findByRules, findLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { framesIn, testFailure, testFileOf } from './test-failures.ts'

const startRules: readonly Rule[] = [
  {
    pattern: /^(?:Warning: Cannot find any files matching pattern|Error: No test files found:?) "?([^"]{0,300})"?/,
    cause: ([, pattern]) => ({ class: 'collection_error', title: `Mocha finds no tests: ${pattern}`, key: ['no tests', pattern] }),
  },
]

const count = /^ {2,}\d+ failing$/
const numbered = /^ {2}\d+\) (\S.*)$/
const stackLine = /^\s+at \S/

/** Mocha's list of failures, after the count of them: titles in steps of indentation, the last with a colon, then the error. */
export const mocha: Extractor = {
  tool: 'mocha',
  signs: [/^ {2,}\d+ failing$/m, 'Error: No test files found', 'Warning: Cannot find any files matching pattern'],
  extract({ lines }) {
    const finds: Found[] = findByRules(lines, startRules)
    for (let start = findLine(lines, count, 0, lines.length); start !== -1; start = findLine(lines, count, start + 1, lines.length)) {
      const echo = treeBefore(lines, start)
      if (echo) finds.push(echo)
      for (let index = start + 1; index < lines.length && finds.length < mostFinds; index++) {
        if (count.test(lines[index]!) || /^\S/.test(lines[index]!) && !/^[-+]?[\w{[('"]/.test(lines[index]!)) break
        if (!numbered.test(lines[index]!)) continue
        const found = failureAt(lines, index)
        if (!found) continue
        finds.push(found)
        index = found.span![1]
      }
    }
    return finds
  },
}

function failureAt(lines: readonly string[], from: number): Found | undefined {
  const path: string[] = []
  let index = from
  for (; index < Math.min(lines.length, from + 15); index++) {
    const title = lines[index]!.trim().replace(/^\d+\) /, '')
    if (title === '') return undefined
    path.push(title.replace(/:$/, ''))
    // A title may end with a colon too: the last is followed by a message that stands further left, or by an empty line.
    const next = lines[index + 1] ?? ''
    if (title.endsWith(':') && (next.trim() === '' || next.length - next.trimStart().length <= lines[index]!.length - lines[index]!.trimStart().length)) break
  }
  // Which test a hook happened to stand before changes with the tests; the hook and its suite do not.
  const names = path.map((title) => title.replace(/^("(?:before|after) (?:all|each)" hook(?:: [^"]{1,200}?)?)(?: (?:for|in) ".*"| in ".*")?$/, '$1'))
  const stack = findLine(lines, stackLine, index + 1, 120)
  const next = findLine(lines, numbered, index + 1, 400)
  const messageEnd = stack !== -1 && (next === -1 || stack < next) ? stack : next === -1 ? Math.min(lines.length, index + 8) : next
  const message: string[] = []
  for (const line of lines.slice(index + 1, messageEnd)) {
    if (/^\s+\+ expected - actual$/.test(line)) break
    message.push(line)
  }
  let end = messageEnd === stack ? stack : messageEnd - 1
  while (messageEnd === stack && stackLine.test(lines[end + 1] ?? '')) end++
  const frames = framesIn(lines, index, end)
  return testFailure({ file: testFileOf(frames), path: names, message, frames, at: from, span: [from, end] })
}

/** While the tests run, each failure is only a number and a name. */
function treeBefore(lines: readonly string[], end: number): Found | undefined {
  let from = end
  while (from > 0 && end - from < 400 && (lines[from - 1] === '' || /^\s/.test(lines[from - 1]!))) from--
  return from === end ? undefined : { class: 'test_failed', title: '', key: [], at: from, span: [from, end], role: 'echo' }
}
