import { findByRules, findLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { nodeCause } from './node-errors.ts'
import { framesIn, loadFailure, testFailure } from './test-failures.ts'

const startRules: readonly Rule[] = [
  {
    pattern: /^No tests found, exiting with code 1$/,
    cause(_, { lines, index }) {
      const at = findLine(lines, /^Pattern: /, index, 15)
      const pattern = at === -1 ? undefined : /^Pattern: (.*?)(?: - \d+ match(?:es)?)?$/.exec(lines[at]!)?.[1]?.trim()
      return { class: 'collection_error', title: 'Jest finds no tests', key: ['no tests', pattern], span: [index, at === -1 ? index : at] }
    },
  },
  {
    pattern: /^● (Validation Error|Multiple configurations found|Multiple configs found)\b:?/,
    cause([, what], { lines, index }) {
      const at = findLine(lines, /\S/, index + 1, 4)
      const message = at === -1 ? '' : lines[at]!.trim()
      return { class: 'config_error', title: `Jest's configuration is wrong: ${message || what}`, key: [what, message], span: [index, Math.max(index, at)] }
    },
  },
  {
    pattern: /^Jest: "?([^"]{1,200}?)"? coverage threshold for (\w+) \(([\d.]+%)\) not met/,
    cause: ([, scope, metric, limit]) => ({ class: 'test_failed', title: `Coverage of ${metric} is below ${limit} (${scope})`, key: ['coverage', scope, metric] }),
  },
]

const fileLine = /^\s?FAIL\s+(?:\[?[\w@ -]{1,40}\]? )?(\S+\.[cm]?[jt]sx?|\S+\.\w{1,8})(?: \([\d.]+ m?s\))?$/
const blockLine = /^ {2}● (.+)$/
const blockStop = /^(?: {2}● |\s?(?:PASS|FAIL|RUNS)\s|Test Suites: |Tests: |Snapshots: |Summary of all failing tests|-{5,}\|)/
const notTests = /^(?:Console|Deprecation Warning|Validation Warning|Cannot log after tests are done)/

/** Jest: tests below the file that holds them, and files that could not be loaded. */
export const jest: Extractor = {
  tool: 'jest',
  signs: [/^ {2}● /m, /^Test Suites: \d/m, 'No tests found, exiting with code 1', /^● (?:Validation Error|Multiple config)/m, /^Jest: .{1,200} coverage threshold/m],
  extract({ lines }) {
    const finds: Found[] = findByRules(lines, startRules)
    let file: string | undefined
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      const line = lines[index]!
      const named = line.includes('FAIL') ? fileLine.exec(line)?.[1] : undefined
      if (named !== undefined) file = named
      if (/^ {2}console\.\w{1,20}$/.test(line)) {
        const end = loggedEnd(lines, index)
        finds.push({ class: 'test_failed', title: '', key: [], at: index, span: [index, end], role: 'echo' })
        index = end
        continue
      }
      const title = line.startsWith('  ● ') ? blockLine.exec(line)?.[1] : undefined
      if (title === undefined) continue
      const end = blockEnd(lines, index)
      if (!notTests.test(title)) finds.push(blockCause(title, file, lines, index, end))
      else finds.push({ class: 'test_failed', title: '', key: [], at: index, span: [index, end], role: 'echo' })
      index = end
    }
    return finds
  },
}

/** What a test logged stands deeper than the word that says so. */
function loggedEnd(lines: readonly string[], from: number): number {
  let index = from + 1
  while (index < lines.length && index < from + 200 && (lines[index] === '' || /^\s{3,}/.test(lines[index]!))) index++
  return index - 1
}

function blockEnd(lines: readonly string[], from: number): number {
  let index = from + 1
  while (index < lines.length && index < from + 300 && !blockStop.test(lines[index]!) && (lines[index] === '' || /^\s/.test(lines[index]!))) index++
  return index - 1
}

function blockCause(title: string, file: string | undefined, lines: readonly string[], from: number, to: number): Found {
  const body: string[] = []
  for (let index = from + 1; index <= to; index++) {
    const line = lines[index]!
    // Code frames and stacks; before them the message with the values.
    if (/^\s+(?:at \S.*|>?\s*\d+ \|.*)$/.test(line) || /^\s+\| /.test(line)) break
    if (!/^\s+(?:Require stack:|- Expected {2}- \d|\+ Received {2}\+ \d)/.test(line)) body.push(line)
  }
  const frames = framesIn(lines, from, to)
  const position = { at: from, span: [from, to] as const }
  if (title.startsWith('Test suite failed to run')) return suiteCause(file, body, frames, lines, position)
  return testFailure({ file, path: title.split(' › '), message: body, frames, ...position })
}

function suiteCause(file: string | undefined, body: readonly string[], frames: ReturnType<typeof framesIn>, lines: readonly string[], position: { at: number; span: readonly [number, number] }): Found {
  const said = body.map((line) => line.trim()).filter((line) => line !== '')
  const type = said.find((line) => /\berror TS\d+: /.test(line))
  if (type !== undefined) {
    const [, where, code, message] = /^(\S+?):\d+:\d+ - error (TS\d+): (.*)$/.exec(type) ?? /^()()(.*)$/.exec(type)!
    return { class: 'type_error', tool: 'tsc', file: where, code, title: `${where}: ${message}`, key: [code, message, where], ...position }
  }
  const unexpected = said[0]?.startsWith('Jest encountered an unexpected token')
  const details = lines.slice(position.span[0], position.span[1] + 1).map((line) => line.trim())
  const syntax = details.map((line) => /^(?:(\S+\.\w+):\d+$|SyntaxError: (?:(\S+\.\w+): )?(.+?)(?: \(\d+:\d+\))?$)/.exec(line)).filter((match) => match !== null)
  const error = syntax.find((match) => match[3] !== undefined)
  if (unexpected || error) {
    const place = syntax.findLast((match) => match[1] !== undefined)?.[1] ?? error?.[2] ?? file
    return { ...nodeCause({ type: 'SyntaxError', message: error?.[3] ?? said[0]!, frames: [], place: { file: place ?? '', line: 0 } }), line: undefined, ...position }
  }
  return loadFailure(file, said, frames, position)
}
