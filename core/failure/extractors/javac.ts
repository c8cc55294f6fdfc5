import { lineExtractor, type Found, type Place } from '../extractor.ts'

const classes: readonly (readonly [failureClass: string, pattern: RegExp])[] = [
  ['syntax_error', /^(?:.{1,40} expected$|reached end of file|illegal (?:start of|character|text block|escape)|unclosed |not a statement|class, interface,|'\S+' without|orphaned |invalid method declaration|malformed |<identifier>|unnamed class|else without|catch without|try without|variable declaration not allowed|integer number too large|Expecting |Unexpected tokens)/],
  ['type_error', /^(?:incompatible types|bad operand types|.{1,200} cannot be (?:applied to|converted to|dereferenced)|no suitable (?:method|constructor)|inconvertible types|incomparable types|.{1,200} is not abstract and does not override|.{1,200} (?:cannot override|clashes with|cannot implement)|method .{1,200} in (?:class|interface|record|enum) .{1,200} cannot be applied|constructor .{1,200} cannot be applied|unexpected type|array required|int cannot be|Type mismatch|Argument type mismatch|None of the following|Return type mismatch|Initializer type mismatch)/],
]

/** `  symbol:   variable total` and `  location: class Cart`, in Maven's list perhaps with `[ERROR]`. */
function detail({ lines, index }: Place, name: string): { text: string; at: number } | undefined {
  for (let at = index + 1; at <= index + 6 && at < lines.length; at++) {
    const line = lines[at]!.replace(/^\[ERROR\] ?/, '')
    if (/^\S{1,300}\.java:/.test(line)) return undefined
    const text = new RegExp(`^\\s{1,4}${name}:\\s+(.+)$`).exec(line)?.[1]
    if (text !== undefined) return { text: text.trim(), at }
  }
  return undefined
}

function problem(file: string, line: string, message: string, place: Place): Omit<Found, 'at'> {
  const symbol = detail(place, 'symbol')
  const location = detail(place, 'location')
  const shown = /^\s/.test(place.lines[place.index + 1] ?? '') || /^\s*\^\s*$/.test(place.lines[place.index + 2] ?? '') ? 2 : 0
  const end = Math.max(place.index + shown, symbol?.at ?? 0, location?.at ?? 0)
  const at = { file, line: Number(line), span: [place.index, Math.min(end, place.lines.length - 1)] as const }
  const missing = /^package (\S+) does not exist$/.exec(message)?.[1] ?? /^module not found: (\S+)$/.exec(message)?.[1]
  if (missing !== undefined) return { ...at, class: 'missing_dependency', module: missing, title: `Java package ${missing} is missing`, key: ['no package', missing] }
  if (symbol) {
    const where = location === undefined ? '' : ` in ${location.text}`
    return { ...at, class: 'build_error', symbol: symbol.text, title: `${file}: cannot find ${symbol.text}${where}`, key: ['cannot find symbol', symbol.text, location?.text, file] }
  }
  const found = classes.find(([, pattern]) => pattern.test(message))?.[0] ?? 'build_error'
  const said = message.replace(/;$/, '')
  const required = detail(place, 'required')
  const given = detail(place, 'found')
  const extra = required && given ? `required ${required.text}, found ${given.text}` : undefined
  return { ...at, ...(extra !== undefined && { span: [place.index, Math.max(end, given!.at + 1)] as const }), class: found, title: `${file}: ${said}${extra === undefined ? '' : `: ${extra}`}`, key: [said, extra, file] }
}

/** Javac alone, in Maven, Gradle and Ant, and Kotlin's compiler. */
export const javac = lineExtractor('javac', [/^(?:[ \t]{0,40}\[javac\] |\[ERROR\] )?\S{1,300}\.java:(?:\d+: error: |\[\d+,\d+\] )/m, /^e: \S{1,400}\.kts?:/m, /^error: (?:file not found|invalid flag|invalid source release|invalid target release|release version|warnings found|class names, |no source files)/m, /: error: (?:invalid (?:source|target) release|release version)/], [
  { pattern: /^(?:\s*\[javac\] |:[\w:-]{1,100}(?=\/))?(\S{1,300}\.java):(\d+): error: (.+)$/, cause: ([, file, line, message], place) => problem(file!, line!, message!, place) },
  {
    pattern: /^\[ERROR\] (\S{1,300}\.java):\[(\d+),\d+\] (?:error: )?(.+)$/,
    // Checkstyle prints the rule in front.
    cause: ([, file, line, message], place) => (/^\([\w]+\) /.test(message!) ? { class: 'lint_error', file, line: Number(line), code: /^\((\w+)\)/.exec(message!)![1], title: `${file}: ${message}`, key: [message, file] } : problem(file!, line!, message!, place)),
  },
  {
    pattern: /^e: (?:file:\/*)?(\S{1,400}?\.kts?):(?: \((\d+), \d+\):|(\d+):\d+:?) (.+)$/,
    cause([, file, old, line, message]) {
      const symbol = /^Unresolved reference:? '?([\w.]+)'?/.exec(message!)?.[1]
      const found = symbol !== undefined ? 'build_error' : classes.find(([, pattern]) => pattern.test(message!))?.[0] ?? 'build_error'
      return { tool: 'kotlinc', class: found, file, line: Number(old ?? line), symbol, title: `${file}: ${message}`, key: [symbol === undefined ? message : `unresolved ${symbol}`, file] }
    },
  },
  { pattern: /^error: warnings found and -Werror specified$/, cause(_, { lines, index }) {
    const warning = lines.slice(0, index).flatMap((text) => { const match = /^(\S{1,300}\.java):\d+: warning: (?:\[(\w+)\] )?(.+)$/.exec(text); return match ? [match] : [] })[0]
    return { class: 'build_error', code: warning?.[2], file: warning?.[1], title: warning ? `${warning[1]}: ${warning[3]} (${warning[2] ?? 'warning'})` : 'Warnings are errors', key: ['werror', warning?.[2], warning?.[3], warning?.[1]] }
  } },
  { pattern: /^error: file not found: (\S+)$/, cause: ([, file]) => ({ class: 'build_error', file, title: `The source file ${file} does not exist`, key: ['no source', file] }) },
  { pattern: /(?:^|Fatal error compiling: )error: ((?:invalid|release version|class names,|no source files) ?.+?)(?: -> \[Help \d+\])?$/, cause: ([, message]) => ({ class: 'config_error', title: `javac: ${message}`, key: [message] }) },
])
