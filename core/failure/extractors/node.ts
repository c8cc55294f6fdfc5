import type { Cause } from '../../model/failure.ts'
import { makeCause } from '../cause.ts'
import type { CauseParts } from '../cause.ts'
import type { Extractor } from '../extract.ts'

type Found = Omit<CauseParts, 'tool' | 'evidence'>
interface Rule { pattern: RegExp; cause(match: RegExpExecArray, after: readonly string[], before: readonly string[]): Found | undefined }

const ownFrame = /^\s*at (?:(.+?) \()?(?:file:\/\/)?((?:[A-Za-z]:)?[/\\][^()]*?):(\d+):\d+\)?$/
const header = /^(?:file:\/\/)?((?:[A-Za-z]:)?[/\\][^:]+):(\d+)$/
const relative = /^(?:\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\]|file:)/

/** What Node prints when a program cannot be loaded or ends by an exception: data, one rule for each form. */
const rules: readonly Rule[] = [
  {
    pattern: /The requested module '([^']+)' (?:does not provide an export named|is a CommonJS module.*Named export) '([^']+)'/,
    cause: ([, module, symbol], _, before) => ({
      class: 'import_crash', module, symbol, ...headerOf(before), title: `${module} has no export ${symbol}`, key: ['no export', module, symbol],
    }),
  },
  {
    pattern: /Cannot find (?:package|module) '([^']+)'(?: imported from '?([^\s']+)'?)?/,
    cause: ([, module, importer], after) => {
      const from = importer ?? /^- (\S+)/.exec(after.find((line) => line.startsWith('- ')) ?? '')?.[1]
      if (!relative.test(module!)) return { class: 'missing_dependency', module, file: from, title: `Node package ${module} is missing`, key: ['no package', module] }
      const title = `Module ${module} does not exist${from === undefined ? '' : `, imported from ${from}`}`
      return { class: 'import_crash', module, file: from, title, key: ['no module', module, from] }
    },
  },
  {
    pattern: /^(?:Uncaught )?SyntaxError: (.+)$/,
    cause: ([, message], after, before) => {
      // Other languages have errors of this name; Node prints a stack after it.
      if (!after.slice(0, 5).some((line) => /^\s+at /.test(line))) return undefined
      const place = headerOf(before)
      return { class: 'syntax_error', ...place, title: `Syntax error${inFile(place.file)}: ${message}`, key: ['syntax', message, place.file] }
    },
  },
  {
    pattern: /^(?:Uncaught )?([A-Z]\w*Error)(?: \[(\w+)\])?: (.*)$/,
    cause: ([, type, code, message], after) => {
      const stack = after.findIndex((line) => /^\s+at /.test(line))
      if (stack === -1) return undefined
      const frame = after.map((line) => ownFrame.exec(line)).find((match) => match !== null && !/[/\\]node_modules[/\\]/.test(match[2]!))
      const file = frame?.[2]
      const asserted = type === 'AssertionError'
      // An assertion's first line says only how it compared; the values follow.
      const detail = asserted ? after.slice(0, stack).filter((line) => line.trim() !== '').slice(0, 8).join(' ') : ''
      const whole = `${message} ${detail}`.trim()
      return {
        class: asserted ? 'test_failed' : 'crash', code: code ?? type, symbol: frame?.[1], file, line: frame ? Number(frame[3]) : undefined,
        title: `${type}${inFile(file)}: ${whole}`, key: [type, code, whole, file],
      }
    },
  },
]

/** The runtime itself: modules that are missing, syntax errors, and exceptions that nobody caught. */
export const node: Extractor = {
  tool: 'node',
  recognise: (text) => /Cannot find (?:package|module) '|does not provide an export named|Named export|^(?:# )?(?:Node\.js v\d|SyntaxError: )/m.test(text),
  extract(text, context) {
    const causes: Cause[] = []
    // node:test puts what a test file printed into comments.
    const lines = text.split('\n').map((line) => line.replace(/^# ?/, ''))
    for (const [index, line] of lines.entries()) {
      if (!/Error|Cannot find|requested module/.test(line) || line.length > 2_000) continue
      const after = lines.slice(index + 1, index + 40)
      const end = after.findIndex((each) => /^Node\.js v\d/.test(each))
      const before = lines.slice(Math.max(0, index - 6), index)
      for (const rule of rules) {
        const match = rule.pattern.exec(line)
        const found = match && rule.cause(match, end === -1 ? after : after.slice(0, end), before)
        if (!found) continue
        causes.push(makeCause({ ...found, tool: 'node', evidence: [...before.slice(-3), line].filter((each) => each.trim() !== '') }, context))
        break
      }
    }
    return causes
  },
}

function inFile(file: string | undefined): string {
  return file === undefined ? '' : ` in ${file}`
}

function headerOf(before: readonly string[]): { file?: string; line?: number } {
  const match = before.map((line) => header.exec(line.trim())).findLast((each) => each !== null)
  return match ? { file: match[1]!, line: Number(match[2]) } : {}
}
