import path from 'node:path'
import type { SourceLocation } from '../errors.ts'
import { exportedLiteral } from './scan.ts'
import { yaml } from './yaml.ts'

/** A place in a value: keys and indexes from the root. */
export type ValuePath = readonly (string | number)[]

/** Finds where in a file a value of its data is written. Falls back to the nearest place above it, at last to the file. */
export interface Locator {
  /** The key (of an entry) or the item (of a list). */
  key(path: ValuePath): SourceLocation
  /** The value itself. */
  value(path: ValuePath): SourceLocation
  /** A place by its offset in characters. */
  offset(start: number, end?: number): SourceLocation
}

interface Span { start: number; end: number }
type Find = (path: ValuePath, wanted: 'key' | 'value') => Span | undefined

/** `name` is how errors call the file; `text` is its content; `prefix` leads to the root of the data (`autopack` in a package.json). */
export function createLocator(options: { file: string; name: string; text: string; prefix?: ValuePath }): Locator {
  const { name, text, prefix = [] } = options
  // Only where something is wrong, or origins are asked for, is the text read a second time.
  let finder: Find | undefined
  const find: Find = (at, wanted) => {
    finder ??= isYaml(options.file) ? yamlFinder(text) : literalFinder(text, path.extname(options.file) === '.json')
    return finder(at, wanted)
  }
  const starts = lineStarts(text)
  const place = (span: Span | undefined): SourceLocation => (span ? locationAt(name, text, starts, span) : { file: name })
  const nearest = (at: ValuePath, wanted: 'key' | 'value'): SourceLocation => {
    const full = [...prefix, ...at]
    for (let length = full.length; length >= 1; length--) {
      const span = find(full.slice(0, length), length === full.length ? wanted : 'key')
      if (span) return place(span)
    }
    return { file: name }
  }
  return {
    key: (at) => nearest(at, 'key'),
    value: (at) => nearest(at, 'value'),
    offset: (start, end) => place({ start, end: end ?? start + 1 }),
  }
}

export const isYaml = (file: string): boolean => /\.ya?ml$/.test(file)

/** `checks[0].timeout` */
export function formatPath(at: ValuePath): string {
  return at.map((part, index) => (typeof part === 'number' ? `[${part}]` : /^[\w$-]+$/.test(part) ? (index ? `.${part}` : part) : `[${JSON.stringify(part)}]`)).join('')
}

function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

/** The location of a span: the squiggle ends with the first line. */
function locationAt(file: string, text: string, starts: readonly number[], span: Span): SourceLocation {
  const start = Math.min(span.start, text.length)
  let line = starts.length
  while (line > 1 && starts[line - 1]! > start) line--
  const from = starts[line - 1]!
  const source = text.slice(from, starts[line] ?? text.length).replace(/\r?\n$/, '')
  const column = start - from + 1
  return { file, line, column, length: Math.max(1, Math.min(span.end - start, source.length - column + 1)), text: source }
}

function literalFinder(text: string, isJson: boolean): Find {
  const root = exportedLiteral(text, isJson)
  return (at, wanted) => {
    let node = root
    let key: Span | undefined
    for (const part of at) {
      const entry = typeof part === 'string' ? node?.entries?.get(part) : undefined
      const value = typeof part === 'number' ? node?.items?.[part] : entry?.value
      if (!value) return undefined
      key = entry ?? value
      node = value
    }
    return wanted === 'key' ? key : node
  }
}

function yamlFinder(text: string): Find {
  const { isMap, isScalar, isSeq, parseDocument } = yaml()
  const document = parseDocument(text, { logLevel: 'silent', strict: false, uniqueKeys: false })
  const span = (node: unknown): Span | undefined => {
    const range = (node as { range?: [number, number, number] | null } | null)?.range
    return range ? { start: range[0], end: range[1] } : undefined
  }
  return (at, wanted) => {
    let node: unknown = document.contents
    let key: Span | undefined
    for (const part of at) {
      if (isMap(node)) {
        const pair = node.items.find((item) => (isScalar(item.key) ? String(item.key.value) : undefined) === String(part))
        if (!pair) return undefined
        key = span(pair.key)
        node = pair.value
      } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
        node = node.items[part]
        key = span(node)
      } else return undefined
    }
    return wanted === 'key' ? key : (span(node) ?? key)
  }
}
