import { findLine, findLineBefore, type Extractor, type Found } from '../extractor.ts'
import { jsonSign, plainLines } from './go-json.ts'

const failLine = /^(\s*)(?:---|===) FAIL: (?:(\S+\/\S+|\S+) )?((?:Test|Fuzz|Benchmark|Example)\S*)(?: \(\d[\d.]*(?:s|ms)?\))?/
const anyEvent = /^\s*(?:---|===) (?:FAIL|PASS|SKIP|RUN|PAUSE|CONT|NAME|BENCH)\b/
const stops = /^(?:FAIL|ok {2}|PASS|panic: |exit status|\?\s|coverage: |=+$|# )/
const logged = /^\s+(\S{1,200}\.go):(\d+): ?(.*)$/

interface Message { file: string; line: number; text: string[] }

/** `    cart_test.go:36: message` and what is indented below it. */
function messagesIn(lines: readonly string[], from: number, to: number): Message[] {
  const messages: Message[] = []
  for (let index = from; index < to && messages.length < 30; index++) {
    const [, file, line, text] = logged.exec(lines[index]!.slice(0, 2_000)) ?? []
    if (file === undefined) { if (/^\s{5,}\S|^\t/.test(lines[index]!) && (messages.at(-1)?.text.length ?? 20) < 20) messages.at(-1)!.text.push(lines[index]!.trim()); continue }
    messages.push({ file, line: Number(line), text: text === '' ? [] : [text!.trim()] })
  }
  return messages
}

/** Of testify only what was wrong; the trace has places, the test's name is known. */
function wordsOf({ text }: Message): string {
  if (!text.some((line) => line.startsWith('Error Trace:'))) return text.slice(0, 12).join(' ')
  const words: string[] = []
  let kept = false
  for (const line of text) {
    const label = /^(Error Trace|Error|Test|Messages):\s*(.*)$/.exec(line)
    if (label) { kept = label[1] === 'Error' || label[1] === 'Messages'; if (kept) words.push(label[2]!.trim()) } else if (kept && words.length < 12 && !/^(?:Diff:|--- |\+\+\+ |@@ )/.test(line)) words.push(line.replace(/\s+/g, ' '))
  }
  return words.filter((word) => word !== '').join(' ')
}

/** Logs and errors of a test look alike; where some of them sound like an error those are why. */
function reasons(messages: readonly Message[]): Message[] {
  const told = messages.filter(({ file }) => !/^testing\.go$/.test(file))
  const sounding = told.filter((message) => /\b(?:want(?:ed)?|expect\w*|got|actual|fail\w*|error|err|unexpected|should|must|cannot|could not|invalid|missing|mismatch|not)\b|!=|≠/i.test(wordsOf(message)))
  return sounding.length > 0 ? sounding : told.slice(-3)
}

/** Where the messages of a failed test stand: below its line, or with -v above it, after its last `=== RUN`, `=== CONT` or `=== NAME`. */
function blockOf(lines: readonly string[], at: number, name: string): { from: number; to: number } {
  let to = at + 1
  while (to < lines.length && to < at + 500 && !anyEvent.test(lines[to]!) && !stops.test(lines[to]!)) to++
  if (lines.slice(at + 1, to).some((line) => logged.test(line))) return { from: at + 1, to }
  const start = findLineBefore(lines, new RegExp(`^\\s*=== (?:RUN|CONT|NAME)\\s+${name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`), at, 2_000)
  if (start === -1) return { from: at + 1, to }
  let end = start + 1
  while (end < at && !anyEvent.test(lines[end]!)) end++
  return { from: start + 1, to: end }
}

function packageAfter(lines: readonly string[], at: number): string | undefined {
  const next = findLine(lines, /^(?:FAIL|ok {2})\t\S+/, at, 3_000)
  return next === -1 ? undefined : /^FAIL\t(\S+)/.exec(lines[next]!)?.[1]
}

/** `go test` with and without -v, gotestsum, testify. Panics, races and time limits are the runtime's. */
export const goTest: Extractor = {
  tool: 'go',
  signs: [/^[ \t]{0,40}(?:---|===) FAIL: /m, /^FAIL\t\S/m, /^flag provided but not defined: /m, jsonSign],
  extract(output, context) {
    const lines = plainLines(output, context)
    const found: Found[] = []
    const failed = lines.flatMap((line, at) => { const match = line.length < 500 ? failLine.exec(line) : null; return match ? [{ at, name: match[3]!, package: match[2] }] : [] })
    for (const { at, name, package: named } of failed) {
      if (found.length === 50) break
      const { from, to } = blockOf(lines, at, name)
      const messages = messagesIn(lines, from, to)
      const why = reasons(messages)
      const inner = failed.some((other) => other.name.startsWith(`${name}/`))
      const text = why.map(wordsOf).join('; ').slice(0, 1_000)
      const file = why[0]?.file
      const parts = { class: 'test_failed', test: name, at, key: [named ?? packageAfter(lines, at), name, text, file] }
      const span = messages.length > 0 ? [Math.min(at, from), Math.max(at, to - 1)] as const : [at, at] as const
      if (text !== '') found.push({ ...parts, file, line: why[0]!.line, title: `Test ${name} fails: ${text}`, span, evidence: [at, ...range(from, to)].toSorted((left, right) => left - right) })
      else if (!inner) found.push({ ...parts, title: `Test ${name} fails`, role: 'effect' })
    }
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const [, flag] = /^flag provided but not defined: (\S+)$/.exec(lines[at]!) ?? []
      if (flag !== undefined) found.push({ class: 'config_error', symbol: flag, title: `The program knows no option ${flag}`, key: ['flag', flag], at })
      const [, name] = /^FAIL\t(\S+)\t(?:\d|\(cached\))/.exec(lines[at]!) ?? []
      if (name !== undefined) found.push({ class: 'test_failed', title: `Go package ${name} fails its tests`, key: ['package', name], at, role: 'effect' })
    }
    return found
  },
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, Math.min(to - from, 9)) }, (_, index) => from + index)
}
