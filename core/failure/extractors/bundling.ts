import type { Found } from '../extractor.ts'

/** What every bundler may find; each says it in other words. */
type Fault = Omit<Found, 'at'>
interface Position { file?: string | undefined; line?: number | undefined; span?: readonly [number, number] | undefined }

const packageName = /^(?:@[\w.-]+\/)?[a-z0-9][\w.-]*(?:\/.*)?$/i

/** `./x`, `/x`, `~/x`, `@/x`, `#x` and `virtual:x` are the project's own; the rest are packages. */
export function isPackage(module: string): boolean {
  return packageName.test(module) && !/^[\w-]+:(?!\/\/)/.test(module)
}

/** An import that leads nowhere. A package is missing wherever it is imported; of the project's own the importing file is the place. */
export function unresolved(module: string, { file, line, span }: Position): Fault {
  if (isPackage(module)) {
    const name = module.split('/').slice(0, module.startsWith('@') ? 2 : 1).join('/')
    return { class: 'missing_dependency', module, file, line, span, title: `Package ${name} is missing${file === undefined ? '' : `, imported from ${file}`}`, key: ['no package', module] }
  }
  return { class: 'build_error', module, file, line, span, title: `${module} does not exist${file === undefined ? '' : `, imported from ${file}`}`, key: ['no module', module, file] }
}

export function noExport(symbol: string, module: string, { file, line, span }: Position): Fault {
  return { class: 'build_error', module, symbol, file, line, span, title: `${module} has no export ${symbol}${file === undefined ? '' : `, imported from ${file}`}`, key: ['no export', symbol, module, file] }
}

const parserSays = /^(?:\w*SyntaxError:? |Parse error|Unexpected |Expected |Unterminated |Syntax error|Invalid character|Missing (?:semicolon|initializer))|(?:^| )[Ee]xpected\b|\bunexpected (?:token|end)|Unclosed|Unterminated|parse failed|redeclared|already been declared/i

/** A message about a file: the parser's, or whatever a loader or plugin says. */
export function fileFault(message: string, { file, line, span }: Position, by?: string): Fault {
  const said = message.trim().replace(/\s*\(\d+:\d+\)$/, '')
  const syntax = parserSays.test(said)
  const title = `${file === undefined ? '' : `${file}${syntax ? ' cannot be parsed' : ''}: `}${by === undefined ? '' : `${by}: `}${said}`
  return { class: syntax ? 'syntax_error' : 'build_error', file, line, span, title, key: [syntax ? 'syntax' : 'fault', by, said, file] }
}
