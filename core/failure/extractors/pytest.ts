import { findByRules, longestLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { isOwnFile } from '../roots.ts'
import { pythonCause } from './python-errors.ts'

/** What pytest says when no test ran. */
const startRules: readonly Rule[] = [
  {
    pattern: /^(?:\S*python[\w.]* -m )?(?:\S*pytest(?:\.py)?|__main__\.py): error: (.+)$/,
    cause: ([, message]) => ({ class: 'config_error', title: `pytest is called wrongly: ${message}`, key: ['usage', message] }),
  },
  {
    pattern: /^ERROR: (file or directory not found|not found|found no collectors for|[\w.-]+:\d+: |.*(?:requires pytest|unknown configuration value|Missing required plugins|could not parse)): ?(.*)$/,
    cause: ([, what, about]) => ({ class: 'config_error', title: `pytest: ${what}: ${about}`, key: [what, about] }),
  },
  {
    pattern: /^(?:=+ )?(?:no tests ran|no tests collected)(?: in [\d.]+s)?(?: =+)?$/,
    cause: () => ({ class: 'collection_error', title: 'pytest finds no tests', key: ['no tests'], role: 'effect' }),
  },
  {
    pattern: /^(?:\[gw\d+\] )?worker '\w+' crashed while running '([^']+)'/,
    cause: ([, test]) => ({ class: 'crash', test, title: `The interpreter crashed in ${test}`, key: ['worker crashed', test] }),
  },
]

const heading = /^_+ (.+?) _+$/
const ruler = /^(?:=+|!+) .* (?:=+|!+)$/
const summary = /^(?:\[gw\d+\] )?(FAILED|ERROR|SUBFAIL(?:ED)?\S*) (\S.*?)(?: - (.*))?$/
const raised = /^E\s+((?:\w+\.)*[A-Za-z_]\w*): ?(.*)$/
const place = /^(\S[^:]{0,300}\.py):(\d+): (?:in |\w|$)/
const internal = /^INTERNALERROR> ?/

/** pytest's own report: files that cannot be collected, and tests that fail, each by its node id, in every style of traceback. */
export const pytest: Extractor = {
  tool: 'pytest',
  signs: [
    /^=+ (?:test session starts|short test summary info|ERRORS|FAILURES) =+$/m, /^ImportError while loading conftest/m, /^(?:FAILED|ERROR) \S+\.py(?:::| - |$)/m,
    'INTERNALERROR>', /^ERROR: (?:file or directory not found|not found|usage)/m, /pytest(?:\.py)?: error: /, /^(?:=+ )?no tests (?:ran|collected)/m, /crashed while running '/,
  ],
  extract({ lines }) {
    const sections = sectionsOf(lines)
    const finds: Found[] = [...findByRules(lines, startRules)]
    const stopped = lines.findIndex((line) => internal.test(line))
    if (stopped !== -1) finds.push(...internalError(lines, stopped))
    const oneLiners = lineTracebacks(lines)
    const listed = listedIn(lines, oneLiners)
    for (const section of sections.slice(0, mostFinds)) finds.push(section.title.startsWith('ERROR collecting ') || section.title === 'conftest' ? loadFailure(section, lines) : testFailure(section, lines, listed))
    finds.push(...oneLiners.map(({ from, to }) => ({ class: 'test_failed', title: '', key: [], at: from, span: [from, to] as const, role: 'echo' as const })))
    const read = new Set(finds.filter(({ role }) => role !== 'effect').map((find) => find.test ?? find.file))
    for (const { id, kind, message, at } of listed.values()) {
      if (read.has(id) || (kind === 'ERROR' && finds.some(({ test }) => test === id)) || finds.length >= 2 * mostFinds) continue
      // A file that could not be loaded is listed without a test; its section has said why.
      if (!id.includes('::') && sections.some(({ title }) => title.endsWith(` ${id}`))) continue
      finds.push(id.includes('::') ? failedTest(id, message.replace(/(?:\.{3}|…)$/, ''), at) : unloaded(id, message, at))
    }
    return finds
  },
}

interface Section { title: string; from: number; to: number }

function sectionsOf(lines: readonly string[]): Section[] {
  const sections: Section[] = []
  let current: Section | undefined
  for (const [index, line] of lines.entries()) {
    if (line.length > longestLine) continue
    const title = line.startsWith('_') ? heading.exec(line)?.[1] : line.startsWith('ImportError while loading conftest') ? 'conftest' : undefined
    if (title !== undefined && !/^[_ ]+$/.test(title)) sections.push((current = { title, from: index, to: index }))
    else if (ruler.test(line)) current = undefined
    else if (current && current.title === 'conftest' && line !== '' && !/^(?:\s|E |\S+\.py:\d+)/.test(line)) current = undefined
    else if (current) current.to = index
  }
  return sections
}

interface Listed { id: string; kind: string; message: string; at: number }

/** The short summary; of a test that is named twice the first. Words after the id without ` - ` belong to a parameter. */
function listedIn(lines: readonly string[], oneLiners: readonly OneLiner[]): Map<string, Listed> {
  const listed = new Map<string, Listed>()
  for (const [at, line] of lines.entries()) {
    const match = line.length < longestLine ? summary.exec(line) : null
    const id = match?.[2]
    if (!id || !/^[^\s:]+\.py(?:::|$)/.test(id) || listed.has(id)) continue
    const message = match[3] ?? ''
    const whole = message.endsWith('...') && oneLiners.flatMap(({ messages }) => messages).find((each) => each.startsWith(message.slice(0, -3)))
    listed.set(id, { id, kind: match[1]!, message: whole || message, at })
  }
  return listed
}

interface OneLiner { from: number; to: number; messages: string[] }

/** `--tb=line`: below the ruler `a.py:3: message`, and what was captured, without headings. */
function lineTracebacks(lines: readonly string[]): OneLiner[] {
  const found: OneLiner[] = []
  for (const [from, line] of lines.entries()) {
    if (!/^=+ (?:FAILURES|ERRORS) =+$/.test(line) || heading.test(lines[from + 1] ?? '')) continue
    const next = lines.findIndex((each, index) => index > from && (ruler.test(each) || heading.test(each)))
    const to = next === -1 ? lines.length - 1 : next - 1
    found.push({ from, to, messages: lines.slice(from + 1, to + 1).flatMap((each) => /^\S[^:]{0,300}:\d+: (.*)$/.exec(each)?.[1] ?? []) })
  }
  return found
}

/** The last error line is the one that was not caught; the last place in the project is where it was raised. */
function loadFailure({ title, from, to }: Section, lines: readonly string[]): Found {
  const body = lines.slice(from, to + 1)
  const collected = title === 'conftest' ? /conftest '([^']+)'/.exec(lines[from]!)?.[1] : title.slice('ERROR collecting '.length)
  const error = body.map((line) => raised.exec(line)).findLast((match) => match !== null && isException(match[1]!))
  const said = body.flatMap((line, index) => (/^E\s/.test(line) ? [from + index] : [])).slice(-6)
  // The last place in the project, and the line of code that pytest prints below it.
  const raisedAt = body.findLastIndex((line) => place.test(line) && isOwnFile(place.exec(line)![1]!))
  const shown = raisedAt === -1 ? [] : [from + raisedAt, from + raisedAt + 1].filter((at) => at <= to && !said.includes(at))
  const position = { at: said.at(-1) ?? from, span: [from, to] as const, evidence: [from, ...shown, ...said] }
  if (!error) {
    const first = body.find((line) => /^E\s/.test(line))?.replace(/^E\s+/, '') ?? ''
    const missing = /^(?:ModuleNotFoundError|ImportError)?:? ?(No module named .*)$/.exec(first)?.[1]
    if (missing) return { ...pythonCause({ type: 'ModuleNotFoundError', message: missing, file: collected }), ...position }
    return { class: 'collection_error', file: collected, title: `pytest cannot collect ${collected}${first === '' ? '' : `: ${first}`}`, key: ['collecting', collected, first], ...position }
  }
  const syntax = body.map((line) => /^E\s+File "([^"]+)", line (\d+)/.exec(line)).findLast((match) => match !== null)
  const frames = body.map((line) => place.exec(line)).filter((match) => match !== null && isOwnFile(match[1]!))
  const where = syntax ?? frames.at(-1)
  const found = pythonCause({ type: error[1]!, message: error[2]!, file: where?.[1] ?? collected, line: where ? Number(where[2]) : undefined })
  // A module that raises while it is loaded keeps its tests from being collected: what is wrong is its exception.
  const failureClass = found.class === 'crash' || found.class === 'test_failed' ? 'collection_error' : found.class
  return { ...found, class: failureClass, ...position }
}

function unloaded(file: string, message: string, at: number): Found {
  const [, type, text] = /^((?:\w+\.)*\w+): (.*)$/.exec(message) ?? []
  if (type && isException(type)) {
    const found = pythonCause({ type, message: text!, file })
    return { ...found, class: found.class === 'crash' ? 'collection_error' : found.class, at }
  }
  return { class: 'collection_error', file, title: `pytest cannot collect ${file}${message === '' ? '' : `: ${message}`}`, key: ['collecting', file, message], at, role: 'effect' }
}

/** The section has the whole message; the summary cuts it to the terminal's width. */
function testFailure({ title, from, to }: Section, lines: readonly string[], listed: Map<string, Listed>): Found {
  const name = title.replace(/^ERROR at (?:setup|teardown) of /, '')
  const dotted = (id: string) => id.split('::').slice(1).join('.')
  const matches = [...listed.values()].filter(({ id }) => dotted(id) === name)
  const places = lines.slice(from, to + 1).flatMap((line) => place.exec(line)?.[1] ?? [])
  const entry = matches.find(({ id }) => places.includes(id.split('::')[0]!)) ?? matches[0]
  const own = places.find((file) => /(?:^|\/)(?:test_\w+|\w+_test|conftest)\.py$/.test(file)) ?? places.find(isOwnFile) ?? ''
  const id = entry?.id ?? `${own}::${name.replace(/^[^[]*/, (plain) => plain.replaceAll('.', '::'))}`
  const first = lines.findIndex((line, index) => index > from && index <= to && /^E\s{2,}\S/.test(line))
  const error = first === -1 ? undefined : lines[first]!.replace(/^E\s+/, '')
  const message = error ?? nativeError(lines, from, to) ?? entry?.message.replace(/(?:\.{3}|…)$/, '') ?? ''
  const shown = lines.slice(from, to + 1).flatMap((line, index) => (/^[E>]\s/.test(line) ? [from + index] : [])).slice(0, 8)
  const failure = failedTest(id, message, first === -1 ? from : first)
  // What cannot be cleaned up afterwards is the second thing that went wrong.
  return { ...failure, span: [from, to], evidence: [from, ...shown], ...(title.startsWith('ERROR at teardown') && { role: 'effect' as const }) }
}

/** `--tb=native`: the last line that names an exception. */
function nativeError(lines: readonly string[], from: number, to: number): string | undefined {
  const tail = lines.slice(from, to + 1)
  const captured = tail.findIndex((line) => /^-+ Captured /.test(line))
  return tail.slice(0, captured === -1 ? undefined : captured).findLast((line) => /^(?:\w+\.)*[A-Z]\w*(?:: |$)/.test(line))
}

function failedTest(id: string, message: string, at: number): Found {
  const file = id.split('::')[0]
  const [, type, text] = /^((?:\w+\.)*[A-Za-z_]\w*)(?:: (.*)|)$/.exec(message) ?? []
  const kind = type !== undefined && isException(type) ? type.split('.').at(-1)! : 'AssertionError'
  if (/^(?:ModuleNotFoundError|ImportError)$/.test(kind)) return { ...pythonCause({ type: kind, message: text ?? '', file }), test: id, at }
  const limit = /\bTimeout [(>]/.test(message) && /^(?:Failed|Timeout)/.test(message)
  return {
    class: limit ? 'timeout' : 'test_failed', test: id, file, code: kind, title: `${id} fails${message === '' ? '' : `: ${message}`}`,
    key: [id, limit ? 'timeout' : message], at, ...(message === '' && { role: 'effect' as const }),
  }
}

function internalError(lines: readonly string[], from: number): Found[] {
  let to = from
  while (internal.test(lines[to + 1] ?? '')) to++
  const body = lines.slice(from, to + 1).map((line) => line.replace(internal, ''))
  const error = body.map((line) => /^((?:\w+\.)*[A-Za-z_]\w*): (.*)$/.exec(line)).findLast((match) => match !== null && isException(match[1]!))
  const frame = body.map((line) => /^\s*File "([^"]+)", line (\d+), in (.+)$/.exec(line)).findLast((match) => match !== null && isOwnFile(match[1]!))
  if (!error) return []
  return [{ ...pythonCause({ type: error[1]!, message: error[2]!, file: frame?.[1], function: frame?.[3] }), at: to, span: [from, to] }]
}

function isException(name: string): boolean {
  return /^(?:\w+\.)*_*[A-Z]\w*$/.test(name) || /(?:Error|Exception|error|gaierror|Failed|Exit|Warning)$/.test(name)
}
