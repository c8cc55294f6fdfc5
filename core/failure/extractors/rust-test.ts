import { findLine, type Extractor, type Found } from '../extractor.ts'
import { readPanic } from './rust-runtime.ts'

// `---- tests::total stdout ----` of libtest, `--- STDERR:   shop tests::total ---` of nextest.
const section = /^---- (.{1,300}) std(?:out|err) ----$|^-{3,4} (?:STDERR|STDOUT):\s+\S+ (\S+) -{3,4}$/
const after = /^(?:---- .{1,300} ----|-{3,4} STD|failures:|successes:|test result: |error: |\s+(?:FAIL|PASS|Summary|SIGABRT) )/

/** Of a documentation's example its line moves. */
const plainName = (name: string) => name.replace(/ \(line \d+\)$/, '').replace(/ - should panic$/, '')

function failure(lines: readonly string[], at: number, name: string): Found {
  const next = findLine(lines, after, at + 1, 1_000)
  const end = (next === -1 ? Math.min(lines.length, at + 1_000) : next) - 1
  const test = plainName(name)
  for (let index = at + 1; index <= end; index++) {
    const panic = readPanic(lines, index)
    if (!panic) continue
    const { message, file, line } = panic
    return { class: 'test_failed', test, file, ...(line !== undefined && { line }), title: `Test ${test} fails: ${message}`, key: [test, message, file], at, span: [at, end], evidence: [at, index, ...range(index + 1, Math.min(index + 4, end))] }
  }
  const own = lines.slice(at + 1, end + 1).map((line) => line.trim()).filter((line) => line !== '')
  // A documentation's example that does not compile: the compiler's words follow.
  const compiled = own.some((line) => /^error(?:\[|:)/.test(line))
  const said = own.findLast((line) => /^(?:Error: |note: test did not panic|Test executable)/.test(line)) ?? own.at(-1)
  if (compiled || said === undefined) return { class: 'test_failed', test, title: `Test ${test} fails`, key: [test], at, role: 'effect' }
  const message = said.replace(/^(?:note|Error): /, '').replace(/ at \S+:\d+:\d+$/, '')
  return { class: 'test_failed', test, title: `Test ${test} fails: ${message}`, key: [test, message], at, span: [at, end] }
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)

/** `cargo test` and nextest. */
export const rustTest: Extractor = {
  tool: 'rust',
  signs: [/^---- .{1,300} std(?:out|err) ----$/m, /^test .{1,300} \.\.\. FAILED$/m, /^-{3,4} (?:STDERR|STDOUT):\s/m],
  extract({ lines }) {
    const found: Found[] = []
    const told = new Set<string>()
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const match = lines[at]!.length < 500 ? section.exec(lines[at]!) : null
      if (!match) continue
      const one = failure(lines, at, (match[1] ?? match[2])!)
      told.add(one.test!)
      found.push(one)
      at = one.span?.[1] ?? at
    }
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const name = /^test (.{1,300}) \.\.\. FAILED$/.exec(lines[at]!.slice(0, 400))?.[1]
      if (name !== undefined && !told.has(plainName(name))) found.push({ class: 'test_failed', test: plainName(name), title: `Test ${plainName(name)} fails`, key: [plainName(name)], at, role: 'effect' })
    }
    return found
  },
}
