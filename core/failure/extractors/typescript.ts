import { blockEnd, lineExtractor, type Place } from '../extractor.ts'

/** Codes from 1000 on are the parser's, but for those that need types or options to be known. */
const typedThoughLow = /^TS1(?:192|205|23\d|24[01]|259|270|280|28[4-9]|371|479|48[45]|54\d)$/
const configCodes = /^TS(?:5(?!097)\d{3}|6053|6059|6305|6306|6307|6310|1800[0-3]|17004)$/
const syntaxElsewhere = /^TS17(?:002|008|014|015)$/

function classOfCode(code: string): string {
  if (configCodes.test(code)) return 'config_error'
  if (syntaxElsewhere.test(code)) return 'syntax_error'
  return /^TS1\d{3}$/.test(code) && !typedThoughLow.test(code) ? 'syntax_error' : 'type_error'
}

const isPackage = (module: string) => !/^(?:\.{0,2}\/|\.{1,2}$|[A-Za-z]:\/|[#~]|@\/)/.test(module)

function problem(code: string, message: string, file: string | undefined, line: string | undefined, { lines, index }: Place) {
  // The lines below say which overload and which property; without them many messages are one.
  const detail: string[] = []
  for (let at = index + 1; detail.length < 6 && /^ {2,12}\S/.test(lines[at] ?? '') && !/^\s+(?:at |\S+:\d+:\d+|>?\s*\d+ \||\|)/.test(lines[at]!); at++) detail.push(lines[at]!.trim())
  const said = message.replace(/ Did you mean .{1,120}\?$/, '').trim()
  const span = [index, Math.max(index + detail.length, frameEnd(lines, index))] as const
  const place = { file, ...(line !== undefined && { line: Number(line) }), code, span }
  const module = /^(?:Cannot find module|Could not find a declaration file for module) '([^']+)'/.exec(said)?.[1]
  if (module !== undefined && isPackage(module)) {
    return { ...place, class: 'missing_dependency', module, title: code === 'TS7016' ? `Types of package ${module} are missing` : `Package ${module} is missing, imported from ${file}`, key: [code, module] }
  }
  const symbol = /^(?:Cannot find name|Property) '([^']+)'|has no exported member (?:named )?'([^']+)'/.exec(said)
  return {
    ...place, class: classOfCode(code), module, symbol: symbol?.[1] ?? symbol?.[2],
    title: `${file === undefined ? '' : `${file}: `}${said} (${code})`, key: [code, said, ...detail, file],
  }
}

/** The code frame of the pretty form ends before the next message. */
function frameEnd(lines: readonly string[], index: number): number {
  const framed = lines[index + 1]?.trim() === '' && /^\d+\s/.test(lines[index + 2] ?? '')
  return framed ? blockEnd(lines, /^(?:\S.{0,300}:\d+:\d+ - error TS|Found \d+ errors?|\S*\berror TS\d+)/, index, 30) : index
}

const source = String.raw`([^\s():'"][^():'"]{0,300}?\.(?:[cm]?[jt]sx?|vue|svelte|astro|json)|[^\s():'"]{1,300})`

/** tsc plain and pretty, of every version, and what prints its messages: vue-tsc, ts-node, ts-loader, checkers in bundlers. */
export const typescript = lineExtractor('typescript', [/\bTS\d{4,5}: /, /^Type error: /m, /^ ERROR\(TypeScript\) /m], [
  { pattern: new RegExp(`^(?:.{0,80}?[:>|] )?${source}\\((\\d+),\\d+\\): error (TS\\d{4,5}): (.+)$`), cause: ([, file, line, code, message], place) => problem(code!, message!, file, line, place) },
  { pattern: new RegExp(`^(?:.{0,80}?[:>|] )?${source}:(\\d+):\\d+ - error (TS\\d{4,5}): (.+)$`), cause: ([, file, line, code, message], place) => problem(code!, message!, file, line, place) },
  // ts-loader names the place before, fork-ts-checker and ts-node too, Angular after.
  {
    pattern: /^(?:\s*|.{0,60}?(?:Error:|\[ERROR\]|error) )(TS\d{4,5}): (.+?)(?: \[plugin [\w-]+\])?$/,
    cause([, code, message], place) {
      const around = [...place.before(3).toReversed(), ...place.after(3)]
      const [, file, line] = around.map((text) => new RegExp(`^\\s*(?:.{0,40}\\bERROR in )?${source}(?::|\\()(\\d+)[:,]\\d+\\)?:?$`).exec(text)).find((match) => match !== null) ?? []
      return problem(code!, message!, file, line, place)
    },
  },
  // Next.js prints no code.
  {
    pattern: /^Type error: (.+)$/,
    cause([, message], place) {
      const [, file, line] = /^(?:\.\/)?(\S+?):(\d+):\d+$/.exec(place.before(1)[0] ?? '') ?? []
      return file === undefined ? undefined : problem('type error', message!, file, line, place)
    },
  },
  {
    pattern: /^ ERROR\(TypeScript\)\s+(.+)$/,
    cause([, message], place) {
      const [, file, line] = /^ FILE\s+(\S+?):(\d+):\d+$/.exec(place.after(1)[0] ?? '') ?? []
      return problem('type error', message!, file, line, place)
    },
  },
])
