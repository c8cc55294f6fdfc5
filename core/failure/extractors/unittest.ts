import { findLine, mostFinds, type Extractor, type Found } from '../extractor.ts'
import { pythonCause } from './python-errors.ts'
import { errorOf, evidenceOf, header, readChain, rootOf } from './python-traceback.ts'

const heading = /^(FAIL|ERROR|UNEXPECTED SUCCESS): (\S.*)$/
const double = /^={70}$/
const single = /^-{70}$/

/** unittest, and runners that print as it does (Django's, trial's): sections between rulers, each with a test and a traceback. */
export const unittest: Extractor = {
  tool: 'unittest',
  signs: [/^={70}\n(?:FAIL|ERROR|UNEXPECTED SUCCESS): /m, /^NO TESTS RAN\b/m],
  extract({ lines }) {
    const finds: Found[] = []
    for (let index = 0; index < lines.length && finds.length < mostFinds; index++) {
      if (/^NO TESTS RAN\b/.test(lines[index]!)) finds.push({ class: 'collection_error', title: 'unittest finds no tests', key: ['no tests'], at: index, role: 'effect' })
      const match = double.test(lines[index - 1] ?? '') ? heading.exec(lines[index]!) : null
      if (!match) continue
      const next = findLine(lines, /^={70}$|^Ran \d+ tests? in /, index + 1, 2_000)
      const end = next === -1 ? lines.length - 1 : next - 1
      finds.push(sectionCause(match[2]!, lines, index, end))
      index = end
    }
    return finds
  },
}

function sectionCause(title: string, lines: readonly string[], from: number, to: number): Found {
  const id = testId(title)
  const span = [from, to] as const
  const first = findLine(lines, header, from, 40)
  const chain = first === -1 || first > to ? [] : readChain(lines, first)
  // A test module that cannot be imported is reported as a test, with the traceback of the import in its message.
  const loader = /unittest\.loader\._FailedTest/.test(title)
  const root = rootOf(chain)
  if (!root) {
    const said = lines.slice(from + 1, to + 1).find((line) => line.trim() !== '' && !single.test(line)) ?? ''
    const found = loader ? importFailure(lines, from, to) : undefined
    return found ? { ...found, at: from, span } : { class: 'test_failed', test: id, title: `${id} fails${said === '' ? '' : `: ${said}`}`, key: [id, said], at: from, span }
  }
  const error = errorOf(root)
  if (loader || /(?:ModuleNotFoundError|ImportError)$/.test(root.type)) return { ...pythonCause(error), at: root.at, span, evidence: [from, ...evidenceOf(root)] }
  const message = root.message === '' ? root.type : `${root.type}: ${root.message}`
  return {
    class: 'test_failed', test: id, code: root.type.split('.').at(-1), file: root.frames.find(({ file }) => /test/i.test(file))?.file ?? error.file, line: error.line,
    title: `${id} fails: ${message}`, key: [id, message], at: root.at, span, evidence: [from, ...evidenceOf(root)],
  }
}

function importFailure(lines: readonly string[], from: number, to: number): Omit<Found, 'at'> | undefined {
  for (let index = to; index > from; index--) {
    const match = /^((?:\w+\.)*[A-Z]\w*(?:Error|Exception)): (.*)$/.exec(lines[index]!)
    if (match && !match[2]!.startsWith('Failed to import test module')) return pythonCause({ type: match[1]!, message: match[2]! })
  }
  return undefined
}

/** `test_a (shop.tests.CartTest)` of old, `test_a (shop.tests.CartTest.test_a)` of new, both with what a subtest adds. */
function testId(title: string): string {
  const [, name, where, rest = ''] = /^(\S+) \(([\w.<>]+)\)(.*)$/.exec(title) ?? []
  if (name === undefined) return title
  return `${where!.endsWith(`.${name}`) ? where : `${where}.${name}`}${rest}`
}
