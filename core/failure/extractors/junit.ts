import { findLine, findLineBefore, type Extractor, type Found } from '../extractor.ts'
import { readThrown } from './java-errors.ts'

/** `[ERROR] shop.CartTest.total -- Time elapsed: 0.014 s <<< FAILURE!`, before 3.0 `total(shop.CartTest)  Time elapsed: …`. */
const surefire = /^(?:\[ERROR\] )?(\S.{0,300}?)\s+(?:-- )?Time elapsed: [\d.,]+ s(?:ec)?\s+<<< (FAILURE|ERROR)!$/
/** `CartTest > total() FAILED`, `shop.CartTest > nested > total FAILED`. */
const gradle = /^(\S.{0,200}?) > (.{1,300}) FAILED$/
const summary = /^\[ERROR\]\s{2,}(?:Run \d+: )?([\w$.]{1,200}\.[\w$]{1,200})(?::\d+|»|->)?\S*(?: (.+))?$/

function failure(lines: readonly string[], at: number, test: string, from: number): Found {
  const thrown = readThrown(lines, from)
  if (!thrown) return { class: 'test_failed', test, title: `Test ${test} fails`, key: [test], at, role: 'effect' }
  const { type, message, frame, end } = thrown
  const name = type.split('.').at(-1)!
  const timeout = /Time(?:d)?Out/i.test(name) || /timed out after/.test(message)
  // An assertion's place is the test; another exception's the code that threw it.
  const assertion = /^(?:Assertion\w*|ComparisonFailure|MultipleFailuresError|\w*AssertionError)$/.test(name)
  const said = message.replace(/^\s*==> /, '').replace(/\b(\d+(?:\.\d+)?) (milli|micro|nano)?seconds?\b/g, (whole) => (timeout ? '{duration}' : whole))
  return {
    class: timeout ? 'timeout' : 'test_failed', test, code: name, ...(frame && { file: frame.file, line: frame.line }), title: `Test ${test} fails: ${assertion ? '' : `${name}${said === '' ? '' : ': '}`}${said || (assertion ? name : '')}`,
    key: [test, timeout ? 'timeout' : name, said, assertion || timeout ? undefined : frame?.name], at, span: [at, Math.max(end, at)], evidence: [at, from, ...(end > from ? [from + 1, from + 2] : [])].filter((line, index, all) => line <= end && all.indexOf(line) === index),
  }
}

/** JUnit and TestNG as Maven's surefire and failsafe and as Gradle print them. */
export const junit: Extractor = {
  tool: 'junit',
  signs: ['<<< FAILURE!', '<<< ERROR!', / > .{1,300} FAILED$/m, /^\[ERROR\] (?:Failures|Errors): *$/m],
  extract({ lines }) {
    const found: Found[] = []
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const line = lines[at]!
      if (line.length > 600) continue
      const [, name] = surefire.exec(line) ?? []
      if (name !== undefined && !name.startsWith('Tests run:')) {
        found.push(failure(lines, at, nameOf(name, lines, at), at + 1))
        at = found.at(-1)!.span?.[1] ?? at
        continue
      }
      const [, suite, test] = gradle.exec(line) ?? []
      if (suite === undefined || /^(?:Task|Execution)\b|^>/.test(suite)) continue
      found.push(gradleFailure(lines, at, suite, test!))
      at = found.at(-1)!.span?.[1] ?? at
    }
    const told = found.some(({ role }) => role === undefined)
    const heading = findLine(lines, /^\[ERROR\] (?:Failures|Errors): *$/, 0, lines.length)
    for (let at = heading + 1; heading !== -1 && at < lines.length && found.length < 50; at++) {
      if (/^\[ERROR\] (?:Failures|Errors): *$/.test(lines[at]!)) continue
      const match = summary.exec(lines[at]!.slice(0, 600))
      if (!match) { if (/^\[INFO\] *$|^\[ERROR\] Tests run/.test(lines[at]!)) break; continue }
      found.push({ class: 'test_failed', test: match[1], title: `Test ${match[1]} fails${match[2] === undefined ? '' : `: ${match[2]}`}`, key: [match[1], match[2]], at, role: told ? 'echo' : undefined })
    }
    return found
  },
}

/** Older versions name the method alone, or the class in parentheses after it; then the heading above has the class. */
function nameOf(name: string, lines: readonly string[], at: number): string {
  const old = /^(.{1,200})\(([\w$.]{1,300})\)$/.exec(name)
  if (old && /\./.test(old[2]!)) return `${old[2]}.${old[1]}`
  if (/^[\w$]+(?:\.[\w$]+)+\b/.test(name)) return name.replace(/\(\)$/, '')
  const heading = findLineBefore(lines, /<<< (?:FAILURE|ERROR)! (?:--?) in \S+$/, at, 2_000)
  const suite = heading === -1 ? undefined : / in (\S+)$/.exec(lines[heading]!)?.[1]
  return suite === undefined ? name : `${suite}.${name.replace(/\(\)$/, '')}`
}

/** Gradle prints the exception set off, and without a stack only its name and `at CartTest.java:8`. */
function gradleFailure(lines: readonly string[], at: number, suite: string, test: string): Found {
  const name = `${suite}.${test.split(' > ').join('.')}`.replace(/\(\)$/, '')
  const [, type, file, line] = /^\s+([\w$.]+) at ([\w$.-]+):(\d+)$/.exec(lines[at + 1] ?? '') ?? []
  if (type === undefined) return failure(lines, at, name, at + 1)
  const short = type.split('.').at(-1)!
  return { class: /Time(?:d)?Out/.test(short) ? 'timeout' : 'test_failed', test: name, code: short, file, line: Number(line), title: `Test ${name} fails: ${short}`, key: [name, short], at, span: [at, at + 1] }
}

