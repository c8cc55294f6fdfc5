import { findByRules, findLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { nodeCause, readFrame, type NodeError, type NodeFrame } from './node-errors.ts'

/** What the runtime says where there is no exception. */
const endings: readonly Rule[] = [
  {
    pattern: /^FATAL ERROR: .*(?:heap out of memory|Allocation failed|invalid array length)/,
    cause: () => ({ class: 'oom', title: 'JavaScript heap out of memory', key: ['heap'] }),
  },
  { pattern: /^\S*node(?:\.exe)?: bad option: (\S+)/, cause: ([, option]) => ({ class: 'config_error', title: `Node does not know the option ${option}`, key: ['bad option', option] }) },
  { pattern: /^Warning: Detected unsettled top-level await at (\S+?):\d+$/, cause: ([, file]) => ({ class: 'crash', file, title: `A top-level await in ${file} never settles`, key: ['unsettled', file] }) },
]

/** `TypeError: x`, `Error [CODE]: x`, `DOMException [TimeoutError]: x`, `Uncaught Error: x`, `[cause]: Error: x`, `[Error: ENOENT: x] {`. */
const raised =
  /^(\s*)(?:[✖✘×●⨯] |[a-z][\w-]{0,30}: |(?:Exception during run|Caused by|Fatal error|ERROR|Failed|Unhandled Rejection|Uncaught exception|Unhandled exception): )?(?:Uncaught |\(node:\d+\) |Unhandled (?:promise )?rejection:? ?)?\[?((?:[A-Z]\w{0,60})?(?:Error|Exception|Rejection))(?: \[(\w{1,60})\])?(?:: (.*)|)$/
const header = /^((?:\/|[A-Za-z]:\/|file:|\.{0,2}\/)?[^\s:()][^:()]{0,300}\.[cm]?[jt]sx?|file:\/\/[^:]{1,300}):(\d+)$/
const stackLine = /^\s+at .{1,500}?(?::\d+:\d+\)?|<anonymous>\)?|\(native\)|\(index \d+\))(?: \{)?$/
/** Lines of a message before its stack: a diff of an assertion has many. */
const longestMessage = 60

/** The runtime itself: modules that are missing, syntax errors, and exceptions that nobody caught. */
export const node: Extractor = {
  tool: 'node',
  signs: [/^\s+at .{1,400}:\d+:\d+\)?/m, 'Cannot find module ', 'Cannot find package ', 'does not provide an export named', /^Node\.js v\d/m, 'FATAL ERROR: ', ': bad option: ', 'Detected unsettled top-level await', /^\[?\w*Error: .*\] \{$/m, /^SyntaxError: /m],
  extract: ({ lines: printed }) => {
    // node:test puts what a test file printed into comments.
    const lines = printed.some((line) => line.startsWith('# ')) ? printed.map((line) => line.replace(/^# ?/, '')) : printed
    return [...findByRules(lines, endings), ...exceptions(lines)]
  },
}

/** The finds of all exceptions between two lines. */
export function exceptions(lines: readonly string[], from = 0, to = lines.length): Found[] {
  const finds: Found[] = []
  for (let index = from; index < to && finds.length < mostFinds; index++) {
    const line = lines[index]!
    if (line.length > 2_000 || !/Error|Exception|Rejection/.test(line)) continue
    const read = readException(lines, index, to)
    if (!read) continue
    const root = read.causes.at(-1) ?? read.error
    // A cause's stack is the library's; the outer one has the place in the project.
    const found = nodeCause(root === read.error ? root : { ...root, frames: [...root.frames, ...read.error.frames] })
    finds.push({ ...found, at: read.at, span: [read.start, read.end], evidence: evidenceOf(read, lines) })
    index = read.end
  }
  return finds
}

interface Exception { error: NodeError; causes: NodeError[]; at: number; start: number; end: number }

/** The exception whose first line is at `index`, with its stack, its properties and its causes; undefined where no stack follows. */
export function readException(lines: readonly string[], index: number, to = lines.length): Exception | undefined {
  const match = raised.exec(lines[index]!)
  if (!match) return undefined
  const [, , type, bracket, text = ''] = match
  const object = /\{$|\]$/.test(text)
  const stack = object ? -1 : findLine(lines, stackLine, index + 1, longestMessage)
  const another = findLine(lines, /^\S.*(?:Error|Exception)(?: \[\w+\])?: |^\s*$/, index + 1, longestMessage)
  const asserted = type === 'AssertionError'
  const reachable = stack !== -1 && stack < to && (stack <= index + 12 || asserted) && (another === -1 || another > stack || asserted || lines[another]!.trim() === '')
  if (!reachable && !object && !isUnstacked(text, lines, index)) return undefined
  const messageEnd = reachable ? stack : index + 1
  const extra = lines.slice(index + 1, messageEnd).map((line) => line.trim()).filter((line) => line !== '' && !/^\^+$/.test(line) && !/^(?:Require stack:|- )/.test(line))
  const head = text.replace(/\]? \{$|\]$/, '').replace(/ \{$/, '')
  const message = [head, ...(asserted ? extra.slice(0, 12) : extra.slice(0, 3))].join(' ').trim()
  const { frames, end, props } = readStack(lines, reachable ? stack : index + 1, to, text.endsWith('{'))
  const place = headerOf(lines, index)
  const importer = /^- (\S+)/.exec(lines.slice(index + 1, index + 6).find((line) => line.startsWith('- ')) ?? '')?.[1]
  const named = bracket !== undefined && /(?:Error|Exception)$/.test(bracket) ? bracket : undefined
  const code = named ? undefined : bracket ?? props.code
  // Of a difference the title needs both sides, and not the legend: `wanted '2' + '3' - '2'`.
  const sides = lines.slice(index + 1, messageEnd).map((line) => line.trim()).filter((line) => line !== '' && !/^\^+$|^\+ actual - expected$/.test(line))
  const shown = asserted && sides.length <= 3 ? [head, ...sides].join(' ').trim() : undefined
  const error: NodeError = { type: named ?? type!, code, message, ...(shown !== undefined && { shown }), frames, importer, place: place?.place }
  return { error, causes: props.causes, at: index, start: place?.at ?? index, end }
}

/** Module faults are printed without a stack at times: in a list of a bundler, in a test's comment. */
function isUnstacked(text: string, lines: readonly string[], index: number): boolean {
  return /Cannot find (?:package|module) '|does not provide an export named|is not defined by "exports"/.test(text) || /^Node\.js v\d/.test(lines[index + 2] ?? '')
}

interface Stack { frames: NodeFrame[]; end: number; props: { code?: string; causes: NodeError[] } }

/** Frames, then the properties in braces, then nested causes: `[cause]: Error: x`, `[errors]: [ Error: y`. */
function readStack(lines: readonly string[], from: number, to: number, opened: boolean): Stack {
  const frames: NodeFrame[] = []
  const props: Stack['props'] = { causes: [] }
  let end = from - 1
  let open = opened
  let listed = false
  let current: NodeFrame[] = frames
  for (let index = from; index < Math.min(to, from + 400); index++) {
    const line = lines[index]!
    const nested = /^\s+\[(?:cause|errors)\]: (?:\[ *$|(?:\[ ?)?([A-Z]\w*)(?: \[(\w+)\])?: (.*)$)/.exec(line) ?? (open ? /^\s{2,}()()(?:Error|\w+Error): (.*)$/.exec(line) : null)
    if (stackLine.test(line)) {
      const frame = readFrame(line)
      if (frame && current.length < 60) current.push(frame)
      if (line.endsWith(' {')) open = true
    } else if (nested && open) {
      // Of several errors at once the first; of a chain of causes each.
      const skipped = listed && props.causes.length > 0
      if (/\[errors\]/.test(line)) listed = true
      if (nested[3] !== undefined && props.causes.length < 10 && !skipped) {
        current = []
        props.causes.push({ type: nested[1] || 'Error', code: nested[2] || undefined, message: nested[3].replace(/ \{$/, ''), frames: current })
      }
    } else if (/^\s*\{$|^\s+\.\.\. \d+ (?:more )?lines matching/.test(line) || line.startsWith("Emitted 'error' event")) {
      open ||= line.trim() === '{'
    } else if (open && (/^\s/.test(line) || /^[}\]]+,?$/.test(line.trim()))) {
      const code = /^\s+code: '(\w+)'/.exec(line)?.[1]
      if (code && props.causes.length === 0) props.code ??= code
      else if (code) props.causes.at(-1)!.code ??= code
      if (line.startsWith('}')) { end = index; break }
    } else break
    end = index
  }
  return { frames, end, props }
}

/** `file:line`, the code and a caret before the message: where a parser stopped or an exception was thrown. */
function headerOf(lines: readonly string[], index: number): { place: { file: string; line: number }; at: number } | undefined {
  for (let at = index - 1; at >= Math.max(0, index - 7); at--) {
    const match = header.exec(lines[at]!.trim().replace(/^Exception during run: /, ''))
    if (match) return { place: { file: match[1]!.replace(/^file:\/\//, ''), line: Number(match[2]) }, at }
  }
  return undefined
}

function evidenceOf({ start, at, end }: Exception, lines: readonly string[]): number[] {
  const stack = findLine(lines, stackLine, at, longestMessage)
  const frames = stack === -1 ? -1 : findLine(lines, /^\s+at (?!.*(?:node:|node_modules\/|internal\/)).*:\d+:\d+/, stack, 30)
  const said = Array.from({ length: Math.min(8, (stack === -1 || stack > end ? at + 1 : stack) - at) }, (_, offset) => at + offset)
  return [...new Set([...(start < at ? [start, start + 1] : []), ...said, ...(frames !== -1 && frames <= end ? [frames] : [])])].filter((line) => lines[line]?.trim()).toSorted((a, b) => a - b)
}
