import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { cosmiconfig } from 'cosmiconfig'
import { UserError, configFileMissingError, configNotFoundError, dataSyntaxError, emptyFileError, noAutopackKeyError } from '../errors.ts'
import { type NameFile, importDefault } from './import-file.ts'
import { createLocator } from './locate.ts'
import { yaml } from './yaml.ts'

/** File names that are looked for in every folder, first come first served. `autopack` in a package.json comes last. */
export const searchPlaces: readonly string[] = [
  ...['ts', 'mts', 'js', 'mjs', 'json', 'yaml', 'yml'].map((extension) => `autopack.config.${extension}`),
  'package.json',
]

export interface FoundConfig {
  /** Absolute. */
  file: string
  /** The content of the file, for places in errors. */
  text: string
  /** What it says, not yet checked. */
  value: unknown
}

/** Keeps what a file says away from cosmiconfig, which would follow a `$import` in it. */
interface Boxed { boxed: unknown }

/**
 * Finds and reads the config: `configFlag` relative to `cwd`, or the first of `searchPlaces` in `cwd` and each folder above it, up to the
 * root of the file system. A package.json without the key `autopack` does not count.
 */
export async function findConfig(options: { cwd: string; configFlag?: string | undefined; nameFile: NameFile }): Promise<FoundConfig> {
  const { cwd, configFlag, nameFile } = options
  const importing = async (file: string): Promise<Boxed> => ({ boxed: (await importDefault(file, 'config', nameFile)).value })
  const explorer = cosmiconfig('autopack', {
    searchPlaces: [...searchPlaces],
    searchStrategy: 'global',
    stopDir: path.parse(path.resolve(cwd)).root,
    ignoreEmptySearchPlaces: false,
    cache: false,
    loaders: {
      '.ts': importing, '.mts': importing, '.js': importing, '.mjs': importing,
      '.json': (file, text) => {
        if (path.basename(file) !== 'package.json') return { boxed: parseJson(file, text, nameFile) }
        // Somebody else's broken package.json on the way up is not our concern.
        if (!text.includes('"autopack"')) return {}
        const manifest = parseJson(file, text, nameFile) as { autopack?: unknown } | null
        return manifest?.autopack === undefined ? {} : { autopack: { boxed: manifest.autopack } }
      },
      '.yaml': (file, text) => ({ boxed: parseYaml(file, text, nameFile) }),
      '.yml': (file, text) => ({ boxed: parseYaml(file, text, nameFile) }),
    },
  })
  const named = configFlag === undefined ? undefined : path.resolve(cwd, configFlag)
  if (named !== undefined) {
    const isReadable = await readFile(named).then(() => true, () => false)
    if (!isReadable) throw configFileMissingError(configFlag!, nameFile(named))
    if (!/\.(?:[cm]?[jt]s|json|ya?ml)$/.test(named)) throw configFileMissingError(configFlag!, nameFile(named), 'its name does not end in .ts, .mts, .js, .mjs, .json, .yaml or .yml')
  }
  const found = named === undefined ? await explorer.search(cwd) : await explorer.load(named)
  if (!found) throw named === undefined ? configNotFoundError(path.resolve(cwd), searchPlaces) : noAutopackKeyError(nameFile(named))
  if (found.isEmpty) throw emptyFileError('config', nameFile(found.filepath))
  return { file: found.filepath, text: await readFile(found.filepath, 'utf8'), value: (found.config as Boxed).boxed }
}

/** Reads JSON; a syntax error is thrown with its place. */
export function parseJson(file: string, text: string, nameFile: NameFile): unknown {
  refuseOtherEncoding('JSON', file, text, nameFile)
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
    // The last of two equal keys would win without a word. JSON is YAML too, whose parser tells where they are.
    if (keysWritten(text) > keysIn(value)) parseYaml(file, text, nameFile, 'JSON')
    return value
  } catch (error) {
    if (error instanceof UserError) throw error
    const message = (error as Error).message
    const position = /at position (\d+)/.exec(message)?.[1]
    const offset = position === undefined ? text.trimEnd().length : Number(position)
    const problem = message.replace(/ in JSON.*| \(line.*| at position.*/s, '').replace(/, (?:\.\.\.)?".*/s, '')
    throw dataSyntaxError('JSON', problem, createLocator({ file: 'x.json', name: nameFile(file), text }).offset(offset))
  }
}

/** How many keys of objects a JSON text has: texts with a colon behind them. */
function keysWritten(text: string): number {
  let count = 0
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon !== undefined) count++
  return count
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const inner = Object.values(value).reduce((sum: number, one) => sum + keysIn(one), 0)
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length)
}

/** Bytes that are no UTF-8 would become question marks, in a goal as in a path. */
function refuseOtherEncoding(format: 'JSON' | 'YAML', file: string, text: string, nameFile: NameFile): void {
  const at = text.indexOf('\uFFFD')
  if (at !== -1 && !isUtf8(readFileSync(file))) throw dataSyntaxError(format, 'this is no UTF-8 text', createLocator({ file: 'x.yaml', name: nameFile(file), text }).offset(at))
}

/** Reads YAML 1.2: one document, unique keys, no custom tags, at most 100 aliases expanded. Errors are thrown with their place; they call it `format`. */
export function parseYaml(file: string, text: string, nameFile: NameFile, format: 'JSON' | 'YAML' = 'YAML'): unknown {
  refuseOtherEncoding(format, file, text, nameFile)
  const document = yaml().parseDocument(text, { logLevel: 'error', prettyErrors: false, version: '1.2' })
  const place = (span: readonly number[]) => createLocator({ file: 'x.yaml', name: nameFile(file), text }).offset(span[0]!, span[1])
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem) throw dataSyntaxError(format, yamlProblem(problem.code, problem.message), place(spanOf(problem, text)))
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    const message = (error as Error).message.split('\n')[0]!
    const alias = /^Unresolved alias .*: (.+)$/.exec(message)?.[1]
    const at = alias === undefined ? -1 : text.indexOf(`*${alias}`)
    if (at !== -1) throw dataSyntaxError(format, `no anchor &${alias} comes before this`, place([at, at + alias!.length + 1]))
    throw dataSyntaxError(format, /alias count/.test(message) ? 'its aliases stand for more than 100 copies: write the values out' : message, { file: nameFile(file) })
  }
}

/** Where a problem lies: the parser names the end of the file for a quote that nothing closes, and one character of a key. */
function spanOf(problem: { code: string; message: string; pos: [number, number] }, text: string): [number, number] {
  const [start, end] = problem.pos
  return openQuote(problem.message, text) ?? [start, problem.code === 'DUPLICATE_KEY' ? start + /^(?:"(?:[^"\\]|\\.)*"|[^\s:]+)?/.exec(text.slice(start))![0].length : end]
}

/** Where the quote begins that nothing closes: the parser names the end of the file. */
function openQuote(message: string, text: string): [number, number] | undefined {
  if (!/^Missing closing ["']quote/.test(message)) return undefined
  let [offset, found] = [0, -1]
  for (const lexeme of new (yaml().Lexer)().lex(text)) {
    if (/^["']/.test(lexeme)) found = offset
    // One-letter marks of the lexer (start of a document, of a scalar, the end of a flow error) stand for nothing in the text.
    if (!/^[\u0002\u0018\u001f]$/.test(lexeme)) offset += lexeme.length
  }
  return found === -1 ? undefined : [found, text.length]
}

function yamlProblem(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document (a line `---` starts the next): make one file of each'
  if (code === 'DUPLICATE_KEY') return 'this key stands here twice'
  return message.split('\n')[0]!.replace(/[.:]$/, '').replace(/(["'])quote$/, '$1')
}
