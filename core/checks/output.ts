import { open, stat } from 'node:fs/promises'

/** Size of a log in bytes; 0 where there is none. */
export async function logSize(path: string): Promise<number> {
  return stat(path).then((entry) => entry.size, () => 0)
}

/** What was written to a log since `from`; undefined where that is more than `limit` bytes. */
export async function readOutput(path: string, from: number, limit: number): Promise<string | undefined> {
  const size = (await logSize(path)) - from
  if (size <= 0) return ''
  return size > limit ? undefined : read(path, from, size)
}

/** The first and the last `bytes` of what was written since `from`, with a line between that says what was left out. */
export async function readWindow(path: string, from: number, bytes: number): Promise<string> {
  const size = (await logSize(path)) - from
  if (size <= 0) return ''
  if (size <= 2 * bytes) return read(path, from, size)
  const head = await read(path, from, bytes)
  const tail = await read(path, from + size - bytes, bytes)
  return `${head}\n[… ${size - 2 * bytes} bytes left out …]\n${tail}`
}

async function read(path: string, from: number, length: number): Promise<string> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await handle.read(buffer, filled, length - filled, from + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.toString('utf8', 0, filled)
  } finally {
    await handle.close()
  }
}
