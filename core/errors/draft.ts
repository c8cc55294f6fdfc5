import { UserError } from './user-error.ts'
import type { SourceLocation } from './user-error.ts'

// Errors of `autopack plan`.

export function notesUnreadableError(name: string, problem: string): UserError {
  return new UserError({ code: 'notes-unreadable', message: `the notes ${name}: ${problem}`, where: { file: name }, fix: 'name a text file with what is to be done, or - for standard input' })
}

export function notesTooLargeError(name: string, tokens: number, maxTokens: number): UserError {
  return new UserError({
    code: 'notes-too-large', message: `the notes ${name} make a prompt of some ${tokens} tokens, and context.maxTokens is ${maxTokens}`, where: { file: name },
    fix: 'plan them in parts, or raise context.maxTokens in the config',
  })
}

export function draftBuilderError(named: string | undefined, known: readonly string[]): UserError {
  const message = named === undefined ? 'the config names no builder that could draft a plan' : `there is no builder ${JSON.stringify(named)}`
  return new UserError({ code: 'draft-builder', message, fix: known.length > 0 ? `name one with --builder: ${known.join(', ')}` : 'set `builder` in the config' })
}

export function draftFailedError(builder: string, problem: string, logPath: string): UserError {
  return new UserError({ code: 'draft-failed', message: `builder ${builder} drafted no plan: ${problem}`, where: { file: logPath }, fix: 'look at its log, and try again', exitCode: 1 })
}

export function draftLimitError(builder: string, message: string, until: string | undefined): UserError {
  return new UserError({ code: 'draft-limit', message: `builder ${builder} is at its usage limit: ${message}`, fix: until === undefined ? 'try again later, or with --builder' : `try again after ${until}, or with --builder`, exitCode: 3 })
}

export function draftStoppedError(): UserError {
  return new UserError({ code: 'draft-stopped', message: 'stopped; nothing was written', fix: 'type it again to begin anew', exitCode: 130 })
}

export function draftPathMissingError(path: string, raw: string, where: SourceLocation): UserError {
  return new UserError({ code: 'draft-path-missing', message: `${path}: there is no ${JSON.stringify(raw)}, and no deliverable of the phase lies there`, where, fix: 'name what is there, or what the phase delivers' })
}

export function draftCheckError(path: string, problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'draft-check', message: `${path}: ${problem}`, where, fix: 'name a command that can run here, or have the phase deliver what it needs' })
}

export function planTargetError(target: string, problem: string, fix: string): UserError {
  return new UserError({ code: 'plan-target', message: `--out ${target}: ${problem}`, fix })
}
