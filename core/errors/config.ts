import { shellQuote } from '../model/command-text.ts'
import { UserError } from './user-error.ts'
import type { SourceLocation } from './user-error.ts'

// Errors of the config, and of what it shares with plans: files, syntax, imports, values.

const whatFile = { config: 'the config', plan: 'the plan' } as const

export function configNotFoundError(cwd: string, places: readonly string[]): UserError {
  return new UserError({
    code: 'config-not-found',
    message: `no Autopack config in ${cwd} or any folder above it`,
    fix: `run \`autopack init\` to make one, or name it with --config FILE\nlooked for ${places.map((place) => (place === 'package.json' ? 'the key "autopack" in package.json' : place)).join(', ')}`,
  })
}

export function configFileMissingError(flag: string, file: string, problem = 'there is no such file, or it cannot be read'): UserError {
  return new UserError({ code: 'config-missing', message: `--config ${flag}: ${problem}`, where: { file }, fix: 'name a config file, relative to the working directory' })
}

export function noAutopackKeyError(file: string): UserError {
  return new UserError({ code: 'config-missing', message: `${file} has no key "autopack"`, where: { file }, fix: 'add the key with the config as its value, or name another file' })
}

export function emptyFileError(kind: 'config' | 'plan', file: string): UserError {
  const fix = kind === 'config' ? 'run `autopack init` in an empty folder to see a config, or start with `export default {}`' : 'write the plan, or take the file away'
  return new UserError({ code: `${kind}-empty`, message: `${whatFile[kind]} ${file} is empty`, where: { file }, fix })
}

export function noDefaultExportError(kind: 'config' | 'plan', where: SourceLocation, exported: readonly string[]): UserError {
  const instead = exported.length > 0 ? `; it exports ${exported.join(', ')}` : ''
  return new UserError({
    code: `${kind}-no-default-export`,
    message: `${whatFile[kind]} ${where.file} has no default export${instead}`,
    where,
    fix: kind === 'config' ? 'write `export default defineConfig({ … })`' : 'write `export default { id: …, phases: […] }`',
  })
}

export function decoratorError(where: SourceLocation): UserError {
  return new UserError({ code: 'typescript-syntax', message: 'a decorator is not supported: Node runs TypeScript by leaving the types out', where, fix: 'call the function that it names, below the class' })
}

export function typeScriptSyntaxError(what: string, where: SourceLocation): UserError {
  return new UserError({
    code: 'typescript-syntax',
    message: `${what} is not supported: Node runs TypeScript by leaving the types out`,
    where,
    fix: 'use `const Name = { A: \'a\' } as const` for an enum, a module for a namespace, and plain fields for parameter properties',
  })
}

export function moduleSyntaxError(problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'syntax', message: `syntax error: ${problem}`, where, fix: mend(where) })
}

/** Where no line is known, nothing is marked. */
const mend = (where: SourceLocation): string => (where.line === undefined ? `mend ${where.file}` : 'mend the marked place')

export function exportMissingError(problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'import-missing', message: problem.replace(/^The/, 'the'), where, fix: 'import a name that the module exports' })
}

export function dataSyntaxError(format: 'JSON' | 'YAML', problem: string, where: SourceLocation): UserError {
  return new UserError({ code: 'syntax', message: `${format} syntax error: ${problem}`, where, fix: mend(where) })
}

export function importMissingError(specifier: string, where: SourceLocation, meantSpecifier: string | undefined): UserError {
  const fix = meantSpecifier !== undefined ? `write the whole file name: ${JSON.stringify(meantSpecifier)}`
    : specifier.startsWith('node:') ? 'name a module that Node has'
    : /^[./]/.test(specifier) ? 'name a file that exists, with its extension' : `install it (\`npm install --save-dev ${shellQuote(specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'))}\`), or take the import away`
  return new UserError({ code: 'import-missing', message: `cannot find ${JSON.stringify(specifier)}`, where, fix })
}

export function unknownEntryPointError(specifier: string, where: SourceLocation, near: string | undefined, known: readonly string[]): UserError {
  const fix = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${JSON.stringify(near)}?`
  return new UserError({ code: 'import-missing', message: `Autopack has no entry point ${JSON.stringify(specifier)}`, where, fix })
}

export function codeThrewError(kind: 'config' | 'plan', text: string, where: SourceLocation, cause: unknown): UserError {
  return new UserError({ code: `${kind}-threw`, message: `${whatFile[kind]} threw while it was loaded: ${text}`, where, fix: mend(where), cause })
}

export function codeUnendingError(kind: 'config' | 'plan', file: string, limitMs: number): UserError {
  return new UserError({
    code: `${kind}-unending`,
    message: `${whatFile[kind]} ${file} waits at its top level for something that never comes`,
    where: { file },
    fix: `look at every \`await\` in it and in what it imports: it has ${limitMs / 1000} s at most`,
  })
}

export function fileShapeError(kind: 'config' | 'plan', found: 'function' | 'promise' | 'other', described: string, where: SourceLocation): UserError {
  const fix = {
    function: 'export what the function returns: `export default defineConfig({ … })`',
    promise: 'await it in the file: `export default await …`',
    other: kind === 'config' ? 'export an object: `export default defineConfig({ … })`' : 'write an object with `id` and `phases`',
  }[found]
  return new UserError({ code: `${kind}-shape`, message: `${whatFile[kind]} is ${described} and not an object`, where, fix })
}

/** `chain`: names of presets, the first repeated at the end. */
export function presetCycleError(path: string, chain: readonly string[], where: SourceLocation): UserError {
  return new UserError({ code: 'preset-cycle', message: `${path}: the presets bring each other in a circle: ${chain.join(' → ')}`, where, fix: 'take one of them out of the `presets` of another' })
}

export function presetShapeError(path: string, name: string, described: string, where: SourceLocation): UserError {
  return new UserError({
    code: 'invalid-value', message: `${path}: what the preset ${name} says is ${described} and not an object`, where,
    fix: 'have its function return the object itself: what takes time is awaited at the top level of the file',
  })
}

/** `path` as in `checks[0].timeout`; empty for the file as a whole. */
export function invalidValueError(path: string, problem: string, where: SourceLocation, fix?: string): UserError {
  return new UserError({ code: 'invalid-value', message: path === '' ? problem : `${path}: ${problem}`, where, ...(fix !== undefined && { fix }) })
}

export function unknownKeyError(path: string, key: string, near: string | undefined, known: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: 'unknown-key',
    message: `unknown key ${JSON.stringify(key)}${path === '' ? '' : ` in ${path}`}`,
    where,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : `known keys: ${known.join(', ')}`,
  })
}

export function duplicateNameError(path: string, what: string, name: string, first: SourceLocation, where: SourceLocation, fix: string): UserError {
  const place = [first.file, first.line, first.column].filter((part) => part !== undefined).join(':')
  return new UserError({ code: `duplicate-${what.split(' ').at(-1)!}`, message: `${path}: there is a ${what} ${JSON.stringify(name)} already, at ${place}`, where, fix })
}

/** A name that points at nothing: of a plugin, a phase, a check, a builder. */
export function unknownNameError(path: string, what: string, name: string, near: string | undefined, known: readonly string[], where: SourceLocation): UserError {
  return new UserError({
    code: `unknown-${what.split(' ').at(-1)!}`,
    message: `${path}: there is no ${what} ${JSON.stringify(name)}`,
    where,
    fix: near !== undefined ? `did you mean ${JSON.stringify(near)}?` : known.length > 0 ? `known: ${known.join(', ')}` : 'none is defined here: define it, or take the name away',
  })
}

export function defaultProjectIdError(id: string, from: string, problem: string): UserError {
  return new UserError({ code: 'invalid-project', message: `${from} cannot be the project id: ${problem}`, fix: `set \`project\` in the config (it is ${JSON.stringify(id)} by default)` })
}
