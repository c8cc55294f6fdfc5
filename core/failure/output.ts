import { bounded, cleanLines, defaultWindow } from './clean.ts'
import type { FailureContext } from './context.ts'
import { longestLine } from './extractor.ts'
import { regionsOf } from './regions.ts'
import { pathLocaliser } from './roots.ts'

/** An output as the extractors read it: `lines[i]` is what `raw[i]` says, made equal where places and tools write one thing in several ways. */
export interface Output {
  /** The cleaned lines as printed: for evidence. */
  readonly raw: readonly string[]
  /** Without runners' prefixes, with plain quotes, paths relative to the project, `/` in paths: for patterns, titles and keys. */
  readonly lines: readonly string[]
  /** `lines` as one text. */
  readonly text: string
  /** Number of each line in the cleaned output, from 0: of a long output only what surrounds alarming lines is read. -1 stands for what lies between. */
  readonly numbers: readonly number[]
}

/** Layer 1, and the part of layer 3 that every pattern profits from. Lines are cut after `longestLine` characters, so that no pattern meets more. */
export function readOutput(output: string, context: FailureContext = {}): Output {
  const window = bounded(output, defaultWindow)
  const all = window.split('\n')
  const { picked, numbers } = pick(all, regionsOf(window, all))
  const raw = cleanLines(picked)
  const localise = pathLocaliser(context)
  const lines = raw.map((line) => (isNoText(line) ? '' : localise(plainQuotes(unwrapped(line.length > longestLine ? line.slice(0, longestLine + 1) : line)))))
  return { raw, lines, text: lines.join('\n'), numbers }
}

// What we put in the place of what a window leaves out.
const leftOut = /^\[… \d+ (?:bytes|characters) left out …\]$/
/** More than accents in another encoding ever make of a line. */
const shareOfBytes = 0.3

/** Our own words about the window, and lines of a binary: mostly what a decoder puts for bytes that are no characters. */
function isNoText(line: string): boolean {
  if (line.startsWith('[…') && leftOut.test(line)) return true
  const first = line.indexOf('\ufffd')
  if (first === -1) return false
  let count = 0
  const seen = Math.min(line.length, longestLine)
  for (let at = first; at !== -1 && at < seen; at = line.indexOf('\ufffd', at + 1)) count++
  return count > seen * shareOfBytes && count > 2
}

function pick(all: readonly string[], indices: readonly number[] | undefined): { picked: readonly string[]; numbers: number[] } {
  if (!indices) return { picked: all, numbers: all.map((_, index) => index) }
  const picked: string[] = []
  const numbers: number[] = []
  for (const index of indices) {
    if (numbers.length > 0 && numbers.at(-1) !== index - 1) { picked.push(''); numbers.push(-1) }
    picked.push(all[index]!)
    numbers.push(index)
  }
  return { picked, numbers }
}

const time = String.raw`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?`
// `job<tab>step<tab>time line` of a downloaded log, `[time] line`, `time line`, `[12:01:02] line`, `12:01:02.123 line`.
const stamp = new RegExp(String.raw`^(?:[^\t\n]{1,80}\t[^\t\n]{1,80}\t)?(?:\[${time}\]|${time}|\[\d\d:\d\d:\d\d(?:[.,]\d{1,6})?\]|\d\d:\d\d:\d\d(?:[.,]\d{1,6})?)(?: ?\||[ \t]|$)`)
// `##[error]` of GitHub and Azure, `::error file=a.ts,line=1::` of workflow commands: the message stays.
const command = /^(?:##\[(?:error|warning|debug|section|command|group|endgroup)\]|::(?:error|warning|notice|debug|group|endgroup)(?: [^:\n]{0,300})?::)/
// `web-1  | `, `api_1 | ` of compose.
const service = /^[\w.-]{1,40}[-_]\d{1,4}\s{0,20}\| ?/
// `#12 3.456 ` of BuildKit. Without the time it is a frame of a stack.
const buildStep = /^#\d{1,4} \d{1,6}\.\d{1,4} ?/

/** Without what a runner puts before every line. A workflow command's message is kept: where it is the only word, it is the cause. */
function unwrapped(line: string): string {
  let rest = line
  // A collector puts its own before what a runner has put.
  for (let round = 0; round < 3; round++) {
    const inner = (rest.startsWith('#') ? rest.replace(buildStep, '') : rest.includes('|') ? rest.replace(service, '') : rest).replace(stamp, '')
    if (inner === rest) break
    rest = inner
  }
  return rest.replace(command, '')
}

/** `‘x’`, `“x”`, `«x»` and `` `x' `` are one thing in several locales. */
function plainQuotes(line: string): string {
  const plain = /[‘’‚‛“”„«»]/.test(line) ? line.replace(/[‘’‚‛]/g, "'").replace(/[“”„]/g, '"').replace(/« ?| ?»/g, "'") : line
  return plain.includes('`') ? plain.replace(/`([^`'\s]{1,200})'/g, "'$1'") : plain
}
