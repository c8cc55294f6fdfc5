import { lineExtractor, type Place } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

const source = String.raw`([^\s():'"][^():'"]{0,300}?\.(?:c|cc|cpp|cxx|c\+\+|C|h|hh|hpp|hxx|h\+\+|inl|ipp|tpp|tcc|inc|def|m|mm|cu|cuh|S|s|asm|ino|y|l|pc|cppm|ixx))`

/** What a message is about, narrower first. Undeclared names and unused variables stay errors of the build. */
const classes: readonly (readonly [failureClass: string, pattern: RegExp])[] = [
  ['crash', /^internal compiler error/],
  ['syntax_error', /^(?:extra tokens|expected (?!'[^']+' in |.{0,80}\b(?:to be|but argument|type, but|argument))|stray |missing (?:terminating|'[)}>;]')|unterminated |extraneous |syntax error|parse error|invalid (?:suffix|digit|character)|unmatched |illegal (?:character|token)|#(?:endif|else|elif) without|empty character constant|invalid preprocessing directive|.{0,40}\bat end of input$)/],
  ['type_error', /incompatible|cannot (?:convert|initialize|be (?:converted|assigned))|invalid (?:conversion|operands|argument type|initialization)|no (?:matching|viable|known) (?:function|member|constructor|conversion|overload|operator)|no match for|conflicting (?:types|return type)|too (?:few|many) arguments|has no member|no member named|makes (?:integer|pointer) from|discards qualifiers|void value not ignored|passing argument|not (?:a pointer|assignable)|binding reference|narrowing|assignment (?:to|of) (?:read-only|expression)|deduced conflicting|invalid use of (?:void|incomplete)|is not a (?:function|member)|called object/],
]

function classOf(message: string): string {
  return classes.find(([, pattern]) => pattern.test(message))?.[0] ?? 'build_error'
}

/** Code, marks and notes below a diagnostic are part of it. */
function end({ lines, index }: Place): number {
  let at = index
  while (at + 1 < lines.length && at < index + 60) {
    const line = lines[at + 1]!
    const belongs = /^\s+(?:\d+ )?\||^\s{1,}\S|^\S.{0,300}:\d+(?::\d+)?: note: |^compilation terminated/.test(line) && !/^\s*(?:\d+ (?:error|warning)s? generated|FAILED|\[\d)/.test(line)
    if (!belongs) break
    at++
  }
  return at
}

/** A guess of the compiler depends on what else is in scope. */
const unguessed = (message: string) => message.replace(/;? ?did you mean .{1,200}$/, '').replace(/ \(first use in this function\)$| \[-f(?:permissive|max-errors=)\]$/, '').trim()

/** GCC, G++, Clang, MSVC. */
const undeclared = /^use of undeclared identifier '([^']+)'|^'([^']+)' (?:undeclared|was not declared in this scope)|^'([^']+)': undeclared identifier/
const unknownType = /^unknown type name '([^']+)'|^'([^']+)' (?:does not name a type|has not been declared)/

function diagnostic(file: string, line: string | undefined, text: string, place: Place) {
  const span = [place.index, end(place)] as const
  const message = unguessed(text)
  const where = { file, ...(line !== undefined && { line: Number(line) }), span }
  const meaning = meaningOf(message)
  if (meaning === 'disk_full' || meaning === 'oom' || meaning === 'permission_denied') return { class: meaning, title: message, key: [message.replace(/\S*\/\S+/g, '').trim()], span }
  const header = /^'?([^':]+?)'?(?:: No such file or directory| file not found(?: with .{1,60})?)$/.exec(message)?.[1] ?? /^Cannot open include file: '([^']+)'/.exec(message)?.[1]
  if (header !== undefined) return missingHeader(header, place, where)
  const flag = /\[-W(?:error=)?([\w+=-]+?),?(?:-Werror)?\]$/.exec(message)?.[1]
  const name = named(undeclared, message)
  const type = named(unknownType, message)
  const key = name !== undefined ? ['undeclared', name] : type !== undefined ? ['unknown type', type] : [message]
  return { ...where, class: classOf(message), code: flag, symbol: name ?? type, title: `${file}: ${message}`, key: [...key, file] }
}

const named = (pattern: RegExp, message: string) => pattern.exec(message)?.slice(1).find((group) => group !== undefined)

/** `<x.h>` is to be installed, from wherever it is included; `"x.h"` is the project's own. */
function missingHeader(header: string, { lines, index }: Place, where: { file: string; line?: number; span: readonly [number, number] }) {
  const included = /#\s*(?:include|import)(?:_next)?\s*([<"])/.exec(lines.slice(index + 1, index + 4).join('\n'))?.[1]
  if (included === '<') return { ...where, class: 'missing_dependency', module: header, title: `Header ${header} is missing`, key: ['no header', header] }
  return { ...where, class: 'build_error', module: header, title: `${where.file}: header ${header} is missing`, key: ['no header', header, where.file] }
}

const signs = [
  new RegExp(`^[ \\t]{0,40}(?:.{0,80}?[>|] )?${source}:\\d+(?::\\d+)?: (?:fatal )?error: `, 'm'), /\b(?:fatal )?error [CD]\d{4}: /,
  /^(?:\S*\/)?(?:cc1(?:plus|obj)?|gcc|g\+\+|cc|c\+\+|clang|clang\+\+|[\w-]+-(?:gcc|g\+\+|clang|clang\+\+)(?:-\d+)?|(?:gcc|g\+\+|clang|clang\+\+)-\d+|collect2|as|cl ): (?:fatal )?error/m, 'virtual memory exhausted: ', /: out of memory allocating \d+ bytes/,
]

/** GCC, Clang and compatible compilers, and MSVC: C, C++, Objective-C. */
export const cc = lineExtractor('cc', signs, [
  { pattern: new RegExp(`^\\s*(?:.{0,80}?[>|] )?${source}:(\\d+)(?::\\d+)?: (?:fatal )?error: (.+)$`), cause: ([, file, line, message], place) => diagnostic(file!, line, message!, place) },
  {
    pattern: new RegExp(`^\\s*(?:\\d+>)?${source} ?\\((\\d+)(?:,\\d+)?\\) ?: (?:fatal )?error (C\\d{4}): (.+?)(?: \\[\\S+\\.vcxproj\\])?$`),
    cause([, file, line, code, message], place) {
      const found = diagnostic(file!, line, message!, place)
      return { ...found, code, class: code === 'C2440' || code === 'C2664' ? 'type_error' : /^C(?:2143|2059|1075|2001)$/.test(code!) ? 'syntax_error' : found.class, key: [code, ...found.key] }
    },
  },
  // `gcc: fatal error: Killed signal terminated program cc1plus`.
  {
    pattern: /(?:Killed signal terminated program|\(program|unable to execute command: Killed|virtual memory exhausted|out of memory allocating \d+ bytes)(?: (\S+?)\)?)?(?:$|[ :])/,
    cause: () => ({ class: 'oom', title: 'The compiler ran out of memory', key: ['out of memory'] }),
  },
  { pattern: /^(?:\S*\/)?(?:clang|clang\+\+|collect2)(?:-\d+)?: (?:fatal )?error: (?:linker command failed|ld returned)/, cause: () => ({ class: 'build_error', title: 'The linker fails', key: ['linker fails'], role: 'wrapper' }) },
  {
    pattern: /^(?:\S*\/)?([\w+-]+?)(?:-\d+)?: (?:fatal )?error: (.+)$/,
    cause([, program, text]) {
      if (!/^(?:cc1\w*|cc|c\+\+|as|(?:[\w-]+-)?(?:gcc|g\+\+|clang|clang\+\+|collect2))$/.test(program!)) return undefined
      const message = text!.trim()
      const meaning = meaningOf(message)
      const input = /^(?:no such file or directory: '([^']+)'|([^\s:]+): No such file or directory)$/.exec(message)
      const file = input?.[1] ?? input?.[2]
      if (file !== undefined) return { class: 'build_error', file, title: `The source file ${file} does not exist`, key: ['no source', file] }
      const option = /^(?:unrecognized (?:command[- ]line )?option|unknown argument:?|unsupported option|unrecognized argument in option) '([^']+)'/.exec(message)?.[1]
      if (option !== undefined) return { class: 'config_error', symbol: option, title: `The compiler does not know the option ${option}`, key: ['option', option] }
      if (message.startsWith('no input files')) return { class: 'config_error', title: 'The compiler is given no files', key: ['no input'], role: 'effect' }
      return { class: meaning ?? 'build_error', title: message, key: [message] }
    },
  },
])
