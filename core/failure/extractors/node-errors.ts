import type { Found } from '../extractor.ts'
import { classOfException } from '../meanings.ts'
import { isOwnFile } from '../roots.ts'

/** One exception of a JavaScript runtime. */
export interface NodeError {
  /** `TypeError`. */
  type: string
  /** `ERR_MODULE_NOT_FOUND`, `ECONNREFUSED`. */
  code?: string | undefined
  message: string
  /** For the title, where it says more than the message. */
  shown?: string
  frames: readonly NodeFrame[]
  /** The module that asked for another, where the message does not say. */
  importer?: string | undefined
  /** Where the parser stopped, of a syntax error. */
  place?: { file: string; line: number } | undefined
}
export interface NodeFrame { file: string; line: number; function: string | undefined }

const frame = /^\s*at (?:async )?(?:(.{1,300}?) \()?((?:file:\/\/)?(?:[A-Za-z]:)?[^():\s][^():]{0,400}|node:[\w/:.-]{1,100}?|file:\/\/[^():]{1,400}):(\d+):(\d+)\)?(?: \{)?$/

export function readFrame(line: string): NodeFrame | undefined {
  const match = line.length < 800 ? frame.exec(line) : null
  if (!match) return undefined
  const name = match[1]?.replace(/^(?:async|new) /, '').replace(/ \[as .*$/, '').replace(/^(?:Object|Module|Function|exports|module\.exports)\.(?=\w)/, '')
  return { file: match[2]!.replace(/^file:\/\//, ''), line: Number(match[3]), function: name === undefined || name.includes('<anonymous>') || name === 'eval' ? undefined : name }
}

/** The deepest frame in the project's own code: stacks begin with the innermost. */
export function ownFrame(frames: readonly NodeFrame[]): NodeFrame | undefined {
  return frames.find(({ file }) => isOwnFile(file))
}

type Answer = Omit<Found, 'at'> | undefined
const relative = /^(?:\.{1,2}\/|\/|\.{1,2}$|[A-Za-z]:\/|file:|#|~\/|@\/)|^[\w./@-]+\.(?:[cm]?[jt]sx?|json|node|vue|svelte|css)$/

/** Messages that mean a fault in how modules find each other. */
const moduleFaults: readonly { pattern: RegExp; cause(match: RegExpExecArray, error: NodeError): Answer }[] = [
  {
    pattern: /The requested module '([^']+)' (?:does not provide an export named|is a CommonJS module.*Named export) '([^']+)'|Named export '([^']+)' not found\. The requested module '([^']+)'/,
    cause([, plain, name, commonName, common], { place }) {
      const [module, symbol] = [plain ?? common, name ?? commonName]
      return { class: 'import_crash', module, symbol, file: place?.file, line: place?.line, title: `${module} has no export ${symbol}`, key: ['no export', module, symbol] }
    },
  },
  {
    pattern: /Cannot find (?:package|module) '([^']+)'(?: (?:imported )?from '?([^\s']+)'?)?|Cannot resolve module '([^']+)' from paths/,
    cause([, found, from, resolved], { importer }) {
      const module = (found ?? resolved)!
      const file = from ?? importer
      if (!relative.test(module)) return { class: 'missing_dependency', module, file, title: `Node package ${packageOf(module)} is missing`, key: ['no package', module] }
      return { class: 'import_crash', module, file, title: `Module ${module} does not exist${file === undefined ? '' : `, imported from ${file}`}`, key: ['no module', module, file] }
    },
  },
  {
    pattern: /Package subpath '([^']+)' is not defined by "exports" in (\S+)|No "exports" main defined in (\S+)/,
    cause([, subpath, subpathPackage, mainPackage]) {
      const module = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(subpathPackage ?? mainPackage!)?.[1] ?? (subpathPackage ?? mainPackage!)
      return { class: 'import_crash', module, symbol: subpath, title: `${module} does not export ${subpath ?? 'a main module'}`, key: ['not exported', module, subpath] }
    },
  },
  {
    pattern: /^(require\(\) of ES Module|Directory import|Unknown file extension|Cannot use import statement outside a module|\w+ is not defined in ES module scope|No such built-in module|Cannot require\(\) ES Module)\b(.*)$/,
    cause([, what, about], error) {
      const file = error.place?.file ?? ownFrame(error.frames)?.file
      return { class: what!.startsWith('Cannot use import') ? 'syntax_error' : 'import_crash', file, code: error.code, title: `${what}${about}`.slice(0, 200), key: [what, what === 'Unknown file extension' ? about : undefined, file] }
    },
  },
]

/** What an exception of Node says, but for where it stands in the output. */
export function nodeCause(error: NodeError): Omit<Found, 'at'> {
  for (const { pattern, cause } of moduleFaults) {
    const match = pattern.exec(error.message)
    const answer = match && cause(match, error)
    if (answer) return { tool: 'node', ...answer }
  }
  const { type, code, frames, place } = error
  const reason = /The promise rejected with the reason "([^]*?)"\.$/.exec(error.message)?.[1]
  const message = reason ?? error.message
  const isData = /\bJSON\b/.test(message)
  if (type === 'SyntaxError' && !isData && (place || ownFrame(frames) === undefined)) {
    return { tool: 'node', class: 'syntax_error', file: place?.file, line: place?.line, title: `Syntax error${inFile(place?.file)}: ${message}`, key: ['syntax', message, place?.file] }
  }
  const own = ownFrame(frames)
  const failureClass = isData && type === 'SyntaxError' ? 'crash' : classOfNode(type, code, message)
  return {
    tool: 'node', class: failureClass, code: code ?? type, symbol: own?.function, file: own?.file, line: own?.line,
    // Newer versions add the line and column to a position in JSON.
    title: `${type}${inFile(own?.file)}: ${error.shown ?? message}`, key: [type, code, message.replace(/ \(line \d+ column \d+\)/, ''), own?.file, own?.function],
    // What the child printed says why.
    ...(message.startsWith('Command failed: ') && { role: 'effect' as const }),
  }
}

/** What the codes of the operating system mean where their names do not say. */
const codes: Readonly<Record<string, string>> = {
  ENOENT: 'config_error', ENOTDIR: 'config_error', EISDIR: 'config_error', EADDRINUSE: 'network', ERR_ASSERTION: 'test_failed', ERR_SOCKET_CONNECTION_TIMEOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout', UND_ERR_HEADERS_TIMEOUT: 'timeout', UND_ERR_BODY_TIMEOUT: 'timeout', UND_ERR_SOCKET: 'network', ERR_INVALID_PACKAGE_CONFIG: 'config_error',
  ERR_WORKER_OUT_OF_MEMORY: 'oom',
}

export function classOfNode(type: string, code: string | undefined, message: string): string {
  const known = code !== undefined && Object.hasOwn(codes, code) ? codes[code]! : undefined
  if (known) return known
  if (/^(?:ENOENT|ENOTDIR|EISDIR): /.test(message)) return 'config_error'
  return classOfException(type === 'Error' || type === 'TypeError' ? '' : type, `${code ?? ''} ${message}`)
}

/** `@scope/name/sub` is a part of the package `@scope/name`. */
function packageOf(module: string): string {
  return module.split('/').slice(0, module.startsWith('@') ? 2 : 1).join('/')
}

function inFile(file: string | undefined): string {
  return file === undefined ? '' : ` in ${file}`
}
