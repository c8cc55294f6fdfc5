import { defaultWindow } from '../failure/index.ts'

/** What was read of a log of any size: its beginning and its end. */
export interface LogWindow {
  text: string
  bytes: number
  /** Lines of the whole log; the last one may be without its line feed. */
  lines: number
  /** Bytes between head and tail that were not kept. */
  leftOut: number
  /** Lines (from 0) before which `text` has the log's own line numbers; after them the end begins, whose first line is `tailFrom` of the log. */
  headLines: number
  tailFrom: number
}

/** Bytes kept of the beginning and of the end: what the failure engine reads and no more, or it would cut once again and the line numbers were lost. The marker between has room. */
export const logWindowBytes = { head: defaultWindow.head - 100, tail: defaultWindow.tail }

/** Reads a stream to its end in constant memory. */
export async function readLogWindow(chunks: AsyncIterable<Uint8Array>, keep = logWindowBytes): Promise<LogWindow> {
  const head: Buffer[] = []
  let headBytes = 0
  // Two halves in turn: at most twice the tail is held, and nothing is copied twice.
  let tail: Buffer[] = []
  let tailBytes = 0
  let bytes = 0
  let lines = 0
  let endsLine = true
  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    bytes += chunk.length
    // A line feed of two bytes ends with a zero.
    if (chunk.length > 0) endsLine = chunk.at(-1) === 10 || (chunk.at(-1) === 0 && chunk.at(-2) === 10)
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++
    const room = keep.head - headBytes
    const first = room > 0 ? chunk.subarray(0, room) : chunk.subarray(0, 0)
    if (first.length > 0) { head.push(Buffer.from(first)); headBytes += first.length }
    const rest = chunk.subarray(first.length)
    if (rest.length === 0) continue
    tail.push(Buffer.from(rest.subarray(Math.max(0, rest.length - keep.tail))))
    tailBytes += tail.at(-1)!.length
    if (tailBytes > 2 * keep.tail) {
      const joined = Buffer.concat(tail)
      tail = [joined.subarray(joined.length - keep.tail)]
      tailBytes = keep.tail
    }
  }
  const all = bytes > 0 && !endsLine ? lines + 1 : lines
  const end = Buffer.concat(tail).subarray(Math.max(0, tailBytes - keep.tail))
  const leftOut = bytes - headBytes - end.length
  const start = Buffer.concat(head)
  // What PowerShell writes with `>`.
  const encoding = start[0] === 0xff && start[1] === 0xfe ? 'utf16le' : 'utf8'
  if (leftOut === 0) return { text: Buffer.concat([start, end]).toString(encoding), bytes, lines: all, leftOut, headLines: Infinity, tailFrom: 0 }
  const headText = start.toString(encoding)
  const headLines = headText.split('\n').length - 1
  const tailText = end.subarray(encoding === 'utf16le' ? (bytes - end.length) % 2 : 0).toString(encoding)
  return { text: `${headText}\n[… ${leftOut} bytes left out …]\n${tailText}`, bytes, lines: all, leftOut, headLines, tailFrom: lines - (tailText.split('\n').length - 1) }
}

/** The number in the whole log of a line (from 0) of the window's text, from 1; undefined for the line that says what was left out. */
export function lineNumber(window: LogWindow, index: number): number | undefined {
  if (index <= window.headLines) return index + 1
  const inTail = index - window.headLines - 2
  return inTail < 0 ? undefined : window.tailFrom + inTail + 1
}
