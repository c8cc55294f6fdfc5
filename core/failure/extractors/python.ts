import { findByRules, findLine, findLineBefore, mostFinds, type Extractor, type Found, type Rule } from '../extractor.ts'
import { pythonCause } from './python-errors.ts'
import { errorOf, evidenceOf, header, readChain, rootOf, ungrouped } from './python-traceback.ts'

/** What the interpreter prints when it cannot even start. */
const startRules: readonly Rule[] = [
  {
    pattern: /^\S*python[\w.]*(?:\.exe)?: (?:Error while finding module specification for|No module named) '?([\w.-]+)'?/,
    cause: ([, module]) => pythonCause({ type: 'ModuleNotFoundError', message: `No module named '${module}'` }),
  },
  {
    pattern: /^\S*python[\w.]*(?:\.exe)?: can't open file '([^']+)': (.*)$/,
    cause: ([, file, reason]) => ({ class: 'config_error', file, title: `Python cannot open ${file}: ${reason}`, key: ['open', file, reason] }),
  },
  {
    pattern: /^Fatal Python error: (?:\w+: )?(.+)$/,
    cause([, message], { lines, index }) {
      const at = findLine(lines, /^\s*File "[^"]+", line \d+ in /, index, 40)
      const own = at === -1 ? null : /File "([^"]+)", line (\d+) in (.+)$/.exec(lines[at]!)
      return { class: 'crash', file: own?.[1], symbol: own?.[3], title: `Python crashed: ${message}`, key: ['fatal', message, own?.[1], own?.[3]] }
    },
  },
]

/** Tracebacks of Python, from whichever program printed them. */
export const python: Extractor = {
  tool: 'python',
  signs: ['Traceback (most recent call last)', /^(?:Syntax|Indentation|Tab)Error: /m, /^\S{0,200}python[\w.]*(?:\.exe)?: (?:No module|can't open|Error while)/m, 'Fatal Python error:'],
  extract: ({ lines }) => [...findByRules(lines, startRules), ...tracebacks(lines)],
}

const groupMember = /^ {0,60}\+(?:-\+)?-{10,} \d+ -{10,}$/
const bareException = /^((?:[A-Za-z_]\w*\.){0,12}[A-Z]\w*): (.*)$/
const syntaxError = /^\s{0,40}((?:Syntax|Indentation|Tab)Error): (.*)$/

/** The finds of all tracebacks between two lines. */
export function tracebacks(lines: readonly string[], from = 0, to = lines.length): Found[] {
  const finds: Found[] = []
  for (let index = from; index < to && finds.length < mostFinds; index++) {
    const line = lines[index]!
    if (line.length > 400) continue
    if (header.test(line)) {
      const chain = readChain(lines, index)
      const root = rootOf(chain)
      if (!root) continue
      const end = chain.at(-1)!.end
      // A group says that its members failed.
      const role = root.type.endsWith('ExceptionGroup') ? { role: 'effect' as const } : {}
      finds.push({ ...pythonCause(errorOf(root)), at: root.at, span: [index, end], evidence: evidenceOf(root), ...role })
      index = end
    } else if (groupMember.test(line)) {
      const bare = bareException.exec(ungrouped(lines[index + 1] ?? ''))
      if (bare) finds.push({ ...pythonCause({ type: bare[1]!, message: bare[2]! }), at: index + 1 })
    } else {
      const found = syntaxBlock(lines, index)
      if (found) finds.push(found)
    }
  }
  return finds
}

/** `File "x.py", line 2`, the line, a caret and the error, without a traceback. */
function syntaxBlock(lines: readonly string[], index: number): Found | undefined {
  const raised = syntaxError.exec(lines[index]!)
  if (!raised) return undefined
  const at = findLineBefore(lines, /^\s{0,40}(?:\*\*\* )?File "[^"]+", line \d+/, index, 8)
  if (at === -1) return undefined
  const place = /File "([^"]+)", line (\d+)/.exec(lines[at]!)!
  return { ...pythonCause({ type: raised[1]!, message: raised[2]!, file: place[1], line: Number(place[2]) }), at: index, span: [at, index] }
}
