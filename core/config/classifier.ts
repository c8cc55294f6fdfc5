import type { Action, Blame, BuiltInClass, ClassificationResult } from '../model/failure.ts'
import type { ClassifierInstance, ClassifyEvent } from '../model/plugin.ts'

type Captures = Readonly<Record<string, string | undefined>>

/** Every field that is given must match: text and numbers exactly, a RegExp anywhere. */
export interface ClassifierFields {
  stage?: string | RegExp
  /** The class that the stage gave, as `deliverables_validation_failed`. */
  class?: string | RegExp
  message?: string | RegExp
  check?: string | RegExp
  /** The argument list, joined by spaces. */
  command?: string | RegExp
  exitCode?: number
  signal?: string
  /** The output window. */
  output?: string | RegExp
}

/** What a `match` function may answer: no, yes, or yes with what it captured (`$1`, `$<name>` in the title). */
export type MatchAnswer = boolean | null | undefined | RegExpMatchArray | Record<string, string>

export interface ClassifierDefinition {
  /** A built-in class or one of your own. */
  class: BuiltInClass | (string & {})
  /** A RegExp that is searched in the output window; or fields; or a function. */
  match: RegExp | ClassifierFields | ((event: ClassifyEvent) => MatchAnswer | Promise<MatchAnswer>)
  /** One line for reports; `$1`, `$<name>` and `$&` stand for what the match captured. Default: the core's title of the cause. */
  title?: string
  /** How far the cause reaches. Default: that of the class. */
  blame?: Blame
  /** What is done next. Default: the phase fails. */
  action?: Action
  /** What reports call this classifier. Default: its class. */
  name?: string
}

/**
 * Makes a classifier from a pattern: the short form of a plugin with a tap of `classifyFailure`.
 * Flags `g` and `y` of a RegExp are ignored, so that every failure is read from the start.
 */
export function defineClassifier(definition: ClassifierDefinition): ClassifierInstance {
  const matcher = matcherOf(definition.match)
  return {
    type: 'classifier',
    name: definition.name ?? definition.class,
    definition,
    classify(event) {
      const match = matcher(event)
      return match instanceof Promise ? match.then((found) => resultOf(definition, found)) : resultOf(definition, match)
    },
  }
}

interface Match { captures: Captures; evidence: string[] }

function resultOf(definition: ClassifierDefinition, match: Match | undefined): ClassificationResult | undefined {
  if (!match) return undefined
  const { title, blame, action } = definition
  return {
    class: definition.class,
    ...(title !== undefined && { title: fill(title, match.captures) }),
    ...(match.evidence.length > 0 && { evidence: match.evidence }),
    ...(blame !== undefined && { blame }),
    ...(action !== undefined && { action }),
  }
}

function matcherOf(match: ClassifierDefinition['match']): (event: ClassifyEvent) => Match | undefined | Promise<Match | undefined> {
  if (match instanceof RegExp) {
    const pattern = stateless(match)
    return ({ failure }) => matchOf(pattern.exec(failure.output))
  }
  if (typeof match === 'function') {
    return (event) => {
      const answer = match(event)
      return answer instanceof Promise ? answer.then(matchOf) : matchOf(answer)
    }
  }
  const fields = Object.entries(match).map(([field, wanted]) => [field, wanted instanceof RegExp ? stateless(wanted) : wanted] as const)
  return (event) => matchFields(fields, event)
}

function matchFields(fields: readonly (readonly [string, unknown])[], { failure }: ClassifyEvent): Match | undefined {
  const seen: Record<string, unknown> = { ...failure, command: failure.command?.join(' ') }
  const captures: Record<string, string | undefined> = {}
  const evidence: string[] = []
  for (const [field, wanted] of fields) {
    if (wanted === undefined) continue
    const value = seen[field]
    if (!(wanted instanceof RegExp)) {
      if (value !== wanted) return undefined
      continue
    }
    const found = typeof value === 'string' ? matchOf(wanted.exec(value)) : undefined
    if (!found) return undefined
    // The first field with a group of that number gives it.
    for (const [key, text] of Object.entries(found.captures)) captures[key] ??= text
    if (field === 'output') evidence.push(...found.evidence)
  }
  return { captures, evidence }
}

function matchOf(answer: MatchAnswer): Match | undefined {
  if (answer === true) return { captures: {}, evidence: [] }
  if (!answer) return undefined
  if (!Array.isArray(answer)) return { captures: answer as Captures, evidence: [] }
  const captures: Record<string, string | undefined> = { ...answer.groups }
  answer.forEach((text: string | undefined, index) => (captures[String(index)] = text))
  return { captures, evidence: linesAround(answer as RegExpMatchArray) }
}

/** The whole lines that the match lies on: at most five, at most 300 characters each. */
function linesAround(match: RegExpMatchArray): string[] {
  const { input, index } = match
  if (input === undefined || index === undefined) return []
  const start = input.lastIndexOf('\n', index - 1) + 1
  const end = input.indexOf('\n', index + match[0].length)
  return input.slice(index === 0 ? 0 : start, end === -1 ? undefined : end).split('\n').slice(0, 5).map((line) => line.trim().slice(0, 300)).filter(Boolean)
}

const stateless = (pattern: RegExp): RegExp => new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))

/** Fills `$1`, `$<name>`, `$&` and `$$`; what was not captured is left out. The title stays one line of at most 200 characters. */
function fill(title: string, captures: Captures): string {
  const filled = title.replace(/\$(?:(\$)|(&)|(\d{1,2})|<([^>]+)>)/g, (_, dollar?: string, whole?: string, number?: string, name?: string) => {
    if (dollar) return '$'
    return captures[whole ? '0' : (number ?? name)!] ?? ''
  })
  return filled.replace(/\s+/g, ' ').trim().slice(0, 200)
}
