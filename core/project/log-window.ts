/** What was read of a log of any size: its beginning and its end. */
export interface LogWindow {
  text: string
  bytes: number
  /** Line feeds in the whole log. */
  lines: number
  /** Bytes between head and tail that were not kept. */
  leftOut: number
  /** Lines (from 0) before which `text` has the log's own line numbers; after them the end begins, whose first line is `tailFrom` of the log. */
  headLines: number
  tailFrom: number
}

/** Bytes kept of the beginning and of the end: what the failure engine reads, with room for characters of several bytes. */
export const logWindowBytes = { head: 128 * 1024, tail: 384 * 1024 }

/** Reads a stream to its end in constant memory. */
export async function readLogWindow(chunks: AsyncIterable<Uint8Array>, keep = logWindowBytes): Promise<LogWindow> {
  const head: Buffer[] = []
  let headBytes = 0
  // Two halves in turn: at most twice the tail is held, and nothing is copied twice.
  let tail: Buffer[] = []
  let tailBytes = 0
  let bytes = 0
  let lines = 0
  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    bytes += chunk.length
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
  const end = Buffer.concat(tail).subarray(Math.max(0, tailBytes - keep.tail))
  const leftOut = bytes - headBytes - end.length
  const headText = Buffer.concat(head).toString('utf8')
  if (leftOut === 0) return { text: headText + end.toString('utf8'), bytes, lines, leftOut, headLines: Infinity, tailFrom: 0 }
  const headLines = headText.split('\n').length - 1
  const tailText = end.toString('utf8')
  return { text: `${headText}\n[… ${leftOut} bytes left out …]\n${tailText}`, bytes, lines, leftOut, headLines, tailFrom: lines - (tailText.split('\n').length - 1) }
}

/** The number in the whole log of a line (from 0) of the window's text, from 1; undefined for the line that says what was left out. */
export function lineNumber(window: LogWindow, index: number): number | undefined {
  if (index <= window.headLines) return index + 1
  const inTail = index - window.headLines - 2
  return inTail < 0 ? undefined : window.tailFrom + inTail + 1
}
