import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { isRecord, type JsonObject } from './json.ts'

/** A line that is longer says nothing that is worth the memory: a file that an agent wrote, mostly. */
const longestLine = 8 * 1024 * 1024
/** What is read at once. */
const pieceBytes = 256 * 1024

export type StreamLine =
  | { type: 'event'; event: JsonObject }
  /** No JSON: a warning of the agent or of its runtime. */
  | { type: 'text'; text: string }

export interface LineStream {
  /** Hands over the lines that were added since. `ended`: nothing more will be, so that a last line without its end counts too. */
  read(onLine: (line: StreamLine) => void, ended: boolean): Promise<void>
  close(): Promise<void>
}

/**
 * Follows a file of JSON lines that a process writes by descriptor; made where it is missing. Lines that are half written wait for their end; one that is too
 * long is passed over. The file stays open: once it is looked through for secrets another may stand in its place. `from`: where to begin, in bytes.
 */
export async function lineStream(file: string, from = 0): Promise<LineStream> {
  const handle = await open(file, constants.O_CREAT | constants.O_RDONLY)
  const buffer = Buffer.allocUnsafe(pieceBytes)
  let position = from
  let rest: Buffer[] = []
  let restBytes = 0
  const keep = (bytes: Buffer): void => {
    restBytes += bytes.length
    if (restBytes <= longestLine) rest.push(Buffer.from(bytes))
    else rest = []
  }
  /** The line that is kept, with its last bytes; undefined where it was too long. */
  const take = (bytes: Buffer): string | undefined => {
    const isWhole = restBytes + bytes.length <= longestLine
    const text = isWhole ? Buffer.concat([...rest, bytes]).toString('utf8') : undefined
    rest = []
    restBytes = 0
    return text
  }
  return {
    async read(onLine, ended) {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, pieceBytes, position)
        if (bytesRead === 0) break
        position += bytesRead
        let piece = buffer.subarray(0, bytesRead)
        for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10)) {
          tell(take(piece.subarray(0, end)), onLine)
          piece = piece.subarray(end + 1)
        }
        keep(piece)
      }
      if (ended) tell(take(Buffer.alloc(0)), onLine)
    },
    close: () => handle.close(),
  }
}

function tell(line: string | undefined, onLine: (line: StreamLine) => void): void {
  const text = line?.trim() ?? ''
  if (text === '') return
  const event = objectIn(text)
  if (event === undefined) onLine({ type: 'text', text })
  else onLine({ type: 'event', event })
}

/** The object of a line; also where a warning without a line break of its own stands in front of it. */
function objectIn(text: string): JsonObject | undefined {
  const whole = parsed(text)
  if (whole !== undefined) return whole
  const start = text.indexOf('{"', 1)
  return start === -1 ? undefined : parsed(text.slice(start))
}

function parsed(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
