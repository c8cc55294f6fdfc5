/** A test point with what belongs to it. */
export interface TapPoint {
  ok: boolean
  description: string
  directive?: 'skip' | 'todo'
  reason?: string
  /** Position among its siblings, from 1. */
  position: number
  children: TapPoint[]
  /** Lines of the YAML block, without its indentation. */
  yaml: string[]
  /** Comment lines since the test point before: node:test puts a file's stderr there. */
  comments: string
}

export type TapDocument = { type: 'document'; points: TapPoint[] } | { type: 'broken'; reason: string }

const pointPattern = /^(not )?ok\b(?:\s+(\d+))?(?:\s+-)?(?:\s+(.*))?$/
const planPattern = /^1\.\.(\d+)(?:\s+#.*)?$/
const keptComments = 16 * 1024
/** Subtests of subtests: what is further in is what a test printed. */
const deepest = 100

/** Splits TAP into a tree of test points. Lines that are not TAP are what tests printed, and are passed over. */
export function readTap(text: string): TapDocument {
  // pending[d]: points at depth d that wait for their parent, which follows them (node:test, TAP 14).
  const pending: TapPoint[][] = [[]]
  // node-tap's other form: the parent comes first and its children stand in braces.
  const open: { point: TapPoint; depth: number }[] = []
  let planned: number | undefined
  let comments = ''
  let yaml: { indent: number; lines: string[] } | undefined
  let last: { point: TapPoint; depth: number } | undefined

  for (const raw of text.split('\n')) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const indent = line.length - line.trimStart().length
    const content = line.trim()
    if (yaml) {
      if (content === '...' && indent <= yaml.indent) yaml = undefined
      else yaml.lines.push(line.slice(Math.min(indent, yaml.indent)))
      continue
    }
    if (content === '---' && last && indent > last.depth * 4) {
      yaml = { indent, lines: last.point.yaml }
      continue
    }
    const depth = Math.floor(indent / 4)
    if (/^Bail out!/i.test(content)) return { type: 'broken', reason: `bailed out${content.slice(9).trim() === '' ? '' : `: ${content.slice(9).trim()}`}` }
    if (content.startsWith('#')) {
      if (comments.length < keptComments && !content.startsWith('# Subtest')) comments += `${unescape(content.replace(/^#\s?/, ''))}\n`
      continue
    }
    if (content === '}' && open.at(-1)?.depth === depth) {
      open.pop()!.point.children.push(...(pending[depth + 1] ?? []))
      pending.length = depth + 1
      continue
    }
    const plan = planPattern.exec(content)
    if (plan) {
      if (indent === 0) planned = (planned ?? 0) + Number(plan[1])
      continue
    }
    const match = pointPattern.exec(content)
    if (!match || indent % 4 !== 0 || depth > deepest) continue
    while (pending.length <= depth) pending.push([])
    const braced = content.endsWith(' {')
    const point = pointOf(match, pending[depth]!.length + 1, comments)
    point.children = braced ? [] : (pending[depth + 1] ?? [])
    pending[depth]!.push(point)
    pending.length = depth + 1
    if (braced) open.push({ point, depth })
    last = { point, depth }
    comments = ''
  }
  const points = pending[0]!
  if (planned === undefined) return { type: 'broken', reason: points.length === 0 ? 'has neither a plan nor a test' : 'has no plan (1..N): it was cut short' }
  if (planned !== points.length) return { type: 'broken', reason: `plans ${planned} tests and has ${points.length}` }
  if (open.length > 0) return { type: 'broken', reason: 'ends inside a subtest' }
  return { type: 'document', points }
}

function pointOf(match: RegExpExecArray, position: number, comments: string): TapPoint {
  const text = (match[3] ?? '').replace(/ \{$/, '').replace(/\s# time=[\d.]+m?s$/, '')
  const directive = /(?:^|\s)#\s*(skip|todo)\w*:?\s*(.*)$/i.exec(text.replace(/\\./g, '__'))
  const description = directive ? text.slice(0, directive.index) : text
  const reason = directive ? text.slice(text.length - directive[2]!.length) : ''
  return {
    ok: match[1] === undefined,
    description: unescape(description).replace(/^- /, '').trim(),
    ...(directive && { directive: directive[1]!.toLowerCase() as 'skip' | 'todo' }),
    ...(reason !== '' && { reason: unescape(reason) }),
    position, children: [], yaml: [], comments,
  }
}

function unescape(text: string): string {
  return text.replace(/\\([#\\])/g, '$1')
}
