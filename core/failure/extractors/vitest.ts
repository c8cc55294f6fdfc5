import { findByRules, findLine, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { readFrame } from './node-errors.ts'
import { loadFailure, testFailure } from './test-failures.ts'

const startRules: readonly Rule[] = [
  {
    pattern: /^No test (?:files|suite) found(?:,| in file)/,
    cause(_, { lines, index }) {
      const at = findLine(lines, /^(?:filter|include): /, index, 8)
      return { class: 'collection_error', title: 'Vitest finds no tests', key: ['no tests', at === -1 ? undefined : lines[at]!.replace(/,$/, '')], span: [index, Math.max(index, at)] }
    },
  },
  {
    pattern: /^ERROR: Coverage for (\w+) \([\d.]+%\) does not meet (.{1,200}?)threshold \(([\d.]+%)\)/,
    cause: ([, metric, scope, limit]) => ({ class: 'test_failed', title: `Coverage of ${metric} is below ${limit}`, key: ['coverage', metric, scope] }),
  },
]

const failLine = /^\s*FAIL\s+(?:\|[^|]{1,60}\| |[\w-]{1,40} \| )?(\S+\.[cm]?[jt]sx?)(?: \[ (?:.+) \]| > (.+))?$/
const ruler = /^⎯{3,}/
const headedRuler = /^⎯{3,} (Failed Tests|Failed Suites|Unhandled (?:Errors?|Rejection)|Uncaught Exception|Unhandled Rejection|Startup Error) ?\d* ?⎯{3,}/

/** Vitest: the failed tests and suites after the run; the tree before them and the summary after them say the same. */
export const vitest: Extractor = {
  tool: 'vitest',
  signs: [/^\s*FAIL\s+\S.* (?:> |\[ )/m, /^⎯{3,} /m, /^No test (?:files|suite) found/m, /^ERROR: Coverage for /m],
  extract({ lines }) {
    const finds: Found[] = findByRules(lines, startRules)
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      const line = lines[index]!
      const head = line.includes('FAIL') ? failLine.exec(line) : null
      if (/^(?:stderr|stdout) \| \S/.test(line)) {
        const blank = findLine(lines, /^\s*$/, index + 1)
        const end = blank === -1 ? index : blank
        finds.push({ class: 'test_failed', title: '', key: [], at: index, span: [index, end], role: 'echo' })
        index = end
        continue
      }
      const unhandled = headedRuler.exec(line)?.[1]
      if (head && !/^\s*(?:FAIL|$)/.test(lines[index + 1] ?? '')) {
        const end = blockEnd(lines, index)
        finds.push(blockCause(head[1]!, head[2], lines, index, end))
        index = end
      } else if (unhandled && /^Un|^Startup/.test(unhandled)) {
        const found = loose(lines, index)
        if (found) { finds.push(found); index = found.span![1] }
      }
    }
    return finds
  },
}

function blockEnd(lines: readonly string[], from: number): number {
  let index = from + 1
  while (index < lines.length && index < from + 400 && !ruler.test(lines[index]!) && !failLine.test(lines[index]!) && !/^\s*Test Files /.test(lines[index]!)) index++
  return index - 1
}

const place = /^ ❯ (?:.{1,200}? )?(\S+?):(\d+):(\d+)$/

function blockCause(file: string, name: string | undefined, lines: readonly string[], from: number, to: number): Found {
  const position = { at: from, span: [from, to] as const }
  const message: string[] = []
  const diff: string[] = []
  for (let index = from + 1; index <= to; index++) {
    const line = lines[index]!
    if (place.test(line) || /^\s+\d+\|/.test(line)) break
    if (/^[-+] (?!Expected|Received)/.test(line)) diff.push(line)
    else if (line !== '- Expected' && line !== '+ Received' && diff.length === 0) message.push(line)
  }
  const first = message.find((line) => line.trim() !== '') ?? ''
  if (name === undefined) return loadFailure(file, rewritten(message), [], position)
  // The values are in the message, unless it shortens them.
  const shortened = /…\(|\[Function|\{…\}|\{ Object|Snapshot/.test(first)
  return testFailure({ file, path: name.split(' > '), message: [first, ...(shortened ? diff.slice(0, 8) : [])], ...position })
}

/** Vite's words for a module that does not exist, as the runtime says it. */
function rewritten(message: readonly string[]): string[] {
  return message.map((line) =>
    line.replace(/Could not resolve "([^"]+)" imported by "[^"]+"\.?/, "Cannot find package '$1'").replace(/Failed to resolve import "([^"]+)" from "([^"]+)".*/, "Cannot find module '$1' imported from '$2'").replace(/Failed to load url (\S+) \(resolved id: \S+\) in (\S+?)\. Does the file exist\?/, "Cannot find module '$1' imported from '$2'"))
}

/** An error outside of a test. */
function loose(lines: readonly string[], ruled: number): Found | undefined {
  const at = findLine(lines, /^(?:\w*Error(?: \[\w+\])?|\w+Exception): /, ruled + 1, 12)
  if (at === -1) return undefined
  const end = blockEnd(lines, at)
  const frames = lines.slice(at, end + 1).flatMap((line) => {
    const own = place.exec(line)
    return own ? [{ file: own[1]!, line: Number(own[2]), function: undefined }] : readFrame(line) ?? []
  })
  const file = frames.find((frame) => !frame.file.includes('node_modules'))?.file
  const found = loadFailure(file, rewritten([lines[at]!]), frames, { at, span: [at, end] })
  return found.class === 'collection_error' ? { ...found, class: 'crash', title: `Outside of the tests: ${lines[at]}`, key: ['unhandled', lines[at], file] } : found
}
