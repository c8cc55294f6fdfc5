import { isMap, isNode, isPair, LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import picomatch from 'picomatch'
import { findingsSchema } from './findings-schema.ts'
import type { Research } from './research.ts'

/** Whether a deliverable is a findings file. `name`: a file name, which may have something in front of it after a `.`, `-` or `_`; or a pattern for the path. */
export function findingsMatcher(name: string): (relative: string) => boolean {
  if (/[/*?{}[\]()!]/.test(name)) {
    const matches = picomatch(name.replace(/^\.\//, ''), { dot: true })
    return (relative) => matches(relative)
  }
  return (relative) => {
    const file = relative.slice(relative.lastIndexOf('/') + 1)
    return file === name || ['.', '-', '_'].some((sign) => file.endsWith(sign + name))
  }
}

export type ParsedFindings = { type: 'research'; research: Research } | { type: 'problems'; problems: { path: string; code: string; message: string }[] }

/** The most that is told of one file. */
const mostProblems = 10
/** In characters. A larger one is no research, and to read it would stop everything else for seconds. */
const longest = 1_000_000

/** Reads a findings file; says of what is wrong with it where it is, by line and column. */
export function parseFindings(relative: string, text: string): ParsedFindings {
  if (text.length > longest) return { type: 'problems', problems: [{ path: relative, code: 'findings_invalid', message: `${relative} has ${text.length} characters, and a findings file has ${longest} at most` }] }
  const lines = new LineCounter()
  const source = text.replace(/^\uFEFF/, '')
  const document = parseDocument(source, { lineCounter: lines, schema: 'json', prettyErrors: false })
  const at = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, source.length))
    return `${relative}:${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const [broken] = document.errors
  if (broken) return { type: 'problems', problems: [{ path: relative, code: 'findings_invalid', message: `${at(broken.pos[0])}: the findings file cannot be read: ${broken.message}` }] }
  const checked = findingsSchema.safeParse(document.toJS())
  if (checked.success) {
    const { $schema: _schema, ...research } = checked.data
    return { type: 'research', research }
  }
  const problems = checked.error.issues.flatMap((issue) => told(issue)).map((issue) => ({
    path: relative, code: 'findings_invalid',
    message: `${at(offsetOf(document, issue.path, issue.key))}: ${[issue.path.map(String).join('.'), issue.message].filter((part) => part !== '').join(': ')}`,
  }))
  const more = problems.length - mostProblems
  return { type: 'problems', problems: more > 0 ? [...problems.slice(0, mostProblems), { path: relative, code: 'findings_invalid', message: `${relative}: and ${more} more` }] : problems }
}

interface Told { path: readonly PropertyKey[]; message: string; key?: string }
type Issue = { code?: string; path: readonly PropertyKey[]; message: string; keys?: readonly string[]; errors?: readonly (readonly Issue[])[] }

/** One sentence for each thing that is wrong; of a choice between a text and an object, what is wrong with the nearer one. */
function told(raw: unknown): Told[] {
  const issue = raw as Issue
  if (issue.code === 'unrecognized_keys') return (issue.keys ?? []).map((key) => ({ path: issue.path, key, message: `there is no ${JSON.stringify(key)} here` }))
  if (issue.code === 'invalid_union') {
    const asObject = issue.errors?.at(-1) ?? []
    const whole = asObject.some((one) => one.path.length === 0 && one.code === 'invalid_type')
    if (!whole) return asObject.flatMap((one) => told({ ...one, path: [...issue.path, ...one.path] }))
    return [{ path: issue.path, message: issue.errors?.[0]?.[0]?.message ?? issue.message }]
  }
  return [{ path: issue.path, message: issue.message }]
}

/** Where a value begins, or the nearest thing around it that is there; with `key`, where that key of it is. */
function offsetOf(document: Document, path: readonly PropertyKey[], key?: string): number {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length) as string[], true)
    if (!isNode(node) || !node.range) continue
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((one) => isPair(one) && isNode(one.key) && String(one.key) === key)
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0]
    }
    return node.range[0]
  }
  return 0
}
