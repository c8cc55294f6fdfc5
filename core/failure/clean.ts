/** How much of an output is kept, in characters. */
export interface WindowLimits { head: number; tail: number }

/** The head has the command and the first error, which is often the root cause; the tail the summary, and it is worth more. */
export const defaultWindow: WindowLimits = { head: 64 * 1024, tail: 192 * 1024 }

// CSI sequences (colours, cursor), OSC sequences (titles, links) with either ending, and two-character escapes.
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b\n]*(?:\u0007|\u001b\\)?|[()][A-Z0-9]|[@-Z\\^_=>])/g
// Control characters beside tab and line feed, and what decoders put for bytes that are not text.
const controls = /[\u0000-\u0008\u000b-\u001f\u007f\ufeff]/g
// What CI services and log collectors put before every line.
const stampedLine = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?[ \t]?/

/** Layer 1: an output as a person would have seen it, bounded, with `\n` line ends. */
export function clean(output: string, limits: WindowLimits = defaultWindow): string {
  return cleanLines(bounded(output, limits).split('\n')).join('\n')
}

/** The same for lines; their number stays. */
export function cleanLines(lines: readonly string[]): string[] {
  return lines.map((line) => {
    let text = line
    if (text.includes('\u001b')) text = text.replace(escapes, '')
    if (text.includes('\r')) text = overwritten(text.endsWith('\r') ? text.slice(0, -1) : text)
    return text.replace(controls, '').replace(stampedLine, '')
  })
}

/** Head and tail, cut at line ends, with a line between that says how much was left out. */
export function bounded(text: string, { head, tail }: WindowLimits): string {
  if (text.length <= head + tail) return text
  const headEnd = text.lastIndexOf('\n', head)
  const tailStart = text.indexOf('\n', text.length - tail)
  const start = headEnd <= 0 ? head : headEnd
  const end = tailStart === -1 ? text.length - tail : tailStart + 1
  return `${text.slice(0, start)}\n[… ${end - start} characters left out …]\n${text.slice(end)}`
}

/** A progress bar rewrites its line: only what it said last is left on a screen. */
function overwritten(line: string): string {
  if (!line.includes('\r')) return line
  return line.split('\r').findLast((part) => part.trim() !== '') ?? ''
}
