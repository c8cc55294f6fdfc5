import { findLineBefore, mostFinds, type Extractor, type Found } from '../extractor.ts'

const point = /^( *)not ok \d+(?: -)? (.+)$/
/** Of a message of several lines: enough to tell two apart. */
const keptLines = 12
const listed = /^test at (\S+?):\d+:\d+$/

/** Failing tests in TAP (node:test, tape, tap) and in node:test's "failing tests" list. A parent fails because its children do: leaves count. */
export const nodeTest: Extractor = {
  tool: 'node-test',
  signs: [/^ *not ok \d+/m, /^✖ failing tests:$/m],
  extract({ lines }) {
    const finds: Found[] = []
    const failingList = lines.findIndex((line) => line.startsWith('✖ failing tests:'))
    // Without anything else of TAP, a line that looks like it is what a test printed.
    const isTap = failingList === -1 && lines.some((line) => /^(?:TAP version \d+|1\.\.\d+| *---$)/.test(line))
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      const found = isTap ? fromTap(lines, index) : failingList !== -1 && index > failingList ? fromList(lines, index) : undefined
      if (found) finds.push(testFailure(found, index))
    }
    return failingList === -1 ? finds : [...finds, ...printedBefore(lines)]
  },
}

/** What the reporter printed as the tests ran, and the tests in the list that were expected to fail: said already, or of no matter. */
function printedBefore(lines: readonly string[]): Found[] {
  const echoes: Found[] = []
  for (let index = 0; index < lines.length && echoes.length < 500; index++) {
    const indent = /^( *)[✖⚠] .{1,400} \([\d.]+ms\)/.exec(lines[index]!)?.[1]?.length
    if (indent === undefined) continue
    let to = index
    while (to + 1 < lines.length && (lines[to + 1]!.trim() === '' || lines[to + 1]!.length - lines[to + 1]!.trimStart().length > indent)) to++
    echoes.push({ class: 'test_failed', title: '', key: [], at: index, span: [index, to], role: 'echo' })
    index = to
  }
  return echoes
}

function fromTap(lines: readonly string[], index: number): FailedTest | undefined {
  const failed = point.exec(lines[index]!)
  if (!failed || /(?:^|\s)#\s*(?:todo|skip)\b/i.test(failed[2]!)) return undefined
  const block = blockAfter(lines, index, failed[1]!.length)
  if (block.some((line) => line.includes('subtestsFailed'))) return undefined
  const message = valueOf(block, 'error')
  // A file that could not be loaded: the runtime's own message, which comes before, is the cause.
  if (message === 'test failed' && block.some((line) => /exitCode: [1-9]/.test(line))) return undefined
  const at = valueOf(block, 'location') ?? valueOf(block, 'at') ?? ''
  const file = /^'?(?:file:\/\/)?(?:.*\()?([^():']+?)(?::\d+){1,2}\)?'?$/.exec(at)?.[1]
  const name = failed[2]!.replace(/ \{$/, '').replace(/\\([#\\])/g, '$1')
  if (message !== undefined || valueOf(block, 'operator') === undefined) {
    const comments = block.length === 0 ? commentsAfter(lines, index) : undefined
    return { name, message: message ?? comments?.message, file: file ?? comments?.file, code: valueOf(block, 'code'), length: block.length === 0 ? comments!.length : block.length + 2 }
  }
  // tape and its kin name the assertion; the test is the comment above.
  const test = findLineBefore(lines, /^# (?!tests|pass|fail|Subtest)\S/, index, 200)
  const values = ['operator', 'expected', 'actual'].map((key) => `${key}: ${valueOf(block, key) ?? ''}`).join(', ')
  return { name: test === -1 ? name : `${lines[test]!.slice(2)} › ${name}`, message: values, file, code: undefined, length: block.length + 2 }
}

/** Perl's way: `#   Failed test 'adds'`, `#   at t/a.t line 4.`, `#          got: '1'`. */
function commentsAfter(lines: readonly string[], index: number): { message: string | undefined; file: string | undefined; length: number } {
  let end = index
  while (end < index + 10 && /^\s*#\s/.test(lines[end + 1] ?? '')) end++
  const comments = lines.slice(index + 1, end + 1).map((line) => line.replace(/^\s*#\s+/, ''))
  const file = comments.map((line) => /^at (\S+) line \d+\.$/.exec(line)?.[1]).find((each) => each !== undefined)
  const message = comments.filter((line) => !/^(?:Failed test|at \S+ line|in \S+ at|Looks like)/.test(line)).join(' ')
  return { message: message === '' ? undefined : message, file, length: end - index }
}

function fromList(lines: readonly string[], index: number): FailedTest | undefined {
  const at = listed.exec(lines[index]!.trim())
  const name = at && /^✖ (.+?)(?: \([\d.]+ms\))?$/.exec(lines[index + 1]?.trim() ?? '')?.[1]
  if (!at || !name || /\([\d.]+ms\) # /.test(name)) return undefined
  const after = lines.slice(index + 2, index + 40)
  const end = after.findIndex((line) => /^\s+at |^\S/.test(line))
  const said = (end === -1 ? after : after.slice(0, end)).map((line) => line.trim()).filter((line) => line !== '')
  if (said[0] === "'test failed'") return undefined
  const message = said.slice(0, keptLines).join(' ')
  const [, code, rest] = /^\w*Error(?: \[(\w+)\])?: (.*)$/.exec(message) ?? []
  return { name, message: (rest ?? message).replace(/^'(.*)'$/, '$1'), file: at[1], code, length: 1 + (end === -1 ? after.length : end) }
}

interface FailedTest { name: string; message: string | undefined; file: string | undefined; code?: string | undefined; length: number }

function testFailure({ name, message, file, code, length }: FailedTest, at: number): Found {
  const title = `Test "${name}" fails${message ? `: ${message}` : ''}`
  return { class: classOfTest(code, message), test: name, file, code, title, key: [file, name, message], at, span: [at, at + length] }
}

function classOfTest(code: string | undefined, message: string | undefined): string {
  return /^test timed out after [\d.]+ms$/.test(message ?? '') && (code === undefined || code === 'ERR_TEST_FAILURE') ? 'timeout' : 'test_failed'
}

function blockAfter(lines: readonly string[], index: number, indent: number): string[] {
  if (lines[index + 1]?.trim() !== '---') return []
  const end = lines.findIndex((line, position) => position > index && /^ *\.\.\.$/.test(line) && line.length - 3 <= indent + 2)
  return lines.slice(index + 2, end === -1 ? index + 40 : end)
}

function valueOf(block: readonly string[], key: string): string | undefined {
  const index = block.findIndex((line) => line.trim().startsWith(`${key}:`))
  if (index === -1) return undefined
  const value = block[index]!.trim().slice(key.length + 1).trim()
  if (!/^[|>][-+]?$/.test(value)) return value.replace(/^(['"])(.*)\1$/, '$2')
  const depth = block[index]!.length - block[index]!.trimStart().length
  const end = block.findIndex((line, position) => position > index && line.trim() !== '' && line.length - line.trimStart().length <= depth)
  return block.slice(index + 1, end === -1 ? undefined : end).map((line) => line.trim()).filter((line) => line !== '').slice(0, keptLines).join(' ')
}
