import { findLine, lineExtractor, type Place } from '../extractor.ts'
import { meaningOf } from '../meanings.ts'

/** Each symbol is one cause, however many places refer to it. */
function undefinedSymbol(symbol: string, { lines, index }: Place, file?: string) {
  const end = findLine(lines, /^(?!\s*>>>)/, index + 1, 40)
  return { class: 'build_error', symbol, file, title: `Nothing defines ${symbol}`, key: ['undefined', symbol], span: [index, end === -1 ? index : end - 1] as const }
}

function duplicateSymbol(symbol: string, { lines, index }: Place) {
  const end = findLine(lines, /^(?!\s*>>>)/, index + 1, 20)
  return { class: 'build_error', symbol, title: `${symbol} is defined twice`, key: ['duplicate', symbol], span: [index, end === -1 ? index : end - 1] as const }
}

const missingLibrary = (library: string) => ({ class: 'missing_dependency', module: library, title: `Library ${library} is missing`, key: ['no library', library] })
const lead = String.raw`(?:\S*?(?:ld|ld\.(?:bfd|gold|lld)|ld64\.lld|lld-link|mold|wild|link)(?:\.exe)?: )`
const objectFile = /(?:^|[\s:(/])((?:[\w.@+-]+\/)*[\w.@+-]+\.(?:c|cc|cpp|cxx|m|mm|rs|go|s|S|f90|f))(?=[:)\s])/

/** GNU ld, gold, lld, mold, Apple's linker and MSVC's. */
export const ld = lineExtractor('ld', [
  'undefined reference to ', /\bld(?:\.\w+)?: /, 'Undefined symbols for architecture', /\b(?:fatal )?error LNK\d{4}: /, 'multiple definition of ', /\blld(?:-link)?: error: /, 'mold: ',
], [
  // Names of C++ have spaces in them: shop::total(int, double).
  {
    pattern: /: undefined reference to [`'](.{1,600}?)'(?:$|; )/,
    cause([line, symbol], place) {
      const file = objectFile.exec(place.lines[place.index]!.slice(0, place.lines[place.index]!.length - line.length + 1))?.[1]
      return undefinedSymbol(symbol!, place, file)
    },
  },
  { pattern: new RegExp(`${lead}(?:error: )?undefined symbol: (.{1,600})$`), cause: ([, symbol], place) => undefinedSymbol(symbol!.trim(), place) },
  {
    pattern: /^\s*"([^"]{1,600})", referenced from:$/,
    cause([, symbol], { lines, index }) {
      const end = findLine(lines, /^(?!\s{6})/, index + 1, 30)
      return { class: 'build_error', symbol, title: `Nothing defines ${symbol}`, key: ['undefined', symbol], span: [index, end === -1 ? index : end - 1] }
    },
  },
  {
    pattern: /\berror LNK(2001|2019): unresolved external symbol "?([^"]{1,600}?)"?(?: \(\S+\))?(?: referenced in function .{1,600})?$/,
    cause: ([, , symbol], place) => undefinedSymbol(symbol!, place),
  },
  { pattern: /: multiple definition of [`'](.{1,600}?)'(?:$|; )/, cause: ([, symbol], place) => duplicateSymbol(symbol!, place) },
  { pattern: new RegExp(`(?:${lead}(?:error: )?|^)duplicate symbol:? '?(.{1,600}?)'?(?: in:)?$`), cause: ([, symbol], place) => duplicateSymbol(symbol!, place) },
  { pattern: /\berror LNK(?:2005|1169): "?([^"]{1,600}?)"? already defined in /, cause: ([, symbol], place) => duplicateSymbol(symbol!, place) },
  { pattern: new RegExp(`${lead}(?:error: )?(?:cannot find|unable to find library|library not found for) -l(\\S+?)(?:: .{1,100})?$`), cause: ([, library]) => missingLibrary(library!) },
  { pattern: /\bld: library '([^']+)' not found$/, cause: ([, library]) => missingLibrary(library!) },
  { pattern: /\berror LNK1104: cannot open file '([^']+)'/, cause: ([, library]) => missingLibrary(library!) },
  {
    pattern: new RegExp(`${lead}(?:error: )?(?:cannot find|cannot open|no such file(?: or directory)?:) '?(\\S+?)'?(?::? No such file or directory)?$`),
    cause: ([, file]) => ({ class: 'build_error', file, title: `The linker does not find ${file}`, key: ['no file', file] }),
  },
  {
    pattern: new RegExp(`${lead}(?:error: )?cannot open (?:output|linker script) file (\\S+?): (.+)$`),
    cause: ([, file, why]) => ({ class: meaningOf(why!) ?? 'build_error', file, title: `The linker cannot open ${file}: ${why}`, key: ['output', file, why] }),
  },
  {
    pattern: /relocation (R_\w+) against (?:symbol )?['`]?(.{1,200}?)'? can ?not be used(?: when making a (.{1,60}?))?;/,
    cause: ([, code, symbol]) => ({ class: 'build_error', code, symbol, title: `${symbol} cannot be linked: it must be compiled with -fPIC or -fPIE`, key: ['relocation', code, symbol] }),
  },
  // The effect of what was said before it, but for the lack of space.
  {
    pattern: new RegExp(`${lead}(?:error: )?final link failed: (.+)$`),
    cause([, why]) {
      const meaning = meaningOf(why!)
      return { class: meaning ?? 'build_error', title: `The link fails: ${why}`, key: ['link', why], ...(meaning === undefined && { role: 'effect' as const }) }
    },
  },
  { pattern: /^collect2: (?:fatal )?error: ld (?:returned|terminated)|^collect2: fatal error: cannot find 'ld'|\berror LNK1120: /, cause: () => ({ class: 'build_error', title: 'The linker fails', key: ['linker fails'], role: 'wrapper' }) },
  {
    pattern: new RegExp(`^\\s*(?:= note: )?${lead}(?:(?:fatal )?error: )(.+)$`),
    cause: ([, message]) => ({ class: meaningOf(message!) ?? 'build_error', title: `The link fails: ${message}`, key: ['link', message] }),
  },
])
