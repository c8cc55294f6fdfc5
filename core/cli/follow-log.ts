import { open } from 'node:fs/promises'
import type { Redactor } from '../process/redact.ts'

/** What is read at a time. */
const pieceBytes = 256 * 1024
/** A line that does not end is printed when it is this long, but for the end of it, where a secret may have begun. */
const longestLine = 64 * 1024

/** A log that somebody else writes. */
export interface FollowedLog {
  /** Hands what came since the last look to `print`: whole lines only, redacted; with `last` the rest too. False when there is no such file yet. */
  look(last: boolean): Promise<boolean>
}

/**
 * Follows a log that is still written, so not yet redacted: that happens here, line by line. When the command ends, its log may be replaced by a redacted
 * one: the same lines of other lengths; so what was printed is counted in lines.
 */
export function followLog(file: string, options: { redactor: Pick<Redactor, 'redact' | 'cut' | 'margin'>; print(text: string): void; /** Aborted when nobody reads any more. */ closed: AbortSignal }): FollowedLog {
  const { redactor } = options
  let inode: number | undefined
  let position = 0
  let rest = Buffer.alloc(0)
  /** Lines printed, and lines still to be passed over in a file that took the place of the one they were in. */
  let printed = 0
  let skip = 0

  const take = (bytes: Buffer, last: boolean): void => {
    const whole = Buffer.concat([rest, bytes])
    const end = last ? whole.length : endOf(whole, redactor)
    rest = whole.subarray(end)
    let text = whole.toString('utf8', 0, end)
    for (; skip > 0 && text !== ''; skip--) {
      const line = text.indexOf('\n')
      text = line === -1 ? '' : text.slice(line + 1)
    }
    if (text === '') return
    const redacted = redactor.redact(text)
    // As they stand in the file that is redacted: a key of many lines is one there.
    for (let at = redacted.indexOf('\n'); at !== -1; at = redacted.indexOf('\n', at + 1)) printed++
    options.print(redacted)
  }

  return {
    async look(last) {
      const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
      if (!handle) return false
      try {
        // Of what is open: between two looks at the path another file may be put there.
        const found = await handle.stat()
        if (inode !== undefined && (found.ino !== inode || found.size < position)) {
          position = 0
          rest = Buffer.alloc(0)
          skip = printed
        }
        inode = found.ino
        const buffer = Buffer.alloc(pieceBytes)
        while (!options.closed.aborted) {
          const { bytesRead } = await handle.read(buffer, 0, pieceBytes, position)
          if (bytesRead === 0) break
          position += bytesRead
          take(buffer.subarray(0, bytesRead), false)
        }
        if (last) take(Buffer.alloc(0), true)
      } finally {
        await handle.close()
      }
      return true
    },
  }
}

/** How much of what came can be printed: whole lines, and nothing that may be the beginning of a secret. */
function endOf(whole: Buffer, { cut, margin }: Pick<Redactor, 'cut' | 'margin'>): number {
  const lines = whole.lastIndexOf(0x0a) + 1
  if (lines === 0 && whole.length <= longestLine + margin) return 0
  if (lines === 0) return cut(whole, whole.length - margin)
  const end = cut(whole, lines)
  return end === 0 ? 0 : whole.lastIndexOf(0x0a, end - 1) + 1
}
