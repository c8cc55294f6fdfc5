import type { Confidence } from '../model/failure.ts'
import type { FailureContext } from './context.ts'
import type { Output } from './output.ts'

/**
 * What a find says about the failure:
 * - `cause`: names what is wrong (the default).
 * - `effect`: says which part failed and not why (`FAIL shop 0.02s`, a summary's line without its message). Used where there is no cause.
 * - `wrapper`: only that a command failed (`make: *** Error 1`, `npm error code 1`). Used where there is nothing else.
 * - `echo`: nothing of its own. It claims its span, so that no later extractor reads there what this one reads elsewhere.
 */
export type Role = 'cause' | 'effect' | 'wrapper' | 'echo'

/** One thing that an extractor read. Lines are indices into `Output.lines`. */
export interface Found {
  class: string
  /** One line that a person would have written; numbers stay. */
  title: string
  /** What names the cause, in the order in which it is hashed; undefined and empty parts are left out. Parametrised by the engine. */
  key: readonly (string | undefined)[]
  /** The line that says so. */
  at: number
  /** First and last line that belong to it; finds of later extractors in there are echoes of it and dropped. Default: `at` alone. */
  span?: readonly [number, number] | undefined
  /** Lines that prove it. Default: the span, at most ten lines. */
  evidence?: readonly number[] | undefined
  role?: Role | undefined
  /** Default `high`. `low` never opens a breaker: only where nothing was extracted. */
  confidence?: Confidence | undefined
  /** Where another tool name than the extractor's names the cause better. Part of the fingerprint. */
  tool?: string | undefined
  file?: string | undefined
  line?: number | undefined
  module?: string | undefined
  symbol?: string | undefined
  test?: string | undefined
  code?: string | undefined
}

/**
 * Reads what one tool family prints. Small, one file each, pure, linear in the text; must not throw. See extractors/README.md.
 */
export interface Extractor {
  /** The family's name, part of the fingerprint: `pytest`, `tsc`, `go`. */
  readonly tool: string
  /** What only this family prints, in its output and not in the command: found strings, or regexps with `m`. Any one is enough. */
  readonly signs: readonly (string | RegExp)[]
  /** In the order of the text. */
  extract(output: Output, context: FailureContext): Found[]
}

/** The line that a rule looks at, and its neighbours. */
export interface Place {
  readonly lines: readonly string[]
  readonly index: number
  /** Up to `count` lines after this one. */
  after(count: number): readonly string[]
  /** Up to `count` lines before this one, in their order. */
  before(count: number): readonly string[]
}

/** One form of message. The pattern is tried on each line of at most `longestLine` characters, so it must be bounded and without nested repetition. */
export interface Rule {
  readonly pattern: RegExp
  /** Undefined passes the line on to the next rule. `at` is the line's, and so is `span` where it is left out. */
  cause(match: RegExpExecArray, place: Place): Omit<Found, 'at'> & { at?: number } | undefined
}

/** Longer lines are data, not messages. */
export const longestLine = 2_000
/** What one extractor may find: enough to rank and to count, and a bound on hostile input. */
export const mostFinds = 50

/** An extractor made of rules: each line is read by the first rule that answers, and lines in the span of an answer are not read again. */
export function lineExtractor(tool: string, signs: Extractor['signs'], rules: readonly Rule[]): Extractor {
  return { tool, signs, extract: (output) => findByRules(output.lines, rules) }
}

export function findByRules(lines: readonly string[], rules: readonly Rule[], from = 0, to = lines.length): Found[] {
  const finds: Found[] = []
  for (let index = from; index < to && finds.length < mostFinds; index++) {
    const line = lines[index]!
    if (line === '' || line.length > longestLine) continue
    const found = firstAnswer(rules, line, lines, index)
    if (!found) continue
    finds.push(found)
    index = Math.max(index, found.span?.[1] ?? index)
  }
  return finds
}

function firstAnswer(rules: readonly Rule[], line: string, lines: readonly string[], index: number): Found | undefined {
  for (const { pattern, cause } of rules) {
    const match = pattern.exec(line)
    const found = match && cause(match, placeAt(lines, index))
    if (found) return { ...found, at: found.at ?? index }
  }
  return undefined
}

export function placeAt(lines: readonly string[], index: number): Place {
  return {
    lines, index,
    after: (count) => lines.slice(index + 1, index + 1 + count),
    before: (count) => lines.slice(Math.max(0, index - count), index),
  }
}

/** Index of the first line from `from` on that matches, within `most` lines; -1 where none does. */
export function findLine(lines: readonly string[], pattern: RegExp, from: number, most = 200): number {
  const end = Math.min(lines.length, from + most)
  for (let index = Math.max(0, from); index < end; index++) if (pattern.test(lines[index]!)) return index
  return -1
}

/** Index of the last line before `from` that matches, within `most` lines; -1 where none does. */
export function findLineBefore(lines: readonly string[], pattern: RegExp, from: number, most = 200): number {
  const end = Math.max(0, from - most)
  for (let index = from - 1; index >= end; index--) if (pattern.test(lines[index]!)) return index
  return -1
}

/** Index of the last line of the block that starts at `from`: the line before the first that matches `end`, within `most` lines. */
export function blockEnd(lines: readonly string[], end: RegExp, from: number, most = 200): number {
  const next = findLine(lines, end, from + 1, most)
  return next === -1 ? Math.min(lines.length, from + most) - 1 : next - 1
}
