/** Just enough of a scanner to tell TypeScript code from comments, strings and regular expressions. */

export interface SourceText {
  /** Same length and lines, comments blanked. */
  withoutComments: string
  /** The same with the contents of strings, templates and regular expressions blanked too. */
  codeOnly: string
}

export interface ImportFound {
  specifier: string
  line: number
}

export function readSource(text: string): SourceText {
  const comments: [number, number][] = []
  const literals: [number, number][] = []
  let at = 0
  // Depths of braces at which a template's `${` was opened.
  const templates: number[] = []
  let braces = 0
  while (at < text.length) {
    const pair = text.slice(at, at + 2)
    const char = text[at]!
    if (pair === '//') at = mark(comments, at, endOfLine(text, at))
    else if (pair === '/*') at = mark(comments, at, indexAfter(text, '*/', at + 2))
    else if (char === "'" || char === '"') at = mark(literals, at + 1, endOfString(text, at, char)) + 1
    else if (char === '`') at = template(at + 1)
    else if (startsRegExp(text, at)) at = mark(literals, at + 1, endOfRegExp(text, at)) + 1
    else if (char === '}' && templates.at(-1) === braces) {
      templates.pop()
      at = template(at + 1)
    } else {
      if (char === '{') braces++
      else if (char === '}') braces--
      at++
    }
  }
  const withoutComments = blank(text, comments)
  return { withoutComments, codeOnly: blank(withoutComments, literals) }

  /** From within a template to its end or its next `${`. */
  function template(from: number): number {
    let end = from
    while (end < text.length && text[end] !== '`') {
      if (text[end] === '\\') end++
      else if (text.startsWith('${', end)) {
        templates.push(braces)
        return mark(literals, from, end) + 2
      }
      end++
    }
    return mark(literals, from, end) + 1
  }
}

/** Static, dynamic, re-exported, type-only: whatever names another module by a literal. */
export function importsOf(source: SourceText): ImportFound[] {
  const pattern = /\bfrom\s*(['"])|\bimport\s*\(\s*(['"])|\bimport\s*(['"])|\brequire\s*\(\s*(['"])/g
  const found: ImportFound[] = []
  for (const match of source.codeOnly.matchAll(pattern)) {
    const quote = match[1] ?? match[2] ?? match[3] ?? match[4]!
    const start = match.index + match[0].length
    found.push({ specifier: source.withoutComments.slice(start, source.withoutComments.indexOf(quote, start)), line: lineAt(source.codeOnly, match.index) })
  }
  return found
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

function mark(ranges: [number, number][], start: number, end: number): number {
  ranges.push([start, end])
  return end
}

function blank(text: string, ranges: [number, number][]): string {
  let result = ''
  let done = 0
  for (const [start, end] of ranges) {
    result += text.slice(done, start) + text.slice(start, end).replace(/[^\n]/g, ' ')
    done = end
  }
  return result + text.slice(done)
}

function indexAfter(text: string, what: string, from: number): number {
  const index = text.indexOf(what, from)
  return index < 0 ? text.length : index + what.length
}

function endOfLine(text: string, from: number): number {
  const index = text.indexOf('\n', from)
  return index < 0 ? text.length : index
}

function endOfString(text: string, start: number, quote: string): number {
  let at = start + 1
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1
  return Math.min(at, text.length)
}

/** After a value a slash divides; elsewhere it opens a regular expression. */
function startsRegExp(text: string, at: number): boolean {
  if (text[at] !== '/') return false
  const before = text.slice(Math.max(0, at - 40), at).trimEnd()
  return before === '' || /(?:[([{,;:=!&|?+\-*%~^<>]|=>|\b(?:return|typeof|case|in|of|await|yield|throw))$/.test(before)
}

function endOfRegExp(text: string, start: number): number {
  let inClass = false
  let at = start + 1
  for (; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '[') inClass = true
    else if (text[at] === ']') inClass = false
    else if (text[at] === '/' && !inClass) break
  }
  return at
}
