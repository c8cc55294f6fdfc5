import type { CollectionError } from '../../model/check.ts'
import { shorten, withoutProject } from './stable.ts'

/** How test tools say that a file could not be loaded. The group is the module or package, where the message names one. */
const loadErrors: readonly RegExp[] = [
  /ModuleNotFoundError: No module named '([^']+)'/,
  /ImportError: cannot import name '[^']*' from (?:partially initialized module )?'([^']+)'/,
  /(?:ImportError|ModuleNotFoundError): .*/,
  /Cannot find (?:module|package) '([^']+)'/,
  /Failed to resolve import "([^"]+)"/,
  // Vite, of a package that package.json calls optional.
  /Could not resolve "([^"]+)" imported by/,
  /Failed to load url (\S+)/,
  /The requested module '([^']+)' does not provide an export named/,
  /ERR_MODULE_NOT_FOUND/,
  /\b(?:SyntaxError|IndentationError|TabError): .*/,
  /Transform failed with \d+ errors?/,
  /\[(?:build|setup) failed\]/,
]

/** Whether a failure's text says that the file could not be imported, parsed or compiled. */
export function isLoadError(text: string): boolean {
  return loadErrors.some((pattern) => pattern.test(text))
}

/** A collection error with the line that says why, and the module that it names; paths below the project root are made relative. */
export function collectionError(output: string, file: string | undefined, projectDir: string): CollectionError {
  const text = withoutProject(output, projectDir)
  for (const pattern of loadErrors) {
    const match = pattern.exec(text)
    if (!match) continue
    const start = text.lastIndexOf('\n', match.index) + 1
    const end = text.indexOf('\n', match.index)
    const line = text.slice(start, end === -1 ? undefined : end).replace(/^(?:E\s+|#\s+)/, '').trim()
    return { ...(file !== undefined && { file }), message: shorten(line), ...(match[1] !== undefined && { module: match[1] }) }
  }
  const lines = text.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  const message = lines.findLast((line) => /^E\s/.test(line))?.replace(/^E\s+/, '') ?? lines[0] ?? 'could not be loaded'
  return { ...(file !== undefined && { file }), message: shorten(message) }
}
