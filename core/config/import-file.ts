import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import {
  type SourceLocation, UserError, codeThrewError, codeUnendingError, decoratorError, errorAt, exportMissingError, importMissingError, mapErrors, moduleSyntaxError, noDefaultExportError,
  typeScriptSyntaxError, unknownEntryPointError,
} from '../errors.ts'
import { nearest } from '../nearest.ts'
import { createLocator } from './locate.ts'
import { ownSpecifiers, resolveSelf, syntaxQuery } from './resolve-self.ts'
import { tokenize } from './scan.ts'

/** What the file is for, in messages: `config` or `plan`. */
export type FileKind = 'config' | 'plan'
/** How errors call a file. */
export type NameFile = (file: string) => string

/** The default export of a TypeScript or JavaScript file, boxed: it may be a promise. Whatever goes wrong is thrown as a UserError with its place. */
export async function importDefault(file: string, kind: FileKind, nameFile: NameFile): Promise<{ value: unknown }> {
  resolveSelf()
  let module: Record<string, unknown>
  try {
    module = (await untilStandstill(import(pathToFileURL(file).href))) as Record<string, unknown>
  } catch (error) {
    if (error instanceof Unending) throw codeUnendingError(kind, nameFile(file), loadLimitMs)
    throw await codeError(error, file, kind, nameFile)
  }
  if (!('default' in module)) throw noDefaultExportError(kind, { file: nameFile(file) }, Object.keys(module))
  return { value: module['default'] }
}

/** Longer than any import of code takes, shorter than a person waits without a word. */
const loadLimitMs = 60_000
class Unending extends Error {}

/** Rejects when a module waits for what never comes: at once when the process has nothing left to do, else after the limit. */
async function untilStandstill<Value>(work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(new Unending())
  const timer = setTimeout(giveUp, loadLimitMs).unref()
  process.prependOnceListener('beforeExit', giveUp)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
    process.off('beforeExit', giveUp)
  }
}

/** What code of a file threw, as a UserError with its place. */
export async function codeError(error: unknown, file: string, kind: FileKind, nameFile: NameFile): Promise<UserError> {
  // Of this package, which was called with what it does not take: it says what, and the code that called it is where.
  if (error instanceof UserError) return mapErrors(error, (one) => errorAt(one, frameOf(error, nameFile) ?? { file: nameFile(file) }))
  const { code, message } = errorFields(error)
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'ERR_UNSUPPORTED_DIR_IMPORT' || code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' || code === 'ERR_UNKNOWN_BUILTIN_MODULE') {
    const missing = missingImport(error, message, file, nameFile)
    if (missing) return missing
  }
  const at = headerOf(error, nameFile)
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') return typeScriptSyntaxError(message.replace(/ (?:is|are) not supported in strip-only mode.*/s, ''), at ?? { file: nameFile(file) })
  if (at && / does not provide an export named /.test(message)) return exportMissingError(message, at)
  // The parser may go on with a list of everything that could stand there.
  if (at && error instanceof SyntaxError) return moduleSyntaxError(message.replace(/\. Expected (?:[^,]*,){3}.*$/s, ''), at)
  if (error instanceof SyntaxError && frameOf(error, nameFile) === undefined) {
    const place = await syntaxPlace(file, nameFile)
    const decorator = place ? undefined : decoratorIn(file, nameFile)
    return decorator ? decoratorError(decorator) : moduleSyntaxError(message, place ?? { file: nameFile(file) })
  }
  return codeThrewError(kind, thrownText(error), frameOf(error, nameFile) ?? { file: nameFile(file) }, error)
}

function errorFields(error: unknown): { code: string | undefined; message: string } {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; message?: unknown }
  return { code: typeof code === 'string' ? code : undefined, message: typeof message === 'string' ? message : thrownText(error) }
}

/** One line of what was thrown, which may be anything. */
function thrownText(error: unknown): string {
  if (error instanceof Error) return (error.name === 'Error' ? error.message : `${error.name}: ${error.message}`).split('\n')[0]!
  return typeof error === 'string' ? error : inspect(error, { depth: 1, breakLength: Infinity })
}

/** Node says of a decorator that a token is unexpected, and not where. */
function decoratorIn(file: string, nameFile: NameFile): SourceLocation | undefined {
  const text = readFileSync(file, 'utf8')
  const tokens = tokenize(text)
  const at = tokens.findIndex((token, index) => token.text === '@' && tokens[index + 1]?.type === 'word')
  return at === -1 ? undefined : createLocator({ file, name: nameFile(file), text }).offset(tokens[at]!.start, tokens[at + 1]!.end)
}

/** The parser's own header in front of a stack: `file:///x.ts:3`, some lines of which the last is meant, and carets below the column. */
function headerOf(error: unknown, nameFile: NameFile): SourceLocation | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const header = /^(file:[^\n]+?|\/[^\n]+?):(\d+)\r?\n(?:(?!\s*\^)[^\n]*\n){0,9}?([^\n]*)\n([ \t]*)(\^+)[ \t]*\r?\n/.exec(stack)
  if (!header) return undefined
  const [, url = '', line, text = '', indent = '', carets = ''] = header
  const file = url.startsWith('file:') ? fileURLToPath(url.replace(/\?.*$/, '')) : url
  return { file: nameFile(file), line: Number(line), column: indent.length + 1, length: carets.length, text }
}

async function syntaxPlace(file: string, nameFile: NameFile): Promise<SourceLocation | undefined> {
  try {
    await import(pathToFileURL(file).href + syntaxQuery)
  } catch (error) {
    return headerOf(error, nameFile)
  }
  return undefined
}

/** What of this package runs: `core/`, `plugins/` and `presets/` of it, from source or built. */
const ownFolders = ['core', 'plugins', 'presets'].map((folder) => fileURLToPath(new URL(`../../${folder}/`, import.meta.url)))

/** The first frame of the stack that is neither Node's nor a dependency's nor this package's. */
function frameOf(error: unknown, nameFile: NameFile): SourceLocation | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  for (const [, url, line, column] of stack.matchAll(/(file:\/\/[^\s()]+?|\/[^\s():]+?):(\d+):(\d+)\)?$/gm)) {
    const file = url!.startsWith('file:') ? fileURLToPath(url!.replace(/\?.*$/, '')) : url!
    if (file.includes('/node_modules/') || ownFolders.some((folder) => file.startsWith(folder)) || !existsSync(file)) continue
    const text = readFileSync(file, 'utf8').split('\n')[Number(line) - 1]
    return { file: nameFile(file), line: Number(line), column: Number(column), ...(text !== undefined && { text }) }
  }
  return undefined
}

function missingImport(error: unknown, message: string, file: string, nameFile: NameFile): UserError | undefined {
  const importer = /imported from (.+?)$/m.exec(message)?.[1]
  const from = importer === undefined || !existsSync(importer) ? file : importer
  const wantedUrl = (error as { url?: string }).url
  const wantedPackage = /^(?:Cannot find package '|No such built-in module: )([^']+)/.exec(message)?.[1]
  const wantedSubpath = /^Package subpath '\.\/([^']+)'/.exec(message)?.[1]
  const text = readFileSync(from, 'utf8')
  const tokens = tokenize(text)
  const token = tokens.find((candidate, index) => {
    if (candidate.type !== 'text' || !/^(?:from|import|\()$/.test(tokens[index - 1]?.text ?? '')) return false
    const specifier = candidate.text.slice(1, -1)
    if (/^[./]/.test(specifier)) return wantedUrl === new URL(specifier, pathToFileURL(from)).href
    if (wantedSubpath !== undefined) return specifier.endsWith(`/${wantedSubpath}`)
    return wantedPackage !== undefined && (specifier === wantedPackage || specifier.startsWith(`${wantedPackage}/`))
  })
  if (!token) return undefined
  const specifier = token.text.slice(1, -1)
  const where = createLocator({ file: from, name: nameFile(from), text }).offset(token.start, token.end)
  if (specifier.startsWith('autopack/')) return unknownEntryPointError(specifier, where, nearest(specifier, ownSpecifiers), ownSpecifiers)
  return importMissingError(specifier, where, withExtension(specifier, from))
}

/** The specifier with the extension, or the file of the folder, that it lacks. */
function withExtension(specifier: string, from: string): string | undefined {
  if (!/^\.{0,2}\//.test(specifier)) return undefined
  const target = path.resolve(path.dirname(from), specifier)
  const stem = target.replace(/\.[cm]?js$/, '')
  for (const [base, spelled] of [[target, specifier], [stem, specifier.replace(/\.[cm]?js$/, '')]] as const) {
    for (const ending of ['.ts', '.mts', '.js', '.mjs', '/index.ts', '/index.js']) if (existsSync(base + ending)) return spelled + ending
  }
  return undefined
}
