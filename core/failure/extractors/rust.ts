import { lineExtractor, type Found, type Place } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

const types = /^E0(?:023|026|027|029|046|050|053|061|070|107|191|220|271|277|282|283|308|369|559|560|599|600|604|605|606|607|608|609|610|614|615|618|620|689|716|728)$/
const syntax = /^(?:expected |unexpected |mismatched closing|unclosed |this file contains an unclosed|unterminated |unknown start of token|unknown prefix|invalid (?:suffix|token|character|start)|missing (?:`|fn |struct |identifier|parameters|expression)|.{1,40} found$|prefixed |comparison operators cannot be chained|leading `)/
const syntaxCodes = /^E0(?:585|586|748|753|758|762|763|765|766|768)$/

/** The words at the carets, without advice. */
function labelOf(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const label = /\^ ([^^].*)$/.exec(line)?.[1]?.replace(/^(?:help: .*|- .*)$/, '').replace(/ help: .*$/, '').trim()
    if (label !== undefined && label !== '') return label
  }
  return lines.map((line) => /\|\s+(?:\|\s+)*(expected .{1,300}, found .{1,300})$/.exec(line)?.[1]).find((label) => label !== undefined)
}

/** A diagnostic ends at the first empty line, or at the next one. */
function blockEnd({ lines, index }: Place): number {
  let at = index
  while (at + 1 < lines.length && at < index + 120 && lines[at + 1]!.trim() !== '' && !/^(?:error|warning)(?:\[\w+\])?: |^For more information|^Some errors have/.test(lines[at + 1]!)) at++
  return at
}

function diagnostic(code: string | undefined, message: string, place: Place): Omit<Found, 'at'> | undefined {
  const end = blockEnd(place)
  const block = place.lines.slice(place.index + 1, end + 1)
  const [, file, line] = block.map((text) => /^\s*--> (\S.{0,400}?):(\d+):\d+$/.exec(text)).find((match) => match !== null) ?? []
  if (file === undefined && code === undefined) return undefined
  if (file !== undefined && code === undefined && file.endsWith('.toml')) return undefined
  const label = labelOf(block)
  const at = { ...(file !== undefined && { file, line: Number(line) }), code, span: [place.index, end] as const }
  const crate = /(?:unlinked crate|missing crate|crate or module) `([\w-]+)`/.exec(`${message} ${label ?? ''}`)?.[1] ?? /^can't find crate for `([\w-]+)`/.exec(message)?.[1]
  if (crate !== undefined && crate !== 'crate' && crate !== 'self' && crate !== 'super') return { ...at, class: 'missing_dependency', module: crate, title: `Crate ${crate} is missing`, key: ['no crate', crate] }
  const module = /^unresolved import `([^`]+)`|^file not found for module `([^`]+)`|^could not find `([^`]+)` in/.exec(message)
  const symbol = /^cannot find \w+(?: \w+)? `([^`]+)`|no (?:method|function|field|associated item|variant)[\w ]* named `([^`]+)`/.exec(message)
  const lint = /^\s*= (?:note: `(?:#\[|-)(?:deny|forbid|D|F)\b|help: for further information visit .{0,80}clippy)|lint level is defined here/m.test(block.join('\n'))
  const found = code !== undefined && types.test(code) ? 'type_error' : code === 'E0432' || (code === 'E0433' && module !== undefined) ? 'import_crash'
    : (code === undefined && syntax.test(message)) || (code !== undefined && syntaxCodes.test(code)) ? 'syntax_error' : lint ? 'lint_error' : meaningOf(message) ?? 'build_error'
  const rule = /`(?:#\[deny\(|-[DF] )(?:clippy::)?([\w-]+)/.exec(block.join('\n'))?.[1]
  // What the label adds to a message that many errors share.
  const added = label !== undefined && !message.includes(label) && !/^not found in this scope$/.test(label) ? label : undefined
  return {
    ...at, class: found, code: code ?? (lint ? rule : undefined), module: module?.[1] ?? module?.[2] ?? module?.[3], symbol: symbol?.[1] ?? symbol?.[2],
    title: `${file === undefined ? '' : `${file}: `}${message}${added === undefined ? '' : `: ${added}`}${code === undefined ? '' : ` (${code})`}`, key: [code, message, added, file],
  }
}

/** rustc and clippy, and what rustfmt would change. */
export const rust = lineExtractor('rust', [/^[ \t]{0,40}error\[E\d{4}\]: /m, /^[ \t]{0,40}--> \S.{0,300}\.rs:\d+:\d+$/m, /^error: could not compile `/m, /^error: linking with `/m, /^error: linker `/m, /^Diff in \S+\.rs(?::\d+:| at line \d+:)$/m], [
  { pattern: /^\s*error(?:\[(E\d{4})\])?: (.+)$/, cause([, code, message], place) {
    if (/^(?:aborting due to|could not compile|linking with|linker `)/.test(message!)) return undefined
    return diagnostic(code, message!, place)
  } },
  { pattern: /^error: linker `([^`]+)` not found/, cause: ([, program]) => ({ class: 'missing_dependency', symbol: program, title: `The linker ${program} is not installed`, key: ['no linker', program] }) },
  // The linker's own words are in the notes below.
  { pattern: /^error: linking with `([^`]+)` failed/, cause: ([, program]) => ({ class: 'build_error', title: `Linking with ${program} fails`, key: ['linking fails'], role: 'effect' }) },
  { pattern: /^Diff in (\S+\.rs)(?::\d+:| at line \d+:)$/, cause: ([, file]) => ({ class: 'lint_error', file, title: `${file} is not formatted`, key: ['format', file] }) },
  { pattern: /^error: (?:could not compile|aborting due to)/, cause: () => ({ class: 'build_error', title: 'The Rust code does not compile', key: ['compile'], role: 'wrapper' }) },
])
