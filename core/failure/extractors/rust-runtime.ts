import { findLine, type Extractor, type Found } from '../extractor.ts'
import { classOfException } from '../meanings.ts'
import { isOwnFile } from '../roots.ts'

/** A panic as each version prints it. */
interface Panic { thread: string; message: string; file: string | undefined; line: number | undefined; end: number }

const head = /^\s*thread '(.{1,200}?)' (?:\(\d+\) )?panicked at (.+)$/
const isOwn = (file: string) => isOwnFile(file) && !/^\/rustc\/|\.cargo\/registry|\.rustup\/|(?:^|\/)library\/(?:std|core|alloc)\//.test(file)

/** Before 1.73 the message stood in quotes before the place, with values in backticks. */
function plainMessage(text: string): string {
  return text.replace(/assertion failed: `\(left (==|!=) right\)`/, 'assertion `left $1 right` failed').replace(/\b(left|right): `(.{0,500}?)`(?:,|$|(?= ))/g, '$1: $2').replace(/\s+/g, ' ').trim()
}

export function readPanic(lines: readonly string[], at: number): Panic | undefined {
  const [, thread, rest] = lines[at]!.length < 2_000 ? head.exec(lines[at]!) ?? [] : []
  if (thread === undefined) return undefined
  const stop = findLine(lines, /^\s*(?:note: |stack backtrace:|thread '|---- |failures:$|$)/, at + 1, 60)
  const below = lines.slice(at + 1, stop === -1 ? at + 1 : stop)
  const modern = /^(\S.{0,400}?):(\d+):\d+:$/.exec(rest!)
  const text = modern ? below.join(' ') : [rest, ...below].join(' ')
  const old = modern ? null : /^'(.*)', (\S{1,400}?):(\d+):\d+\s*$/s.exec(text)
  let [file, line] = modern ? [modern[1]!, Number(modern[2])] : old ? [old[2]!, Number(old[3])] : [undefined, undefined]
  let end = Math.max(at, (stop === -1 ? at + 1 : stop) - 1)
  const trace = findLine(lines, /^\s*stack backtrace:$/, at + 1, 60)
  if (trace !== -1 && trace === stop) {
    const last = findLine(lines, /^(?!\s*(?:\d+: |at |note: |stack backtrace))/, trace + 1, 400)
    end = (last === -1 ? lines.length : last) - 1
    // A panic inside a library: the project's own call counts.
    if (file === undefined || !isOwn(file)) {
      const own = lines.slice(trace, end + 1).flatMap((frame) => { const place = /^\s+at (?:\.\/)?(\S.{0,400}?):(\d+):\d+$/.exec(frame); return place && isOwn(place[1]!) ? [place] : [] })[0]
      if (own) { file = own[1]!; line = Number(own[2]) }
    }
  }
  return { thread, message: plainMessage(old ? old[1]! : text).slice(0, 1_000), file: file?.replace(/^\.\//, ''), line, end }
}

/** Panics outside of tests, stack overflows, aborted allocations. */
export const rustRuntime: Extractor = {
  tool: 'rust',
  signs: [/^[ \t]{0,40}thread '.{1,200}' (?:\(\d+\) )?(?:panicked at |has overflowed its stack)/m, /^memory allocation of \d+ bytes failed/m],
  extract({ lines }) {
    const found: Found[] = []
    for (let at = 0; at < lines.length && found.length < 50; at++) {
      const line = lines[at]!
      const thread = /^\s*thread '(.{1,200}?)' (?:\(\d+\) )?has overflowed its stack/.exec(line)?.[1]
      if (thread !== undefined) { found.push({ class: 'crash', symbol: thread, title: `Thread ${thread} overflows its stack`, key: ['stack overflow', thread], at }); continue }
      if (/^memory allocation of \d+ bytes failed/.test(line)) { found.push({ class: 'oom', title: line, key: ['memory allocation failed'], at }); continue }
      const panic = readPanic(lines, at)
      if (!panic) continue
      const { message, file, line: number, end } = panic
      found.push({ class: classOfException('panic', message), file, ...(number !== undefined && { line: number }), title: `Rust panics${file === undefined ? '' : ` in ${file}`}: ${message}`, key: ['panic', message, file], at, span: [at, end] })
      at = end
    }
    return found
  },
}
