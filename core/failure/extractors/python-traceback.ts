import { longestLine } from '../extractor.ts'
import { isOwnFile } from '../roots.ts'
import type { PythonError } from './python-errors.ts'

interface Frame { file: string; line: number; function: string | undefined; at: number }
/** One traceback with its exception. `start` is its header's line, `at` the exception's, `end` the last of the message. */
export interface Traceback { type: string; message: string; frames: Frame[]; start: number; at: number; end: number }

export const header = /^([ |+]{0,60}?)(\+ )?(?:Exception Group )?Traceback \(most recent call last\):$/
const frame = /^\s*File "([^"]+)", line (\d+)(?:, in (.+))?$/
/** After the frames the first line that is not indented names the exception: a dotted identifier. */
const exception = /^((?:[A-Za-z_]\w*\.){0,12}[A-Za-z_]\w*)(?:: (.*)|:)?$/
const link = /^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$/
/** Of one traceback; a recursion prints a thousand frames at most. */
const longestTraceback = 3_000

/** Lines of an exception group stand behind `|`. */
export function ungrouped(line: string): string {
  return line.replace(/^ {0,60}[|+] ?(?=[ |]|\w)/, '').replace(/^[ ]{0,60}[|+]$/, '')
}

/** The traceback whose header is at `start`; undefined where it is cut off before its exception. */
export function readTraceback(lines: readonly string[], start: number): Traceback | undefined {
  const [, gutter = '', plus] = header.exec(lines[start]!) ?? []
  const grouped = plus !== undefined || /[|+]/.test(gutter)
  const text = (index: number) => (grouped ? ungrouped(lines[index]!) : lines[index]!)
  const indent = grouped ? 0 : gutter.length
  const frames: Frame[] = []
  const limit = Math.min(lines.length, start + longestTraceback)
  for (let index = start + 1; index < limit; index++) {
    const line = text(index)
    if (line.length > longestLine) continue
    const place = frame.exec(line)
    if (place) frames.push({ file: place[1]!, line: Number(place[2]), function: place[3], at: index })
    else if (line.trim() !== '' && line.length - line.trimStart().length <= indent) {
      const raised = exception.exec(line.trim())
      if (!raised || frames.length === 0 || !isExceptionName(raised[1]!, raised[2])) return undefined
      const { message, end } = wholeMessage(raised[2] ?? '', text, index, lines.length)
      return { type: raised[1]!, message, frames, start, at: index, end }
    }
  }
  return undefined
}

/** Libraries of C name some in lower case: `socket.gaierror`, `zlib.error`, `subprocess.error`. */
function isExceptionName(name: string, message: string | undefined): boolean {
  const last = name.split('.').at(-1)!
  return /^[A-Z]/.test(last) || /error$|interrupt$|exit$|timeout$/i.test(last) || (name.includes('.') && message !== undefined)
}

/** A message's further lines are indented, or follow a first line that announces them. */
function wholeMessage(first: string, text: (index: number) => string, at: number, length: number): { message: string; end: number } {
  let message = first
  let end = at
  const announces = first.endsWith(':') || /\bvalidation errors? for\b/.test(first)
  for (let index = at + 1; index < Math.min(length, at + 5); index++) {
    const line = text(index)
    if (/^\s*[+|]?-?\+?-{5,}/.test(line)) break
    const indented = /^\s+\S/.test(line) && !frame.test(line)
    if (!indented && !(announces && index <= at + 2 && line.trim() !== '')) break
    if (!/^\s*For further information visit/.test(line)) message += ` ${line.trim()}`
    end = index
  }
  return { message: message.trim(), end }
}

/** From the header at `start`, the tracebacks that are linked by "During handling" and "direct cause", in their order. */
export function readChain(lines: readonly string[], start: number): Traceback[] {
  const chain: Traceback[] = []
  let next: number | undefined = start
  while (next !== undefined && chain.length < 20) {
    const one = readTraceback(lines, next)
    if (!one) break
    chain.push(one)
    next = linkedHeader(lines, one.end)
  }
  return chain
}

function linkedHeader(lines: readonly string[], after: number): number | undefined {
  let linked = false
  for (let index = after + 1; index < Math.min(lines.length, after + 12); index++) {
    const line = lines[index]!
    if (link.test(ungrouped(line).trim())) linked = true
    else if (header.test(line)) return linked ? index : undefined
  }
  return undefined
}

/** The traceback that says why: the first of a chain, but of an import that had a fallback the last. */
export function rootOf(chain: readonly Traceback[]): Traceback | undefined {
  const [first] = chain
  const last = chain.at(-1)
  const isImport = (one: Traceback | undefined) => one !== undefined && /(?:ImportError|ModuleNotFoundError)$/.test(one.type)
  return isImport(first) && isImport(last) ? last : first
}

/** The exception with the deepest frame in the project's own code, or the deepest of all. */
export function errorOf({ type, message, frames }: Traceback): PythonError {
  const syntax = /(?:Syntax|Indentation|Tab)Error$/.test(type)
  const own = syntax ? frames.at(-1)! : frames.findLast((each) => isOwnFile(each.file)) ?? frames.at(-1)!
  return { type, message, file: own.file, line: own.line, function: own.function === '<module>' ? undefined : own.function }
}

export function evidenceOf({ start, at, end, frames }: Traceback): number[] {
  const last = frames.findLast((each) => isOwnFile(each.file)) ?? frames.at(-1)!
  return [...new Set([start, last.at, last.at + 1, ...Array.from({ length: end - at + 1 }, (_, index) => at + index)])].filter((line) => line <= end)
}
