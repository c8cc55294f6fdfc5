import type { Found } from '../extractor.ts'
import { isOwnFile } from '../roots.ts'
import { nodeCause, readFrame, type NodeFrame } from './node-errors.ts'

/** A test that failed, as the runners of JavaScript print it. */
export interface TestFailure {
  /** Test file. */
  file?: string | undefined
  /** Names of the suites and of the test, outermost first. */
  path: readonly string[]
  /** Lines between the name and the stack, without diffs' markers and code. */
  message: readonly string[]
  frames?: readonly NodeFrame[] | undefined
  at: number
  span: readonly [number, number]
  evidence?: readonly number[]
}

const mostMessage = 10

/** Of a test: its name, its exception, and the values that differ. What kept it from being loaded is the runtime's cause. */
export function testFailure({ file, path, message, frames = [], ...position }: TestFailure): Found {
  const said = message.map((line) => line.trim()).filter((line) => line !== '')
  const first = said[0] ?? ''
  const name = path.join(' › ')
  if (/^(?:\w*Error(?: \[\w+\])?: )?(?:Cannot find (?:package|module) '|The requested module ')/.test(first) && path.length === 0) return loadFailure(file, said, frames, position)
  const text = said.slice(0, mostMessage).join(' ')
  const timeout = /\btimeout of \d+ ?ms exceeded|Exceeded timeout of|Test timed out in|^(?:Error: )?(?:Test )?timed out\b|Timeout - Async callback/i.test(text)
  return {
    class: timeout ? 'timeout' : 'test_failed', test: name, file, code: /^(\w*(?:Error|Exception))\b/.exec(first)?.[1], title: `Test "${name}" fails${text === '' ? '' : `: ${text}`}`,
    key: [file, name, timeout ? 'timeout' : text], ...position, ...(text === '' && { role: 'effect' as const }),
  }
}

type Position = Pick<Found, 'at' | 'span' | 'evidence'>

/** A test file that could not be loaded: what its exception says, and where the exception says nothing of modules or syntax, that it was while loading. */
export function loadFailure(file: string | undefined, message: readonly string[], frames: readonly NodeFrame[], position: Position): Found {
  const said = message.map((line) => line.trim()).filter((line) => line !== '')
  const [, type = 'Error', code, text] = /^(?:([A-Z]\w*(?:Error|Exception)|Error)(?: \[(\w+)\])?: )?(.*)$/.exec(said[0] ?? '') ?? []
  const found = nodeCause({ type, code, message: text ?? '', frames: frames.length > 0 ? frames : [], importer: undefined, ...(type === 'SyntaxError' && file !== undefined && { place: { file, line: 0 } }) })
  const { line, ...rest } = found
  // Parsers of bundlers throw errors of their own names.
  if (/^(?:Unexpected token|Parse (?:failure|error)|Parsing error|Transform failed with|Failed to parse source|Expression expected|Unterminated|Expected .{1,40} but found)/i.test(text ?? '')) {
    return { tool: 'node', class: 'syntax_error', file, title: `Syntax error in ${file}: ${text}`, key: ['syntax', text, file], ...position }
  }
  const known = found.class !== 'crash' && found.class !== 'test_failed'
  if (known) return { ...rest, ...(line !== undefined && line > 0 && { line }), ...position }
  const words = said.slice(0, 3).join(' ')
  return { class: 'collection_error', file, title: `${file} cannot be loaded: ${words}`, key: ['load', file, words], ...position }
}

/** The frames of a stack between two lines. */
export function framesIn(lines: readonly string[], from: number, to: number): NodeFrame[] {
  const frames: NodeFrame[] = []
  for (let index = from; index <= to && index < lines.length && frames.length < 30; index++) {
    const frame = readFrame(lines[index]!)
    if (frame) frames.push(frame)
  }
  return frames
}

/** The test's own file among the frames: the outermost of the project, since the test calls the rest. */
export function testFileOf(frames: readonly NodeFrame[]): string | undefined {
  return frames.findLast(({ file }) => isOwnFile(file) && /[./_-](?:test|spec|cy|e2e)s?\.|(?:^|\/)(?:tests?|specs?|__tests__)\//.test(file))?.file ?? frames.find(({ file }) => isOwnFile(file))?.file
}
