import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync } from 'node:fs'

/** Up to this size a file is read at once: a stream costs ten times as much. */
const wholeBytes = 256 * 1024

/** Size in bytes and sha256 of a file; a large one is read as a stream. */
export async function hashFile(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  if (statSync(file).size <= wholeBytes) {
    const content = readFileSync(file)
    return { bytes: content.length, sha256: hash.update(content).digest('hex') }
  }
  let bytes = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    hash.update(chunk)
  }
  return { bytes, sha256: hash.digest('hex') }
}
