import { shellQuote } from '../model/command-text.ts'
import { UserError } from './user-error.ts'

// Errors of the command line.

export function usageError(message: string, fix = 'see `autopack --help`, or --help of the command'): UserError {
  return new UserError({ code: 'usage', message, fix })
}

/** Thrown or rejected outside of everything that is waited for: by code of a config or a plugin, or by a mistake of ours. */
export function strayError(thrown: unknown): UserError {
  const text = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n')[0]!
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const frame = /\(?file:\/\/(\/[^\n]*?):(\d+):(\d+)\)?$/m.exec(stack)
  return new UserError({
    code: 'stray-error',
    message: `an error that nobody waited for: ${text}`,
    ...(frame && { where: { file: pathOf(frame[1]!), line: Number(frame[2]), column: Number(frame[3]) } }),
    fix: 'await the promise, or catch the error where it is thrown; run again with --debug for the stack trace',
    exitCode: 4,
    cause: thrown,
  })
}

/** The message of an error may hold what only looks like an address. */
function pathOf(address: string): string {
  try {
    return decodeURI(address)
  } catch {
    return address
  }
}

export function standstillError(): UserError {
  return new UserError({ code: 'standstill', message: 'the command waits for something that never comes', fix: 'look for a promise of the config or of a plugin that is never settled', exitCode: 4 })
}

export function endedElsewhereError(): UserError {
  return new UserError({ code: 'process-exit', message: 'code of the config, of a plan or of a plugin ended the process before the command was done', fix: 'look for `process.exit` in it: throw an error instead, or return', exitCode: 4 })
}

/** `removed`: the plugin that is on by default and brings the command. */
export function unknownCommandError(name: string, near: string | undefined, removed?: string): UserError {
  if (removed !== undefined) return usageError(`there is no command '${name}' in this project`, `it comes with the plugin ${removed}, which the config removes: take without('${removed}') away`)
  return usageError(`unknown command '${name}'`, near === undefined ? 'see `autopack --help` for what there is' : `did you mean ${near}?`)
}

export function directoryMissingError(raw: string, folder: string): UserError {
  return new UserError({ code: 'directory-missing', message: `-C names ${JSON.stringify(raw)}, which is not a folder`, where: { file: folder }, fix: 'name an existing folder' })
}

export function nothingImportedError(): UserError {
  return new UserError({ code: 'nothing-imported', message: 'there are no runs yet', fix: 'import and run the plans with `autopack run`' })
}

export function runUnknownError(run: string, near: string | undefined, known: readonly string[]): UserError {
  const list = known.slice(0, 8).join(', ') + (known.length > 8 ? ', …' : '')
  return new UserError({ code: 'run-unknown', message: `there is no run ${JSON.stringify(run)}`, fix: near === undefined ? `name one of: ${list}` : `did you mean ${near}?` })
}

export function phaseUnknownError(run: string, phase: string, near: string | undefined, known: readonly string[]): UserError {
  const list = known.slice(0, 8).join(', ') + (known.length > 8 ? ', …' : '')
  return new UserError({
    code: 'phase-unknown',
    message: `run ${run} has no phase ${JSON.stringify(phase)}`,
    fix: near === undefined ? `name one of: ${list}` : `did you mean ${near}?`,
  })
}

export function attemptUnknownError(run: string, phase: string, wanted: string | undefined, known: number): UserError {
  const message = wanted === undefined ? `${run}/${phase} has not been attempted yet` : `${run}/${phase} has no attempt ${wanted}`
  return new UserError({ code: 'attempt-unknown', message, fix: known === 0 ? `run it with \`autopack run ${shellQuote(run)}\`` : `name one from 1 to ${known}` })
}

export function attemptFileMissingError(what: string, file: string, fix: string): UserError {
  return new UserError({ code: 'attempt-file-missing', message: `this attempt left no ${what}`, where: { file }, fix })
}

export function runLogMissingError(run: string, file: string): UserError {
  return new UserError({ code: 'run-log-missing', message: `nothing was told of the work at ${run} yet`, where: { file }, fix: `the log is there once a phase of it was executed: \`autopack run ${shellQuote(run)}\`` })
}

export function receiptMissingError(file: string): UserError {
  return new UserError({ code: 'receipt-missing', message: `there is no receipt ${file}`, where: { file }, fix: 'name the receipt.json of an attempt; `autopack show RUN PHASE` prints where it is' })
}

export function initFailedError(what: string, cause: unknown): UserError {
  const message = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause)
  return new UserError({ code: 'init-failed', message: `${what}: ${message}`, fix: 'mend this and run `autopack init` again; it never overwrites what is there', cause })
}

export function packageNameError(name: string, kind: 'plugin' | 'preset', problem: string): UserError {
  return new UserError({
    code: 'package-name',
    message: `${JSON.stringify(name)} cannot be the name of a package: ${problem}`,
    fix: `write small letters, digits and hyphens, as in autopack-${kind}-acme or @acme/autopack-${kind}`,
  })
}

export function folderTakenError(folder: string, problem: string): UserError {
  return new UserError({ code: 'folder-taken', message: `${folder} ${problem}`, fix: 'name another package, or move what is there: nothing is ever overwritten' })
}

export function planInvalidGoalError(problem: string): UserError {
  return usageError(`--goal makes no plan: ${problem}`, 'say what is to be done with --goal "…"')
}

export function inputUnreadableError(name: string, problem: string): UserError {
  return new UserError({ code: 'input-unreadable', message: `${name} cannot be read: ${problem}`, fix: 'name a log file, or give it on standard input' })
}

export function jsonLineError(number: number, problem: string): UserError {
  return new UserError({ code: 'json-line', message: `line ${number} is left out: ${problem}`, fix: 'each line is an object such as {"id":"a","text":"…"}' })
}

/** `begun`: fingerprints that begin as wanted; `known`: all there are. */
export function fingerprintUnknownError(wanted: string, begun: readonly string[], known: readonly string[]): UserError {
  if (begun.length > 0) return new UserError({ code: 'fingerprint-unknown', message: `${begun.length} fingerprints begin with ${JSON.stringify(wanted)}`, fix: `write more of it: ${begun.slice(0, 8).join(', ')}${begun.length > 8 ? ', …' : ''}` })
  return new UserError({
    code: 'fingerprint-unknown', message: `no stored failure has the fingerprint ${JSON.stringify(wanted)}`,
    fix: known.length > 0 ? `there are ${known.slice(0, 8).join(', ')}${known.length > 8 ? ', …' : ''}` : 'nothing has failed yet',
  })
}
