import { findLine, findLineBefore, type Extractor, type Found } from '../extractor.ts'
import { classOfException } from '../meanings.ts'
import { isOwnFile } from '../roots.ts'
import { jsonSign, plainLines } from './go-json.ts'

interface Frame { name: string; file: string; line: number }

const isOwn = ({ file, name }: Frame) => isOwnFile(file) && !/(?:^|\/)pkg\/mod\/|^_testmain\.go$|\/src\/(?:runtime|testing|time|sync)\//.test(file) && !/^(?:runtime|testing|panic)\b/.test(name)

/** `main.total(0x1, ...)` and below it, set off, `/src/shop/main.go:5 +0x1d`. */
function framesIn(lines: readonly string[], from: number, to: number): Frame[] {
  const frames: Frame[] = []
  for (let index = from; index < to && frames.length < 100; index++) {
    const name = /^\s*(?:created by )?([\w./@%~-]{1,300}(?:\.(?:\(\*?[\w[\].,]{1,80}\)|[\w[\].]{1,80})){1,6})(?:\(|$| in goroutine)/.exec(lines[index]!)?.[1]
    const place = name === undefined ? null : /^\s+(\S{1,400}\.(?:go|s)):(\d+)(?: \+0x|$| )/.exec(lines[index + 1] ?? '')
    if (place) { frames.push({ name: name!, file: place[1]!, line: Number(place[2]) }); index++ }
  }
  return frames
}

/** Name without the numbers of closures, which move when others are added. */
const plainName = (name: string) => name.replace(/(?:\.func\d+(?:\.\d+)*)+$/, '.func')
const testOf = (name: string | undefined) => /\.(Test\w*|Fuzz\w*|Benchmark\w*|Example\w*)(?:\.|$)/.exec(name ?? '')?.[1]

/** Traces of goroutines end at what the go command and the test runner print after them. */
function traceEnd(lines: readonly string[], from: number): number {
  const next = findLine(lines, /^(?:exit status \d+|FAIL\b|ok {2}|--- |=== |# |={18})/, from, 2_000)
  return next === -1 ? Math.min(lines.length, from + 2_000) : next
}

function timedOut(lines: readonly string[], at: number, end: number): Found {
  const running = findLine(lines, /^running tests:$/, at + 1, 3)
  const named = running === -1 ? undefined : /^\s+(\S+)/.exec(lines[running + 1] ?? '')?.[1]
  const frames = framesIn(lines, at, end).filter(isOwn)
  const frame = frames.find(({ name }) => testOf(name) !== undefined) ?? frames.find(({ file }) => file.endsWith('_test.go')) ?? frames[0]
  const test = named?.split('/')[0] ?? testOf(frame?.name)
  const place = frames.find(({ name }) => testOf(name) === test) ?? frame
  return {
    class: 'timeout', test: named ?? test, file: place?.file, title: test === undefined ? 'The Go tests time out' : `Test ${named ?? test} times out`, key: ['timeout', test, place?.file],
    at, span: [at, end - 1], ...(place && { line: place.line }),
  }
}

function crash(lines: readonly string[], at: number, end: number, text: string): Found {
  // `panic: x [recovered]`, `panic: x [recovered, repanicked]`, and errors as `panic: &errors.errorString{…}`.
  const message = text.replace(/ \[recovered(?:, repanicked)?\]$/, '').replace(/^\S+\((0x[0-9a-f]+, ?)+0x[0-9a-f]+\)$/, '(a value)').trim()
  const first = findLine(lines, /^goroutine \d+ (?:gp=\S+ m=\S+ )?\[/, at + 1, 40)
  const next = first === -1 ? -1 : findLine(lines, /^\s*$|^goroutine \d+ /, first + 1, 300)
  const frames = framesIn(lines, first === -1 ? at : first, next === -1 ? end : Math.min(next, end))
  const frame = frames.find(isOwn)
  const test = testOf(frames.findLast(({ name }) => testOf(name) !== undefined)?.name)
  const memory = /out of memory|cannot allocate/.test(message)
  const failure = memory ? 'oom' : /^(?:runtime error|all goroutines|concurrent map|stack overflow|sync:|unexpected signal)/.test(message) ? 'crash' : message.startsWith('flag redefined') ? 'import_crash' : classOfException('panic', message)
  const where = frame === undefined ? '' : ` in ${plainName(frame.name)}`
  return {
    class: failure, test, file: frame?.file, ...(frame && { line: frame.line }), symbol: frame && plainName(frame.name), title: `Go panics${where}: ${message}`, key: ['panic', message, frame && plainName(frame.name), frame?.file],
    at, span: [at, end - 1],
  }
}

/** Which of two accesses is reported first is chance. */
function race(lines: readonly string[], at: number): Found {
  const close = findLine(lines, /^={18}$/, at + 1, 400)
  const end = close === -1 ? Math.min(lines.length - 1, at + 80) : close
  const accesses: Frame[] = []
  for (let index = at + 1; index < end; index++) {
    if (!/^(?:Previous )?(?:atomic )?(?:read|write|use) (?:at|by|of)\b/i.test(lines[index]!)) continue
    const stop = findLine(lines, /^\s*$/, index, 100)
    const frame = framesIn(lines, index + 1, stop === -1 ? end : stop).find(isOwn)
    if (frame) accesses.push(frame)
  }
  const names = [...new Set(accesses.map(({ name }) => plainName(name)))].toSorted()
  const files = [...new Set(accesses.map(({ file }) => file))].toSorted()
  return {
    class: 'crash', code: 'DATA RACE', file: files[0], symbol: names[0], title: `Data race in ${names.join(' and ') || 'a Go program'}`, key: ['race', ...names, ...files],
    at, span: [findLineBefore(lines, /^={18}$/, at, 2) === -1 ? at : at - 1, end],
  }
}

/** Panics, fatal errors of the runtime and the race detector. */
export const goRuntime: Extractor = {
  tool: 'go',
  signs: [/^panic: /m, /^fatal error: .{1,200}\n(?:.*\n){0,6}?(?:goroutine |runtime stack:)/m, 'WARNING: DATA RACE', /^goroutine \d+ \[/m, 'race detected during execution of test', jsonSign],
  extract(output, context) {
    const lines = plainLines(output, context)
    const found: Found[] = []
    for (let index = 0; index < lines.length && found.length < 50; index++) {
      const line = lines[index]!
      if (line === 'WARNING: DATA RACE') { found.push(race(lines, index)); index = found.at(-1)!.span![1]; continue }
      if (/^\s+testing\.go:\d+: race detected during execution of test/.test(line)) { found.push({ class: 'crash', title: 'A data race was detected', key: ['race'], at: index, role: 'effect' }); continue }
      const said = line.length < 4_000 ? /^(panic|fatal error): (.+)$/.exec(line) : null
      if (!said) continue
      if (said[1] === 'fatal error' && findLine(lines, /^goroutine \d+ |^runtime stack:/, index + 1, 12) === -1) continue
      const end = traceEnd(lines, index + 1)
      found.push(said[2]!.startsWith('test timed out after ') ? timedOut(lines, index, end) : crash(lines, index, end, said[2]!))
      index = end - 1
    }
    return found
  },
}

