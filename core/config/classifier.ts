import type { Action, Blame, ClassificationResult } from '../model/failure.ts'
import type { FailureClass } from '../model/names.ts'
import type { ClassifierInstance } from '../model/plugin.ts'
import { matcherOf, type Captures, type ClassifierMatch, type Matched } from './classifier-match.ts'

export type { CauseFields, ClassifierFields, MatchAnswer } from './classifier-match.ts'

export interface ClassifierDefinition {
  /** A built-in class or one of your own. */
  class: FailureClass
  /** A RegExp that is searched in the output window; or fields of the failure and of its causes; or a function. */
  match: ClassifierMatch
  /** One line for reports; `$1`, `$<name>` and `$&` stand for what the match captured. Default: the core's title of the cause. */
  title?: string
  /**
   * Text that is hashed in the place of the cause's template, with captures as in `title`: failures with the same text are one bucket.
   * Default: the template of the cause that `match` is about, else of the root cause.
   */
  template?: string
  /** How far the cause reaches. Default: that of the class. */
  blame?: Blame
  /** What is done next. Default: that of the class; of a class of your own, the phase fails. */
  action?: Action
  /** What reports call this classifier. Default: its class. */
  name?: string
}

/**
 * Makes a classifier from a pattern: the short form of a plugin with a tap of `classifyFailure`.
 * Flags `g` and `y` of a RegExp are ignored, so that every failure is read from the start.
 */
export function defineClassifier(definition: ClassifierDefinition): ClassifierInstance {
  // What is wrong with a definition is told when the config is loaded, with its place; here it must only not throw.
  const matcher = matcherOf(definition.match ?? {})
  return {
    type: 'classifier',
    name: definition.name ?? definition.class,
    definition,
    classify(event, because) {
      const answer = (matched: Matched) => {
        if (matched.type === 'matched') return resultOf(definition, matched)
        because?.(matched.reason)
        return undefined
      }
      const matched = matcher(event)
      return matched instanceof Promise ? matched.then(answer) : answer(matched)
    },
  }
}

function resultOf(definition: ClassifierDefinition, { captures, evidence, cause }: Extract<Matched, { type: 'matched' }>): ClassificationResult {
  const { title, template, blame, action } = definition
  const filled = title === undefined ? '' : fill(title, captures)
  const hashed = template === undefined ? '' : fill(template, captures)
  return {
    class: definition.class,
    // A title of which nothing was captured is no title.
    ...(filled !== '' && { title: filled }),
    ...(hashed !== '' && { template: hashed }),
    ...(evidence.length > 0 && { evidence }),
    ...(cause && { cause }),
    ...(blame !== undefined && { blame }),
    ...(action !== undefined && { action }),
  }
}

/** Fills `$1`, `$<name>`, `$&` and `$$`; what was not captured is left out. The text stays one line of at most 200 characters. */
function fill(text: string, captures: Captures): string {
  const filled = text.replace(/\$(?:(\$)|(&)|(\d{1,2})|<([^>]+)>)/g, (_, dollar?: string, whole?: string, number?: string, name?: string) => {
    if (dollar) return '$'
    const key = whole ? '0' : (number ?? name)!
    return Object.hasOwn(captures, key) ? String(captures[key] ?? '') : ''
  })
  return filled.replace(/\s+/g, ' ').trim().slice(0, 200)
}
