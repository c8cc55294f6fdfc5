// On the path of every config file: imports nothing at run time.
import type { Cause, Failure } from '../model/failure.ts'
import type { ClassifyEvent } from '../model/plugin.ts'

export type Captures = Readonly<Record<string, string | undefined>>

/** What Autopack read out of the output: every field that is given must fit one and the same cause. */
export interface CauseFields {
  /** The tool family that printed it: `python`, `typescript`, `npm`, …; `generic` where no parser knew it. */
  tool?: string | RegExp
  class?: string | RegExp
  /** What could not be loaded: `praw`. */
  module?: string | RegExp
  /** A name in the code: a function, a type, a rule. */
  symbol?: string | RegExp
  test?: string | RegExp
  /** The tool's own code: `TS2307`, `ENOENT`, `E401`. */
  code?: string | RegExp
  /** Relative to the project, with `/`. */
  file?: string | RegExp
}

/** Every field that is given must match: text and numbers exactly, a RegExp anywhere. */
export interface ClassifierFields {
  /** How far the attempt got: `delta` for a check, `build` for the builder, … */
  stage?: Failure['stage'] | RegExp
  /** The class that the stage gave, as `deliverables_validation_failed`; the class of what an output says is a field of `cause`. */
  class?: string | RegExp
  message?: string | RegExp
  check?: string | RegExp
  /** The argument list, joined by spaces. */
  command?: string | RegExp
  exitCode?: number
  signal?: string
  /** The output window. */
  output?: string | RegExp
  /** Any one of the causes that were read out of the output; the failure is then about that one. Its fields are captures: `$<module>`. */
  cause?: CauseFields
}

/** What a `match` function may answer: no, yes, or yes with what it captured (`$1`, `$<name>` in the title). */
export type MatchAnswer = boolean | null | undefined | RegExpMatchArray | Record<string, string>
export type ClassifierMatch = RegExp | ClassifierFields | ((event: ClassifyEvent) => MatchAnswer | Promise<MatchAnswer>)

export type Matched =
  | { type: 'matched'; captures: Captures; evidence: string[]; cause?: Cause }
  /** `reason` ends the sentence "it passed: …". */
  | { type: 'passed'; reason: string }

/** Prepares a `match`, so that one failure after the other can be held against it. */
export function matcherOf(match: ClassifierMatch): (event: ClassifyEvent) => Matched | Promise<Matched> {
  if (match instanceof RegExp) {
    const pattern = stateless(match)
    return ({ failure }) => answered(pattern.exec(failure.output), `${shown(match)} is not in the output`)
  }
  if (typeof match === 'function') {
    const silent = 'its function answered nothing'
    return (event) => {
      const answer = match(event)
      return answer instanceof Promise ? answer.then((found) => answered(found, silent)) : answered(answer, silent)
    }
  }
  const { cause, ...own } = match
  const fields = wantedOf(own)
  const causeFields = cause && wantedOf(cause)
  return ({ failure }) => matchFailure(fields, causeFields, failure)
}

type Wanted = readonly (readonly [string, unknown])[]

const wantedOf = (fields: object): Wanted =>
  Object.entries(fields).filter(([, wanted]) => wanted !== undefined).map(([field, wanted]) => [field, wanted instanceof RegExp ? stateless(wanted) : wanted])

function matchFailure(fields: Wanted, causeFields: Wanted | undefined, failure: Readonly<Failure>): Matched {
  const own = matchFields(fields, { ...failure, command: failure.command?.join(' ') })
  if (own.type === 'misfit') return { type: 'passed', reason: own.reason }
  const { captures } = own
  if (!causeFields) return { type: 'matched', captures, evidence: own.evidence }
  let reason = 'no cause was read in the output'
  for (const [index, cause] of failure.causes.entries()) {
    const found = matchFields(causeFields, cause as unknown as Record<string, unknown>)
    if (found.type === 'misfit') {
      if (index === 0) reason = `cause.${found.reason}${failure.causes.length > 1 ? `, nor does another of ${failure.causes.length} causes fit` : ''}`
      continue
    }
    const evidence = own.evidence.length > 0 ? own.evidence : cause.evidence.slice(0, mostEvidence).map(shortened)
    return { type: 'matched', captures: { ...textFields(cause), ...found.captures, ...captures }, evidence, cause }
  }
  return { type: 'passed', reason }
}

type Fit = { type: 'fit'; captures: Record<string, string | undefined>; evidence: string[] } | { type: 'misfit'; reason: string }

function matchFields(fields: Wanted, seen: Readonly<Record<string, unknown>>): Fit {
  const captures: Record<string, string | undefined> = {}
  const evidence: string[] = []
  for (const [field, wanted] of fields) {
    const value = seen[field]
    if (!(wanted instanceof RegExp)) {
      if (value !== wanted) return { type: 'misfit', reason: `${field} is ${shownValue(value)}, not ${shownValue(wanted)}` }
      continue
    }
    const found = typeof value === 'string' ? answered(wanted.exec(value), '') : undefined
    if (found?.type !== 'matched') return { type: 'misfit', reason: field === 'output' ? `${shown(wanted)} is not in the output` : `${field} is ${shownValue(value)}, and ${shown(wanted)} is not in it` }
    // The first field with a group of that number gives it.
    for (const [key, text] of Object.entries(found.captures)) captures[key] ??= text
    if (field === 'output') evidence.push(...found.evidence)
  }
  return { type: 'fit', captures, evidence }
}

/** The fields of a cause by name, as captures. */
function textFields(cause: Cause): Captures {
  const { tool, class: name, module, symbol, test, code, file } = cause
  return { tool, class: name, module, symbol, test, code, file }
}

function answered(answer: MatchAnswer, otherwise: string): Matched {
  if (answer === true) return { type: 'matched', captures: {}, evidence: [] }
  if (!answer) return { type: 'passed', reason: otherwise }
  if (!Array.isArray(answer)) return { type: 'matched', captures: answer as Captures, evidence: [] }
  const captures: Record<string, string | undefined> = { ...answer.groups }
  answer.forEach((text: string | undefined, index) => (captures[String(index)] = text))
  return { type: 'matched', captures, evidence: linesAround(answer as RegExpMatchArray) }
}

const mostEvidence = 5
const shortened = (line: string): string => line.trim().slice(0, 300)

/** The whole lines that the match lies on: at most five, at most 300 characters each. */
function linesAround(match: RegExpMatchArray): string[] {
  const { input, index } = match
  if (input === undefined || index === undefined) return []
  const start = input.lastIndexOf('\n', index - 1) + 1
  const end = input.indexOf('\n', index + match[0].length)
  return input.slice(index === 0 ? 0 : start, end === -1 ? undefined : end).split('\n').slice(0, mostEvidence).map(shortened).filter(Boolean)
}

const stateless = (pattern: RegExp): RegExp => new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))

/** A pattern in a sentence: its beginning is enough to know it by. */
function shown({ source, flags }: RegExp): string {
  return source.length > 48 ? `/${source.slice(0, 47)}…/` : `/${source}/${flags}`
}

function shownValue(value: unknown): string {
  if (value === undefined || value === null) return 'not given'
  if (typeof value !== 'string') return String(value)
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value)
}
