import path from 'node:path'
import type { Problem } from '../model/failure.ts'
import { jsonFault } from './json-fault.ts'

/** What is wrong with a JSON deliverable, or undefined. `where` names it in the message: `deliverable a.json`. */
export function jsonProblem(relative: string, text: string, where: string): Problem | undefined {
  // A byte order mark is none of JSON's business, and every reader skips it.
  const source = text.replace(/^\uFEFF/, '')
  if (source.trim() === '') return { path: relative, code: 'json_empty', message: `${where} is empty` }
  const plain = takesComments(relative) ? withoutComments(source) : source
  const fault = jsonFault(plain)
  if (fault) {
    const before = plain.slice(0, fault.offset).split('\n')
    return { path: relative, code: 'json_invalid', message: `${where} is not valid JSON, ${relative}:${before.length}:${before.at(-1)!.length + 1}: ${fault.reason}` }
  }
  const value: unknown = JSON.parse(plain)
  if (value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0)) {
    return { path: relative, code: 'json_empty', message: `${where} is empty: ${JSON.stringify(value)}` }
  }
  return undefined
}

/** Files that end in .json and whose tools read comments and trailing commas in them. */
function takesComments(file: string): boolean {
  const name = path.posix.basename(file)
  return /^(?:[tj]sconfig(?:\..+)?|\.eslintrc|\.babelrc|\.oxlintrc|\.swcrc|devcontainer|turbo|angular|api-extractor)\.json$/.test(name) || /(?:^|\/)\.(?:vscode|devcontainer)\//.test(file)
}

/** Blanks comments and trailing commas, so that positions stay. */
function withoutComments(source: string): string {
  const blank = (text: string) => text.replace(/[^\n]/g, ' ')
  return source
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (part) => (part.startsWith('"') ? part : blank(part)))
    .replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part.startsWith('"') ? part : ' '))
}
