import type { Cause } from '../../model/failure.ts'
import { makeCause } from '../cause.ts'
import type { FailureContext } from '../context.ts'
import type { Extractor } from '../extract.ts'
import { pythonCause } from './python-errors.ts'

const heading = /^_{2,} (.+?) _{2,}$/
const rule = /^(?:=|!)+ .* (?:=|!)+$/
const summary = /^(FAILED|ERROR) (\S.*?::.*?)(?: - (.*))?$/
const raised = /^E\s+((?:\w+\.)*\w*(?:Error|Exception|Warning|Failed|Exit|Interrupt)): ?(.*)$/
const place = /^(\S+\.py):(\d+): (?:in |\w)/

/** pytest's own report: files that cannot be collected, and tests that fail, each by its node id. */
export const pytest: Extractor = {
  tool: 'pytest',
  recognise: (text) =>
    /^=+ (?:test session starts|short test summary info|ERRORS|FAILURES) =+$|^ImportError while loading conftest|^(?:FAILED|ERROR) \S+::/m.test(text),
  extract(text, context) {
    const lines = text.split('\n')
    const sections = sectionsOf(lines)
    const causes: Cause[] = []
    const conftest = lines.findIndex((line) => line.startsWith('ImportError while loading conftest'))
    if (conftest !== -1) causes.push(loadCause(undefined, lines.slice(conftest, conftest + 40), context))
    for (const section of sections) {
      const collecting = /^ERROR collecting (.+)$/.exec(section.title)
      if (collecting) causes.push(loadCause(collecting[1], section.lines, context))
    }
    const seen = new Set<string>()
    for (const line of lines) {
      const listed = summary.exec(line)
      if (!listed || seen.has(listed[2]!)) continue
      seen.add(listed[2]!)
      causes.push(testCause(listed[2]!, listed[3] ?? '', sections, line, context))
    }
    return causes
  },
}

interface Section { title: string; lines: string[] }

function sectionsOf(lines: readonly string[]): Section[] {
  const sections: Section[] = []
  let current: Section | undefined
  for (const line of lines) {
    const title = heading.exec(line)?.[1]
    if (title !== undefined) sections.push((current = { title, lines: [] }))
    else if (rule.test(line)) current = undefined
    else current?.lines.push(line)
  }
  return sections
}

/** The last error line is the one that was not caught; the last place in the project is where it was raised. */
function loadCause(collected: string | undefined, lines: readonly string[], context: FailureContext): Cause {
  const error = lines.map((line) => raised.exec(line)).findLast((match) => match !== null)
  if (!error) {
    const first = lines.find((line) => /^E\s/.test(line))?.replace(/^E\s+/, '') ?? ''
    const title = `pytest cannot collect ${collected ?? 'conftest.py'}${first === '' ? '' : `: ${first}`}`
    const evidence = lines.filter((line) => line.trim() !== '').slice(0, 5)
    return makeCause({ tool: 'pytest', class: 'collection_error', file: collected, title, key: ['collecting', collected, first], evidence }, context)
  }
  const syntax = /^E\s+File "([^"]+)", line (\d+)/
  const syntaxLine = lines.map((line) => syntax.exec(line)).findLast((match) => match !== null)
  const frames = lines.map((line) => place.exec(line)).filter((match) => match !== null && !/site-packages|\/lib\/python/.test(match[1]!))
  const at = syntaxLine ?? frames.at(-1)
  const evidence = lines.filter((line) => /^E\s/.test(line)).slice(-5)
  return pythonCause({ type: error[1]!, message: error[2]!, file: at?.[1] ?? collected, line: at ? Number(at[2]) : undefined }, 'pytest', evidence, context)
}

/** The section has the whole message; the summary cuts it to the terminal's width. */
function testCause(nodeId: string, short: string, sections: readonly Section[], line: string, context: FailureContext): Cause {
  const name = nodeId.split('::').slice(1).join('.')
  const section = sections.find(({ title }) => title === name || title.endsWith(` of ${name}`))
  const error = section?.lines.find((each) => /^E\s{2,}\S/.test(each))?.replace(/^E\s+/, '') ?? short.replace(/\.{3}$/, '')
  const kind = /^((?:\w+\.)*\w*(?:Error|Exception)): /.exec(error)?.[1]
  const file = nodeId.split('::')[0]
  return makeCause({
    tool: 'pytest', class: 'test_failed', test: nodeId, file, code: kind ?? 'AssertionError',
    title: `${nodeId} fails${error === '' ? '' : `: ${error}`}`, key: [nodeId, error],
    evidence: [line, ...(section?.lines.filter((each) => /^[E>]\s/.test(each)).slice(0, 5) ?? [])],
  }, context)
}
