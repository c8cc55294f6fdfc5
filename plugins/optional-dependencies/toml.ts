/** What is read of a TOML file: tables, texts and lists of them. Dates, numbers and booleans are kept as their text. */
export type TomlValue = string | TomlValue[] | TomlTable
export interface TomlTable { [key: string]: TomlValue }

/** A place that this reader does not understand; `line` counts from 1. */
export class TomlProblem extends Error {
  readonly line: number
  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/**
 * Reads what a pyproject.toml consists of: tables, arrays of tables, dotted keys, texts in all four quotes, arrays over many lines, inline tables.
 *
 * @throws TomlProblem for anything else, so that half a file is never taken for the whole.
 */
export function readToml(source: string): TomlTable {
  const text = source.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  const root: TomlTable = Object.create(null) as TomlTable
  let at = 0
  let table = root

  const stop = (message: string): never => {
    throw new TomlProblem(message, text.slice(0, at).split('\n').length)
  }
  const take = (pattern: RegExp): RegExpExecArray | null => {
    const sticky = new RegExp(pattern.source, 'y')
    sticky.lastIndex = at
    const match = sticky.exec(text)
    if (match) at = sticky.lastIndex
    return match
  }
  const blanks = () => void take(/[ \t]*/)
  const lines = () => void take(/(?:[ \t\n]|#[^\n]*)*/)

  const readText = (): string | undefined => {
    const raw = take(/'''\n?([^]*?)'''(?!')|'([^'\n]*)'/)
    if (raw) return raw[1] ?? raw[2] ?? ''
    const quoted = take(/"""\n?((?:\\[^]|[^\\])*?)"""(?!")|"((?:\\.|[^"\\\n])*)"/)
    return quoted ? unescape(quoted[1] ?? quoted[2] ?? '') : undefined
  }
  const readKey = (): string[] => {
    const parts: string[] = []
    do {
      blanks()
      parts.push(readText() ?? take(/[\w-]+/)?.[0] ?? stop('expected a key'))
      blanks()
    } while (take(/\./))
    return parts
  }
  const descend = (from: TomlTable, keys: readonly string[]): TomlTable => {
    let place = from
    for (const key of keys) {
      const found = (place[key] ??= Object.create(null) as TomlTable)
      // Below an array of tables its last one is meant.
      const next = Array.isArray(found) ? found.at(-1) : found
      if (typeof next !== 'object' || Array.isArray(next)) return stop(`${key} is no table`)
      place = next
    }
    return place
  }
  const readPair = (into: TomlTable): void => {
    const keys = readKey()
    if (!take(/=/)) stop('expected =')
    blanks()
    const place = descend(into, keys.slice(0, -1))
    if (Object.hasOwn(place, keys.at(-1)!)) stop(`${keys.join('.')} is there twice`)
    place[keys.at(-1)!] = readValue()
  }
  const readValue = (): TomlValue => {
    const string = readText()
    if (string !== undefined) return string
    if (take(/\[/)) {
      const list: TomlValue[] = []
      for (lines(); !take(/\]/); lines()) {
        list.push(readValue())
        lines()
        if (!take(/,/) && text[at] !== ']') stop('expected , or ]')
      }
      return list
    }
    if (take(/\{/)) {
      const inline: TomlTable = Object.create(null) as TomlTable
      for (lines(); !take(/\}/); lines()) {
        readPair(inline)
        lines()
        if (!take(/,/) && text[at] !== '}') stop('expected , or }')
      }
      return inline
    }
    return take(/[\w+.:-]+(?: \d[\w+.:-]*)?/)?.[0] ?? stop('expected a value')
  }

  for (lines(); at < text.length; lines()) {
    if (take(/\[\[/)) {
      const keys = readKey()
      if (!take(/\]\]/)) stop('expected ]]')
      const place = descend(root, keys.slice(0, -1))
      const list = (place[keys.at(-1)!] ??= [])
      if (!Array.isArray(list)) return stop(`${keys.join('.')} is no array of tables`)
      table = Object.create(null) as TomlTable
      list.push(table)
    } else if (take(/\[/)) {
      const keys = readKey()
      if (!take(/\]/)) stop('expected ]')
      table = descend(root, keys)
    } else readPair(table)
    if (!take(/[ \t]*(?:#[^\n]*)?(?:\n|$)/)) stop('expected the end of the line')
  }
  return root
}

const escapes: Readonly<Record<string, string>> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\u001b' }

function unescape(text: string): string {
  return text.replace(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|[ \t]*\n\s*|([^]))/g, (_, short?: string, long?: string, one?: string) => {
    const code = short ?? long
    if (code !== undefined) return Number.parseInt(code, 16) <= 0x10ffff ? String.fromCodePoint(Number.parseInt(code, 16)) : '\uFFFD'
    return one === undefined ? '' : escapes[one] ?? one
  })
}
