import { type SourceLocation, type UserError, UserErrors, placeholderInLineError, placeholderTwiceError, placeholderUnclosedError, sectionMissingError, unknownPlaceholderError } from '../errors.ts'
import { neededSections, promptSections, type PromptSection } from '../model/prompt.ts'
import { nearest } from '../nearest.ts'

/** Short facts, for anywhere in a line. */
export const promptValues = ['project', 'run', 'phase', 'attempt', 'timeLimit'] as const
export type PromptValue = (typeof promptValues)[number]

/** A template, read: a line is a section, or text with values in it. */
export interface Template { lines: readonly TemplateLine[] }
export type TemplateLine = { type: 'section'; name: PromptSection } | { type: 'text'; parts: readonly (string | { value: PromptValue })[] }

const names: readonly string[] = [...promptSections, ...promptValues]
const isSection = (name: string): name is PromptSection => (promptSections as readonly string[]).includes(name)
const isValue = (name: string): name is PromptValue => (promptValues as readonly string[]).includes(name)

/**
 * Reads a template: Markdown with `{{section}}` on lines of their own and `{{value}}` anywhere; `\{{` is a plain `{{`.
 * What is wrong is thrown as one UserError with every place. `file` is how errors call it.
 */
export function parseTemplate(text: string, file: string): Template {
  const errors: UserError[] = []
  const seen = new Map<PromptSection, SourceLocation>()
  const source = text.replace(/^\uFEFF/, '').trimEnd().split(/\r?\n/)
  const lines = source.map((line, index): TemplateLine => {
    const at = (column: number, length: number): SourceLocation => ({ file, line: index + 1, column: column + 1, length, text: line })
    const alone = /^\s*\{\{\s*(\w+)\s*\}\}\s*$/.exec(line)?.[1]
    if (alone !== undefined && isSection(alone)) {
      const place = at(line.indexOf('{'), line.trim().length)
      const first = seen.get(alone)
      if (first) errors.push(placeholderTwiceError(alone, first, place))
      else seen.set(alone, place)
      return { type: 'section', name: alone }
    }
    return { type: 'text', parts: partsOf(line, at, errors) }
  })
  const last = source.at(-1)!
  const end: SourceLocation = { file, line: source.length, column: last.length + 1, length: 1, text: last }
  for (const name of neededSections) if (!seen.has(name) && !errors.some((error) => error.code === 'template-placeholder-in-line' && error.message.includes(`{{${name}}}`))) errors.push(sectionMissingError(name, end))
  if (errors.length > 0) throw errors.length === 1 ? errors[0]! : new UserErrors(errors)
  return { lines }
}

function partsOf(line: string, at: (column: number, length: number) => SourceLocation, errors: UserError[]): (string | { value: PromptValue })[] {
  const parts: (string | { value: PromptValue })[] = []
  let from = 0
  for (const match of line.matchAll(/(\\?)\{\{(?:([^{}]*)\}\})?/g)) {
    const [whole, escape, inner] = match
    const name = inner?.trim()
    parts.push(line.slice(from, match.index))
    from = match.index + whole.length
    if (escape) parts.push(whole.slice(1))
    else if (name === undefined) errors.push(placeholderUnclosedError(at(match.index, line.length - match.index)))
    else if (isValue(name)) parts.push({ value: name })
    else if (isSection(name)) errors.push(placeholderInLineError(name, at(match.index, whole.length)))
    else errors.push(unknownPlaceholderError(name, nearest(name, names), names, at(match.index, whole.length)))
  }
  return [...parts, line.slice(from)].filter((part) => part !== '')
}

/** The built-in template: every section, in the order of `promptSections`. */
export const builtInTemplate = (): Template => parseTemplate(`# {{phase}}\n\n${promptSections.map((name) => `{{${name}}}`).join('\n\n')}\n`, 'the built-in template')

/** Puts values and sections in. A section with nothing to say takes its line, and the blank line behind it, along. */
export function fill(template: Template, values: Readonly<Record<PromptValue, string>>, sections: ReadonlyMap<PromptSection, string>): string {
  const lines: string[] = []
  let skipBlank = false
  for (const line of template.lines) {
    const text = line.type === 'section' ? (sections.get(line.name) ?? '') : line.parts.map((part) => (typeof part === 'string' ? part : values[part.value])).join('')
    const leftOut = line.type === 'section' && text === ''
    if (!leftOut && !(skipBlank && line.type === 'text' && text.trim() === '')) lines.push(text)
    skipBlank = leftOut && (lines.length === 0 || lines.at(-1)!.trim() === '')
  }
  return `${lines.join('\n').trimEnd()}\n`
}
