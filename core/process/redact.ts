import { redactFile } from './redact-file.ts'
import type { SecretPattern } from './secret-patterns.ts'
import { longestMatch, secretPatterns } from './secret-patterns.ts'

/** What stands in the place of a secret. */
export const redactedText = '[redacted]'

/** Takes secrets out of whatever Autopack writes. */
export interface Redactor {
  /** The text with `[redacted]` in the place of every secret. */
  redact(text: string): string
  /** The value with every string in its objects and arrays redacted: what is about to be written as JSON. Keys stay as they are, and what holds no secret is not copied. */
  redactAll<Value>(value: Value): Value
  /** No secret is longer, in characters or bytes: what is cut off in front of a text may have been the beginning of one that ends within this much of it. */
  margin: number
  /** Where bytes that go on can be cut, at `at` or before, so that no secret is cut in two: also no key whose last line is still to come. */
  cut(bytes: Buffer, at: number): number
  /** Rewrites a file from byte `from` on, if a secret stands there; in constant memory. Returns whether it was rewritten. */
  redactFile(file: string, from?: number): Promise<boolean>
}

/** A part of a text, from `start` up to but without `end`. */
export interface Span {
  start: number
  end: number
}

/** Finds the secrets of a text, in order and apart from each other. */
export type SecretFinder = (text: string) => Span[]

/**
 * Makes a redactor of known values (see `secretValues`) and well-known shapes: keys of services, bearer headers, private key blocks, passwords in URLs.
 * Values shorter than 8 characters are left alone: they would turn up in every other word.
 */
export function createRedactor(options: { secrets?: readonly string[] } = {}): Redactor {
  const values = spellings(options.secrets ?? [])
  const find = secretFinder(values)
  // Files are read as bytes, one character each, so that what is no secret stays as it is, whatever its encoding.
  const byteValues = values.map((value) => Buffer.from(value, 'utf8').toString('latin1'))
  const findBytes = secretFinder(byteValues)
  const anchors = [...byteValues, ...secretPatterns.flatMap((pattern) => pattern.anchors), keyBegin].map((text) => Buffer.from(text, 'latin1'))
  const margin = Math.max(longestMatch, longestKeyBlock, ...byteValues.map((value) => value.length)) + 1
  const redact = (text: string): string => replaceSpans(text, find(text))
  return {
    redact,
    margin,
    cut: (bytes, at) => cutBefore(bytes.toString('latin1'), at, findBytes),
    redactAll: <Value>(value: Value) => mapStrings(value, redact) as Value,
    redactFile: (file, from = 0) => redactFile(file, from, { mayHold: (bytes) => anchors.some((anchor) => bytes.includes(anchor)), find: findBytes, replace: replaceSpans, margin }),
  }
}

function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === 'string') return map(value)
  // Mostly there is nothing to redact, and then nothing is copied.
  if (Array.isArray(value)) return changed(value, map) ?? value
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  const items = changed(Object.values(value), map)
  return items ? Object.fromEntries(Object.keys(value).map((key, index) => [key, items[index]])) : value
}

/** The items as `mapStrings` makes them; undefined where all of them stay as they are. */
function changed(items: readonly unknown[], map: (text: string) => string): unknown[] | undefined {
  let copy: unknown[] | undefined
  for (let index = 0; index < items.length; index++) {
    const mapped = mapStrings(items[index], map)
    if (mapped !== items[index]) (copy ??= [...items])[index] = mapped
  }
  return copy
}

export function replaceSpans(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text
  let result = ''
  let at = 0
  for (const { start, end } of spans) {
    result += text.slice(at, start) + redactedText
    at = end
  }
  return result + text.slice(at)
}

const shortestValue = 8
/** A longer value is known by its lines, or by this much of its beginning. */
const longestValue = 16 * 1024

/** Every form in which a value may be printed: line by line, percent-encoded, escaped in JSON or XML, in base64. Longest first. */
function spellings(secrets: readonly string[]): string[] {
  const lines = secrets.flatMap((secret) => [secret.trim(), ...secret.split(/\r?\n/).map((line) => line.trim())])
  const forms = lines
    .filter((value) => value.length >= shortestValue)
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), xmlEscaped(value), percentEncoded(value), Buffer.from(value).toString('base64').replace(/=+$/, '')])
  return [...new Set(forms.map((value) => value.slice(0, longestValue)))].sort((left, right) => right.length - left.length)
}

/** As JUnit reports hold it. */
function xmlEscaped(value: string): string {
  return value.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[sign]!)
}

function percentEncoded(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    // Half of a surrogate pair has no encoding.
    return value
  }
}

function secretFinder(values: readonly string[]): SecretFinder {
  return (text) => {
    const spans: Span[] = []
    for (const value of values) {
      for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) spans.push({ start: at, end: at + value.length })
    }
    for (const pattern of secretPatterns) if (pattern.anchors.some((anchor) => text.includes(anchor))) findPattern(text, pattern, spans)
    if (text.includes(keyBegin)) findKeyBlocks(text, spans)
    return merge(spans)
  }
}

function findPattern(text: string, pattern: SecretPattern, spans: Span[]): void {
  for (const match of text.matchAll(pattern.expression)) {
    spans.push({ start: match.index + (match[1]?.length ?? 0), end: match.index + match[0].length })
  }
}

const keyBegin = 'PRIVATE KEY'
const keyHeader = /-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g
const keyEnd = /-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/g
/** An RSA key of 16,384 bits takes 12.5 KiB. */
const longestKeyBlock = 16 * 1024

/** A private key from its first line to its last; one without an end loses everything that a key could hold. */
function findKeyBlocks(text: string, spans: Span[]): void {
  const ends = [...text.matchAll(keyEnd)].map((match) => match.index + match[0].length)
  let next = 0
  for (const match of text.matchAll(keyHeader)) {
    const limit = match.index + longestKeyBlock
    while (next < ends.length && ends[next]! <= match.index) next++
    const end = ends[next]
    spans.push({ start: match.index, end: end !== undefined && end <= limit ? end : keyBodyEnd(text, match.index + match[0].length, limit) })
  }
}

/** Where a key without its last line ends: after the last line that holds nothing but base64. */
function keyBodyEnd(text: string, from: number, limit: number): number {
  const body = /(?:\s|\\[nr]){1,4}[A-Za-z0-9+/=]{16,200}(?=\s|\\|$)/y
  let end = from
  for (;;) {
    body.lastIndex = end
    if (end >= limit || !body.test(text)) return Math.min(end, limit)
    end = body.lastIndex
  }
}

function cutBefore(text: string, at: number, find: SecretFinder): number {
  // A key without its last line goes on, as long as one may.
  const open = [...text.matchAll(keyHeader)].find(({ index }) => text.length - index < longestKeyBlock && !text.slice(index).match(keyEnd))
  const end = Math.min(at, open?.index ?? at)
  return find(text).find((span) => span.start < end && span.end > end)?.start ?? end
}

function merge(spans: Span[]): Span[] {
  if (spans.length === 0) return spans
  spans.sort((left, right) => left.start - right.start || right.end - left.end)
  const merged: Span[] = []
  for (const span of spans) {
    const last = merged.at(-1)
    if (last && span.start < last.end) last.end = Math.max(last.end, span.end)
    else merged.push({ ...span })
  }
  return merged
}
