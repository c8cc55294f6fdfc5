import { UserError } from './user-error.ts'
import type { SourceLocation } from './user-error.ts'

// Errors of the prompt's template.

const page = 'docs/context.md lists every placeholder'

export function templateUnreadableError(file: string, problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'template-unreadable', message: `prompt.template: ${JSON.stringify(file)} ${problem}`, where, fix: "name a Markdown file, relative to the config's folder, or take the key away" })
}

export function unknownPlaceholderError(name: string, near: string | undefined, known: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: 'template-placeholder', message: `there is no placeholder {{${name}}}`, where,
    fix: `${near === undefined ? `there are ${known.join(', ')}` : `did you mean {{${near}}}?`}\nfor the characters themselves, write \\{{`,
  })
}

export function placeholderUnclosedError(where: SourceLocation): UserError {
  return new UserError({ code: 'template-placeholder', message: 'a placeholder begins here and does not end in its line', where, fix: 'end it with }}, or write \\{{ for the characters themselves' })
}

export function placeholderInLineError(name: string, where: SourceLocation): UserError {
  return new UserError({ code: 'template-placeholder-in-line', message: `{{${name}}} stands for several lines, and there is other text in its line`, where, fix: 'give it a line of its own' })
}

export function placeholderTwiceError(name: string, first: SourceLocation, where: SourceLocation): UserError {
  return new UserError({ code: 'template-placeholder-twice', message: `{{${name}}} stands at ${first.file}:${first.line}:${first.column} already`, where, fix: 'take one of the two away: the builder would read, and you pay for, the same twice' })
}

export function sectionMissingError(name: string, where: SourceLocation): UserError {
  return new UserError({ code: 'template-section-missing', message: `the template has no {{${name}}}, without which a builder cannot know what it is judged by`, where, fix: `add a line with {{${name}}}; ${page}` })
}
