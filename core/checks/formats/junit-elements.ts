import { createRequire } from 'node:module'
import type * as Saxes from 'saxes'

export interface JunitOutcome {
  type: 'failure' | 'error' | 'skipped'
  /** The `type` attribute: an exception's name, `todo`, `pytest.xfail`. */
  kind: string
  message: string
  text: string
}

/** A `<testcase>` as written, with the names of the suites around it, outermost first. */
export interface JunitCase {
  name: string
  className: string
  file: string
  seconds: number | undefined
  suites: readonly string[]
  outcomes: JunitOutcome[]
}

/** A `<testsuite>` that counts failures or errors of which none is written as a test: its file could not be loaded. */
export interface JunitBrokenSuite { name: string; file: string; text: string }

export type JunitDocument =
  | { type: 'document'; cases: JunitCase[]; brokenSuites: JunitBrokenSuite[] }
  | { type: 'broken'; reason: string }

interface OpenSuite { name: string; file: string; claimed: number; failing: number; text: string }

// Tools write what tests print: characters that XML does not have, and references to them.
const invalidCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const references = /&#(?:x([0-9a-f]+)|(\d+));/gi
const outcomeTags = new Set(['failure', 'error', 'skipped'])
const chunkLength = 64 * 1024
const keptText = 16 * 1024

/** Reads one JUnit file as a stream of elements. Never throws; XML that is cut short or malformed is `broken`. */
export function readJunit(source: string): JunitDocument {
  const text = repair(source)
  if (text.trim() === '') return { type: 'broken', reason: 'it is empty' }
  const cases: JunitCase[] = []
  const brokenSuites: JunitBrokenSuite[] = []
  const suites: OpenSuite[] = []
  let root: string | undefined
  let current: JunitCase | undefined
  let outcome: JunitOutcome | undefined
  let inSuiteError = false
  let reason: string | undefined

  // Loaded with the first report: a supervisor whose checks write none does not hold it.
  const { SaxesParser } = createRequire(import.meta.url)('saxes') as typeof Saxes
  const parser = new SaxesParser({ position: true })
  parser.on('error', (error) => { reason ??= error.message })
  parser.on('opentag', ({ name: tag, attributes }) => {
    const attribute = (name: string) => {
      const value = attributes[name]
      return typeof value === 'string' ? value : ''
    }
    root ??= tag
    if (tag === 'testsuite') {
      const claimed = (Number(attribute('errors')) || 0) + (Number(attribute('failures')) || 0)
      suites.push({ name: attribute('name'), file: attribute('file') || attribute('filepath'), claimed, failing: 0, text: '' })
    } else if (tag === 'testcase') {
      const seconds = Number.parseFloat(attribute('time').replaceAll(',', ''))
      current = {
        name: attribute('name'), className: attribute('classname'), file: attribute('file'),
        seconds: Number.isFinite(seconds) ? seconds : undefined, suites: suites.map((suite) => suite.name), outcomes: [],
      }
    } else if (outcomeTags.has(tag)) {
      if (current) current.outcomes.push((outcome = { type: tag as JunitOutcome['type'], kind: attribute('type'), message: attribute('message'), text: '' }))
      else if (suites.length > 0) inSuiteError = true
    } else if (tag === 'system-err' && !current) inSuiteError = true
  })
  const take = (chunk: string) => {
    if (outcome && outcome.text.length < keptText) outcome.text += chunk
    const suite = suites.at(-1)
    if (inSuiteError && suite && suite.text.length < keptText) suite.text += chunk
  }
  parser.on('text', take)
  parser.on('cdata', take)
  parser.on('closetag', ({ name: tag }) => {
    if (outcomeTags.has(tag)) outcome = undefined
    if (outcomeTags.has(tag) || tag === 'system-err') inSuiteError = false
    if (tag === 'testcase' && current) {
      const bad = current.outcomes.some((each) => each.type !== 'skipped')
      if (bad) for (const suite of suites) suite.failing += 1
      cases.push(current)
      current = undefined
    } else if (tag === 'testsuite') {
      const suite = suites.pop()
      if (suite && suite.claimed > 0 && suite.failing === 0) {
        brokenSuites.push({ name: suite.name, file: suite.file, text: suite.text })
        for (const outer of suites) outer.failing += 1
      }
    }
  })
  for (let start = 0; start < text.length && reason === undefined; start += chunkLength) parser.write(text.slice(start, start + chunkLength))
  if (reason === undefined) parser.close()
  if (reason !== undefined) return { type: 'broken', reason: `it is not well-formed XML (${reason})` }
  if (root !== 'testsuites' && root !== 'testsuite') return { type: 'broken', reason: `its root element is <${root}>, not <testsuites> or <testsuite>` }
  return { type: 'document', cases, brokenSuites }
}

function repair(source: string): string {
  return source
    .replace(/^\uFEFF/, '')
    .toWellFormed()
    .replace(invalidCharacters, '')
    .replace(references, (reference, hexadecimal: string | undefined, decimal: string | undefined) => {
      const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)
      const valid = code === 9 || code === 10 || code === 13 || (code >= 32 && code < 0xd800) || (code > 0xdfff && code < 0xfffe) || (code > 0xffff && code < 0x110000)
      return valid ? reference : ''
    })
}
