/** A node of an object or array literal in the text of a TypeScript, JavaScript or JSON file: where values lie, not what they are. */
export interface LiteralNode {
  start: number
  end: number
  entries?: Map<string, { start: number; end: number; value: LiteralNode }>
  items?: LiteralNode[]
}

export interface Token { type: 'word' | 'text' | 'other'; text: string; start: number; end: number }

const opening: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' }
const comment = /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/
const word = /(?<word>[\p{L}_$#][\p{L}\p{N}_$]*|\.?\d[\w.]*)/u
const text = /(?<text>"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?)/
const tokenPattern = (): RegExp => new RegExp(`${comment.source}|${word.source}|${text.source}|=>|\\.\\.\\.|[^\\s]`, 'uy')

/** Splits source text into words, string literals and single characters. Comments are left out; templates and regular expressions are one token. */
export function tokenize(source: string): Token[] {
  const pattern = tokenPattern()
  const tokens: Token[] = []
  let at = 0
  while (at < source.length) {
    const previous = tokens.at(-1)
    const character = source[at]!
    if (/\s/.test(character)) {
      at++
      continue
    }
    pattern.lastIndex = at
    const found = pattern.exec(source)
    if (!found) break
    let end = pattern.lastIndex
    const isComment = found[0].startsWith('//') || found[0].startsWith('/*')
    if (character === '`') end = endOfTemplate(source, at)
    else if (character === '/' && !isComment && startsExpression(previous)) end = endOfRegExp(source, at)
    if (!isComment) {
      const type = found.groups?.['word'] ? 'word' : found.groups?.['text'] ? 'text' : 'other'
      tokens.push({ type, text: source.slice(at, end), start: at, end })
    }
    at = end
  }
  return tokens
}

function startsExpression(previous: Token | undefined): boolean {
  if (!previous) return true
  if (previous.type === 'other') return !/^[)\]}`]/.test(previous.text)
  return previous.type === 'word' && /^(?:return|typeof|case|in|of|void|delete|await)$/.test(previous.text)
}

function endOfTemplate(source: string, start: number): number {
  for (let at = start + 1, depth = 0; at < source.length; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '$' && source[at + 1] === '{') depth++
    else if (source[at] === '}' && depth > 0) depth--
    else if (source[at] === '`' && depth === 0) return at + 1
  }
  return source.length
}

function endOfRegExp(source: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at++
    else if (source[at] === '[') inClass = true
    else if (source[at] === ']') inClass = false
    else if (source[at] === '/' && !inClass) return at + 1 + /^[a-z]*/.exec(source.slice(at + 1))![0].length
  }
  return start + 1
}

/**
 * Finds the literal that the file exports: behind `export default` or `module.exports =`, through a call such as `defineConfig({…})`
 * and through a constant of the same file; the first value of a JSON file. Undefined where there is none to be found.
 */
export function exportedLiteral(source: string, isJson: boolean): LiteralNode | undefined {
  const tokens = tokenize(source)
  if (isJson) return tokens.length > 0 ? readValue(tokens, 0).node : undefined
  const at = tokens.findIndex((token, index) => token.text === 'default' && tokens[index - 1]?.text === 'export')
  const commonJs = tokens.findIndex((token, index) => token.text === '=' && tokens[index - 1]?.text === 'exports')
  const start = at >= 0 ? at + 1 : commonJs >= 0 ? commonJs + 1 : -1
  if (start < 0 || start >= tokens.length) return undefined
  const value = readValue(tokens, start).node
  if (value.entries || value.items || tokens[start]!.type !== 'word') return value
  const name = tokens[start]!.text
  const declared = tokens.findIndex((token, index) => token.text === name && /^(?:const|let|var)$/.test(tokens[index - 1]?.text ?? ''))
  const assigned = declared < 0 ? -1 : tokens.findIndex((token, index) => index > declared && token.text === '=')
  return assigned < 0 ? value : readValue(tokens, assigned + 1).node
}

/** Reads one expression up to a comma or closing bracket of its surroundings. A call takes the entries of its first argument. */
function readValue(tokens: readonly Token[], from: number): { node: LiteralNode; next: number } {
  const node: LiteralNode = { start: tokens[from]!.start, end: tokens[from]!.end }
  let at = from
  while (at < tokens.length && !/^[,;)\]}]$/.test(tokens[at]!.text)) {
    const token = tokens[at]!
    // The next statement of a file without semicolons.
    if (at > from && /^(?:export|const|let|import)$/.test(token.text)) break
    if (token.text === '{' && at === from) at = readObject(tokens, at, node)
    else if (token.text === '[' && at === from) at = readArray(tokens, at, node)
    else if (token.text === '(' && tokens[at + 1] && tokens[at + 1]!.text !== ')' && !node.entries) {
      const argument = readValue(tokens, at + 1)
      Object.assign(node, argument.node.entries && { entries: argument.node.entries }, argument.node.items && { items: argument.node.items })
      at = skip(tokens, at)
    } else at = opening[token.text] ? skip(tokens, at) : at + 1
    node.end = tokens[at - 1]!.end
  }
  return { node, next: at }
}

function readObject(tokens: readonly Token[], open: number, node: LiteralNode): number {
  const entries: NonNullable<LiteralNode['entries']> = new Map()
  node.entries = entries
  let at = open + 1
  while (at < tokens.length && tokens[at]!.text !== '}') {
    const key = tokens[at]!
    if (key.type !== 'other' && tokens[at + 1]?.text === ':' && tokens[at + 2]) {
      const value = readValue(tokens, at + 2)
      entries.set(unquote(key), { start: key.start, end: key.end, value: value.node })
      at = value.next
    } else {
      if (key.type === 'word' && key.text !== 'get') entries.set(key.text, { start: key.start, end: key.end, value: { start: key.start, end: key.end } })
      at = readValue(tokens, at).next
    }
    if (tokens[at]?.text === ',' || tokens[at]?.text === ';') at++
    else if (tokens[at]?.text !== '}') return at
  }
  return Math.min(at + 1, tokens.length)
}

function readArray(tokens: readonly Token[], open: number, node: LiteralNode): number {
  const items: LiteralNode[] = []
  node.items = items
  let at = open + 1
  while (at < tokens.length && tokens[at]!.text !== ']') {
    // Behind a spread the place of an item says nothing of its index.
    if (tokens[at]!.text === '...') return skip(tokens, open)
    const value = readValue(tokens, at)
    items.push(value.node)
    at = value.next
    if (tokens[at]?.text === ',') at++
    else if (tokens[at]?.text !== ']') return at
  }
  return Math.min(at + 1, tokens.length)
}

function skip(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at++) {
    if (opening[tokens[at]!.text]) depth++
    else if (/^[)\]}]$/.test(tokens[at]!.text) && --depth === 0) return at + 1
  }
  return tokens.length
}

function unquote(token: Token): string {
  if (token.type !== 'text') return token.text
  try {
    return String(JSON.parse(`"${token.text.slice(1, -1)}"`))
  } catch {
    return token.text.slice(1, -1)
  }
}
