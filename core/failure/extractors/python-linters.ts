import { findLine, lineExtractor, type Rule } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

const source = String.raw`([^\s:][^:]{0,300}\.pyi?|<string>)`

/** mypy and pyright: `a.py:3: error: message  [code]`, with or without a column and an end. */
export const mypy = lineExtractor('mypy', [/^(?:\S[^:\n]{0,300}\.pyi?|<string>):\d+:(?:\d+:)?(?:\d+:\d+:)? error: /m, /^mypy: /m, /^Found \d+ errors? in \d+ files?/m, /^usage: mypy/m], [
  {
    pattern: new RegExp(`^${source}:(\\d+):(?:\\d+:)?(?:\\d+:\\d+:)? error: (.+?)(?: {2}\\[([\\w-]+)\\])?$`),
    cause([, file, line, start, shown], { lines, index }) {
      const { message, code, end } = shown === undefined ? unwrapped(start!, lines, index) : { message: start!, code: shown, end: index }
      const place = { file, line: Number(line), code, span: [index, end] as const }
      const missing = /^Cannot find implementation or library stub for module named "([^"]+)"|^(?:Library stubs not installed for|Skipping analyzing) "([^"]+)"/.exec(message)
      if (missing) {
        const module = missing[1] ?? missing[2]
        return { ...place, class: missing[1] ? 'missing_dependency' : 'type_error', module, title: missing[1] ? `Python module ${module} is missing` : `Type stubs of ${module} are missing`, key: ['module', module] }
      }
      const syntax = code === 'syntax'
      return { ...place, class: syntax ? 'syntax_error' : 'type_error', title: `${file}: ${message}`, key: [syntax ? 'syntax' : undefined, message, file] }
    },
  },
  { pattern: /^mypy: (?:error: )?(.+)$/, cause: ([, message]) => ({ class: 'config_error', title: `mypy: ${message}`, key: [message] }) },
])

/** `--pretty` breaks messages at the terminal's width; the code in brackets ends them. */
function unwrapped(start: string, lines: readonly string[], index: number): { message: string; code: string | undefined; end: number } {
  let message = start
  for (let end = index + 1; end < Math.min(lines.length, index + 8); end++) {
    const line = lines[end]!
    if (/^\s*[\^~]|^\S[^:]*:\d+:/.test(line) || !/^\S|^ {4}\S/.test(line)) break
    const [, text, code] = /^\s*(.*?) {0,2}\[([\w-]+)\]$/.exec(line) ?? []
    if (code !== undefined) return { message: `${message} ${text}`.trim(), code, end }
    message += ` ${line.trim()}`
  }
  return { message: start, code: undefined, end: index }
}

/** pyright: `  /a.py:3:5 - error: message (reportUndefinedVariable)`. */
export const pyright = lineExtractor('pyright', [/^\s*\S+\.pyi?:\d+:\d+ - error: /m], [{
  pattern: new RegExp(`^\\s*${source}:(\\d+):\\d+ - error: (.+?)(?: \\((report\\w+)\\))?$`),
  cause([, file, line, message, code]) {
    const module = /^Import "([^"]+)" could not be resolved$/.exec(message!)?.[1]
    return { class: module === undefined ? 'type_error' : 'missing_dependency', file, line: Number(line), code, module, title: `${file}: ${message}`, key: [code, message, file] }
  },
}])

/** What a lint rule of Python complains of: `E9` and `F` that keep a file from being parsed are syntax errors. */
const isSyntax = (code: string) => /^(?:E9\d\d|invalid-syntax|syntax-error|E0001)$/.test(code)

const ruffPretty: Rule = {
  pattern: /^((?:[A-Z]{1,4}\d{2,4})|invalid-syntax|[a-z]+(?:-[a-z]+){1,4})(?: \[\*\])?:? (.+)$/,
  cause([, code, message], { lines, index }) {
    const at = index + 1
    const [, file, line] = /^\s*--> (\S+?):(\d+):\d+$/.exec(lines[at] ?? '') ?? []
    if (file === undefined) return undefined
    const end = findLine(lines, /^\s*$/, at, 40)
    return { ...lint(code!, message!, file, line!), span: [index, end === -1 ? at : end] as const }
  },
}

function lint(code: string, message: string, file: string, line: string) {
  return { class: isSyntax(code) ? 'syntax_error' : 'lint_error', file, line: Number(line), code, title: `${file}: ${message.trim()} (${code})`, key: [code, message.trim(), file] }
}

/** ruff, plain and with code frames. */
export const ruff = lineExtractor('ruff', [/^Found \d+ errors?\.$/m, /^\s*--> \S+\.pyi?:\d+:\d+$/m, /^ruff failed$/m, /^error: Failed to parse \S+\.pyi?:/m], [
  { pattern: new RegExp(`^${source}:(\\d+):\\d+: ([A-Z]{1,4}\\d{2,4}|invalid-syntax)(?: \\[\\*\\])?:? (.+)$`), cause: ([, file, line, code, message]) => lint(code!, message!, file!, line!) },
  { pattern: new RegExp(`^${source}:(\\d+):\\d+: (SyntaxError): (.+)$`), cause: ([, file, line, , message]) => lint('invalid-syntax', message!, file!, line!) },
  ruffPretty,
  {
    pattern: /^(?:error: )?(Failed to (?:parse|load configuration|read)) (\S+?)(?::(\d+):\d+)?: (.+)$/,
    cause: ([, what, file, line, message]) => ({ class: line === undefined ? 'config_error' : 'syntax_error', file, title: `${what} ${file}: ${message}`, key: [what, file, message] }),
  },
  {
    pattern: /^ruff failed$/,
    cause(_, { lines, index }) {
      const causes = [index + 1, index + 2, index + 3].map((at) => /^\s+Cause: (.+)$/.exec(lines[at] ?? '')?.[1]).filter((each) => each !== undefined)
      if (causes.length === 0) return undefined
      const message = causes.at(-1)!
      return { class: meaningOf(message) ?? 'config_error', title: `ruff: ${causes.join(': ')}`, key: causes, span: [index, index + causes.length] as const }
    },
  },
])

/** flake8, pycodestyle, pyflakes, pydocstyle by way of flake8: `a.py:1:1: F401 'os' imported but unused`. */
export const flake8 = lineExtractor('flake8', [/^\S[^:\n]{0,300}\.pyi?:\d+:\d+: [A-Z]{1,3}\d{3} /m, /^There was a critical error during execution of Flake8/m], [
  { pattern: new RegExp(`^${source}:(\\d+):\\d+: ([A-Z]{1,3}\\d{3}) (.+)$`), cause: ([, file, line, code, message]) => lint(code!, message!, file!, line!) },
  {
    pattern: /^There was a critical error during execution of Flake8:$/,
    cause: (_, { lines, index }) => ({ class: 'config_error', title: `flake8: ${lines[index + 1] ?? ''}`, key: [lines[index + 1]], span: [index, index + 1] }),
  },
])

/** pylint: `a.py:1:0: C0114: Missing module docstring (missing-module-docstring)`, below a line `************* Module a`. */
export const pylint = lineExtractor('pylint', [/^\*{13} Module /m, /^\S[^:\n]{0,300}\.pyi?:\d+:\d+: [CRWEF]\d{4}: /m, /^usage: pylint/m], [
  {
    pattern: new RegExp(`^${source}:(\\d+):\\d+: ([CRWEFI]\\d{4}): (.+?)(?: \\(([\\w-]+)\\))?$`),
    cause([, file, line, code, message, name]) {
      const module = /^Unable to import '([^']+)'/.exec(message!)?.[1]
      const found = lint(code!, message!, file!, line!)
      // Of a mixed list the errors say why; conventions only lower the rating.
      const confidence = /^[EF]/.test(code!) ? 'high' as const : 'medium' as const
      return { ...found, title: `${file}: ${message} (${name ?? code})`, confidence, ...(module !== undefined && { class: 'missing_dependency', module, key: [code, module] }) }
    },
  },
])

/** black, isort: files that would change, files that cannot be read. */
export const formatters = lineExtractor('python-format', [/^would reformat \S/m, /^error: cannot format /m, /^ERROR: \S+ Imports are incorrectly sorted/m], [
  {
    pattern: /^error: cannot format (\S+): (?:Cannot parse(?: for target version [^:]{1,60})?: \d+:\d+: )?(.+)$/,
    cause: ([, file, message]) => ({ class: 'syntax_error', file, title: `${file} cannot be parsed: ${message}`, key: ['format', file, message] }),
  },
  { pattern: /^would reformat (\S+)$/, cause: ([, file]) => ({ class: 'lint_error', file, title: `${file} is not formatted`, key: ['reformat', file] }) },
  { pattern: /^ERROR: (\S+) Imports are incorrectly sorted/, cause: ([, file]) => ({ class: 'lint_error', file, title: `The imports of ${file} are not sorted`, key: ['imports', file] }) },
])
