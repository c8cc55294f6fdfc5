/** Longer lines are refused by number: one line must not take the memory that the stream does not. Bytes. */
export const longestJsonLine = 64 * 1024 * 1024

export type JsonLine = { number: number } & ({ type: 'line'; text: string } | { type: 'too-long'; bytes: number })

/** The lines of a stream, one at a time. Blank ones are left out; numbers count from 1. */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>, longest = longestJsonLine): AsyncGenerator<JsonLine> {
  let parts: Buffer[] = []
  let size = 0
  let number = 1
  const line = (): JsonLine | undefined => {
    if (size > longest) return { number, type: 'too-long', bytes: size }
    const text = Buffer.concat(parts).toString('utf8')
    return text.trim() === '' ? undefined : { number, type: 'line', text }
  }
  for await (const piece of chunks) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, at))
      size += at - from
      const whole = line()
      if (whole) yield whole
      parts = []
      size = 0
      number++
      from = at + 1
    }
    if (from < chunk.length) {
      size += chunk.length - from
      // What is too long already is only counted on.
      if (size <= longest) parts.push(Buffer.from(chunk.subarray(from)))
    }
  }
  const last = line()
  if (last) yield last
}
