import { findByRules, findLine, type Extractor, type Found, type Place, type Rule } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'
import { jsonSign, plainLines } from './go-json.ts'

const source = String.raw`(?:\./)?([\w@+-][\w@./+ -]{0,250}\.(?:go|s)|\.\./[\w@./+-]{1,250}\.go|/[\w@./+-]{1,250}\.go)`

/** What analyzers of `go vet` say; they print as the compiler does. */
const vetted =
  /\b(?:format %\S+ |call has (?:arguments|possible)|call needs \d+ arg|has arg .{1,200} of wrong type)|^(?:unreachable code|self-assignment of|result of \S+ call not used|composite literal uses unkeyed|\S+ (?:passes|copies|returns) lock|assignment copies lock|struct field tag|struct field \S+ (?:repeats|has json)|possible misuse of|the \S+ (?:function|var) (?:is not used|returned by)|this return statement may be reached|loop variable \S+ captured|using \S+ before checking|impossible (?:comparison|interface|type)|\S+ redundant (?:or|and)|\S+ (?:might|may) be too small|unusedresult|defers: |call to \S+ from a non-test goroutine|wrong (?:number of args|signature)|\S+ should have (?:signature|the signature)|\S+ has malformed|missing verb|unrecognized (?:formatting|printf)|\S+ call has (?:arguments|possible)|non-constant format string|Sprint\w* call|suspect or:|range \S+ copies lock|slog\.|testinggoroutine|conversion from \S+ \(int\)|unused result)/
const types =
  /^cannot (?:use|convert|assign|infer|range|call|index|refer to unexported|slice)|^invalid (?:operation|argument|receiver|indirect|type|recursive|composite literal)|mismatched types|(?:not enough|too many) (?:arguments|return values)|has no field or method|does not implement|^assignment mismatch|impossible type|^undefined \(type|is not a type|incompatible|overflows \w+$|truncated|^non-bool|must be (?:called|integer)|^unknown field/
const syntax = /^syntax error|^expected |^illegal character|^invalid character|^(?:string|rune|raw string|comment) (?:literal )?not terminated|^newline in |^unexpected |^missing ',' |^non-declaration statement|^more than one character|^escape sequence|^unknown escape/

/** Versions word these differently. */
function said(message: string): { what: string; symbol?: string | undefined } {
  const unused = /^(?:imported and not used: )?"([^"]+)" ?(?:imported (?:as \S+ )?and not used)?(?: as \S+)?$/.exec(message)
  if (unused && message.includes('imported')) return { what: 'imported and not used', symbol: unused[1] }
  const variable = /^(\S+) declared (?:but|and) not used$|^declared and not used: (\S+)$/.exec(message)
  if (variable) return { what: 'declared and not used', symbol: variable[1] ?? variable[2] }
  const name = /^(?:undefined|undeclared name): (\S+)$/.exec(message)
  if (name) return { what: 'undefined', symbol: name[1] }
  return { what: message }
}

function missingPackage(module: string, at: Pick<Found, 'span' | 'file' | 'line'>): Omit<Found, 'at'> {
  return { class: 'missing_dependency', module, title: `Go package ${module} is missing`, key: ['no package', module], ...at }
}

function problem(file: string | undefined, line: string | undefined, text: string, place: Place): Omit<Found, 'at'> {
  let end = place.index
  const details: string[] = []
  while (/^\t\S/.test(place.lines[end + 1] ?? '') && end < place.index + 6) details.push(place.lines[++end]!.trim())
  const at = { ...(file !== undefined && { file }), ...(line !== undefined && { line: Number(line) }), span: [place.index, end] as const }
  const module = /^(?:no required module provides package|missing go\.sum entry for module providing package|cannot find (?:module providing )?package|could not import|package) "?([\w./@~+-]+)"?(?:$|;| \(|: | is not in | in )/.exec(text)?.[1]
  if (module !== undefined && /no required module|missing go\.sum|cannot find|is not in (?:GOROOT|std)|not found|cannot import|could not import/.test(text)) {
    return text.startsWith('missing go.sum') ? { ...at, class: 'missing_dependency', module, title: `go.sum has no entry for ${module}`, key: ['go.sum', module] } : missingPackage(module, at)
  }
  const linter = /^(.+) \(([a-z][\w-]{1,30}|(?:SA|ST|S|QF|U|G)\d{3,4})\)$/.exec(text)
  const message = linter?.[2] === 'typecheck' ? linter[1]! : text
  const { what, symbol } = said(message)
  const full = details.length > 0 && what.endsWith(':') ? `${what} ${details[0]}` : what
  if (linter && linter[2] !== 'typecheck') return { ...at, class: 'lint_error', code: linter[2], title: `${file}: ${linter[1]} (${linter[2]})`, key: [linter[2], linter[1], file] }
  const found = syntax.test(message) ? 'syntax_error' : vetted.test(message) ? 'lint_error' : types.test(message) || /has no field or method|does not implement/.test(full) ? 'type_error' : 'build_error'
  const title = symbol === undefined ? full : what === 'undefined' ? `undefined: ${symbol}` : `${symbol} is ${what}`
  return { ...at, class: found, symbol, title: `${file}: ${title}`, key: [full, symbol, file] }
}

const rules: readonly Rule[] = [

  { pattern: new RegExp(`^(?:vet: )?${source}:(\\d+):\\d+: (.+)$`), cause: ([, file, line, message], place) => (/^(?:too many errors|previous|other declaration)/.test(message!) ? undefined : problem(file, line, message!, place)) },
  { pattern: /^(package \S+ is not in (?:GOROOT|std) .*)$/, cause: ([, message], place) => problem(undefined, undefined, message!, place) },
  {
    pattern: /^\s*imports (\S+): (import cycle not allowed(?: in test)?)$/,
    cause([, last], { lines, index }) {
      const start = index - 1 - lines.slice(Math.max(0, index - 40), index).toReversed().findIndex((line) => line.startsWith('package '))
      const names = lines.slice(start, index + 1).flatMap((line) => /^(?:package|\s+imports) ([^\s:]+)/.exec(line)?.[1] ?? [])
      const cycle = names.slice(names.indexOf(last!))
      return { class: 'build_error', module: last, title: `Go packages import each other: ${cycle.join(' → ')}`, key: ['cycle', ...cycle.slice(0, -1).toSorted()], span: [start, index] }
    },
  },
  { pattern: /^found packages (\w+) \((\S+)\) and (\w+) \((\S+)\) in /, cause: ([, one, first, other, second]) => ({ class: 'build_error', file: second, title: `${first} is of package ${one} and ${second} of ${other}`, key: ['packages', one, first, other, second] }) },
  { pattern: /does not contain main module|cannot find main module|go\.mod file not found/, cause: () => ({ class: 'config_error', title: 'Go finds no go.mod', key: ['no go.mod'] }) },
  { pattern: /^(?:package (\S+): )?build constraints exclude all Go files in (\S+)/, cause: ([, name, folder]) => ({ class: 'build_error', title: `Build constraints exclude all Go files in ${name ?? folder}`, key: ['constraints', name ?? folder] }) },
  { pattern: /^cgo: C compiler "([^"]+)" not found/, cause: ([, program]) => ({ class: 'missing_dependency', symbol: program, title: `cgo does not find the C compiler ${program}`, key: ['no compiler', program] }) },
  {
    pattern: /^go: errors parsing (\S*go\.(?:mod|work)):$/,
    cause([, file], { lines, index }) {
      const at = findLine(lines, /go\.(?:mod|work):\d+/, index + 1, 3)
      const [, line, message] = at === -1 ? [] : /go\.(?:mod|work):(\d+)(?::\d+)?: (.+)$/.exec(lines[at]!) ?? []
      return { class: 'config_error', file, ...(line !== undefined && { line: Number(line) }), title: `${file}: ${message ?? 'cannot be parsed'}`, key: ['go.mod', message, file], span: [index, Math.max(index, at)] }
    },
  },
  {
    pattern: /^go: (?:go\.mod (?:file indicates|requires) go|module \S+ requires go|errors parsing \S+: .{0,80}go version) (?:>= )?(\S+)/,
    cause: ([line, version]) => ({ class: 'config_error', title: `A newer Go is needed: ${version}`, key: ['go version', version ?? line] }),
  },
  {
    pattern: /^go: (?:(\S+@\S+|\S+\.\w+\/\S+): )?(.+)$/,
    cause([, module, text]) {
      if (/^(?:downloading|finding|extracting|added|upgraded|downgraded|removed|creating|to add|warning|found|updated|using|no module dependencies)\b/.test(text!)) return undefined
      const message = text!.trim()
      const missing = /^(?:cannot find module providing package|no required module provides package|cannot find package) "?([^\s";:]+)/.exec(message)?.[1]
      if (missing !== undefined) return missingPackage(missing, {})
      const meaning = meaningOf(message)
      const unknown = /\b(?:404 Not Found|unknown revision|invalid version|no matching versions|repository .{1,100} not found|module lookup disabled|not found:)/.test(message)
      return {
        class: meaning ?? (module !== undefined && unknown ? 'missing_dependency' : 'config_error'), module,
        title: module === undefined ? `go: ${message}` : `Go module ${module}: ${message}`, key: ['go', module, message.replace(/https?:\/\/\S+/g, '').trim()],
      }
    },
  },
  { pattern: /^FAIL\t(\S+) \[(?:build|setup) failed\]$/, cause: ([, name]) => ({ class: 'build_error', title: `Go package ${name} cannot be built`, key: ['build', name], role: 'effect' }) },
]

/** The compiler, vet, linters that print as it does, and the go command with its modules. */
export const go: Extractor = {
  tool: 'go',
  signs: [
    /^(?:vet: )?(?:\.{0,2}\/)?[\w@./+-]{1,200}\.go:\d+:\d+: /m, /^go: /m, 'import cycle not allowed', /^found packages \w+ \(/m,
    'contain main module', /^FAIL\t\S+ \[(?:build|setup) failed\]$/m, /^package \S+(?: is not in (?:GOROOT|std)|: build constraints)/m, /^cgo: /m, jsonSign,
  ],
  extract: (output, context) => findByRules(plainLines(output, context), rules),
}
