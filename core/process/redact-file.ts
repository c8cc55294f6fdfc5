import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, rm } from 'node:fs/promises'
import type { SecretFinder, Span } from './redact.ts'

/** What is in memory of a file at one time, beside a margin. */
const windowBytes = 1024 * 1024

/** Up to so much is looked at without the thread pool, by way of which a small file takes ten times as long. */
const smallBytes = 256 * 1024

export interface FileRedaction {
  /** Whether any anchor of a secret occurs in the bytes: where none does, nothing has to be decoded. */
  mayHold(bytes: Buffer): boolean
  /** Finds the secrets of a text of bytes (latin1). */
  find: SecretFinder
  replace(text: string, spans: readonly Span[]): string
  /** More than the longest secret: so much of a window is looked at again together with the next one. */
  margin: number
}

/**
 * First a look at the bytes, then one at the text, both without writing; only a file that holds a secret is written anew, beside the old one, and put in its place.
 * What this process adds meanwhile goes along. What another one adds afterwards, that had the old file open, is in no file any more: whoever may is waited for.
 */
export async function redactFile(file: string, from: number, redaction: FileRedaction): Promise<boolean> {
  if (isSmallAndClean(file, from, redaction)) return false
  const source = await open(file, 'r')
  try {
    const start = await firstCandidate(source, from, redaction)
    if (start === undefined || !(await holdsSecret(source, start, redaction))) return false
    const { mode, size } = await source.stat()
    const copy = `${file}.redacting`
    // What a crash left of an earlier try; and nothing that lies there by this name, such as a link, is written through.
    await rm(copy, { force: true })
    const target = await open(copy, 'wx', mode)
    try {
      await copyBytes(source, target, start)
      const rest = { before: '', text: '' }
      for await (const piece of pieces(source, { from: start, end: size }, redaction, rest)) await target.writeFile(bytesOf(piece, redaction))
      await target.sync()
      // From here to the new name nothing else of this process comes between: a line that is added now would be lost.
      rest.text += textFrom(source, size)
      writeFileSync(target.fd, bytesOf(lastPiece(rest, redaction), redaction))
      fsyncSync(target.fd)
      renameSync(copy, file)
      await target.close()
    } catch (error) {
      await target.close().catch(() => undefined)
      await rm(copy, { force: true })
      throw error
    }
    return true
  } finally {
    await source.close()
  }
}

function isSmallAndClean(file: string, from: number, redaction: FileRedaction): boolean {
  const descriptor = openSync(file, 'r')
  try {
    const length = fstatSync(descriptor).size - from
    if (length > smallBytes) return false
    const buffer = Buffer.allocUnsafe(Math.max(0, length))
    return !redaction.mayHold(buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, from)))
  } finally {
    closeSync(descriptor)
  }
}

/** A place before the first anchor, and before the secret that it may be part of; undefined where there is none. */
async function firstCandidate(source: FileHandle, from: number, redaction: FileRedaction): Promise<number | undefined> {
  const { margin } = redaction
  const buffer = Buffer.allocUnsafe(margin + windowBytes)
  /** What is kept of the window before: an anchor may lie across the border. */
  let kept = 0
  for (let position = from; ;) {
    const { bytesRead } = await source.read(buffer, kept, windowBytes, position)
    if (bytesRead === 0) return undefined
    const end = kept + bytesRead
    if (redaction.mayHold(buffer.subarray(0, end))) return Math.max(from, position - kept - margin)
    position += bytesRead
    kept = Math.min(margin, end)
    buffer.copy(buffer, 0, end - kept, end)
  }
}

async function holdsSecret(source: FileHandle, from: number, redaction: FileRedaction): Promise<boolean> {
  const rest = { before: '', text: '' }
  const { size } = await source.stat()
  for await (const piece of pieces(source, { from, end: size }, redaction, rest)) if (piece.spans.length > 0) return true
  return lastPiece(rest, redaction).spans.length > 0
}

/** A part of the file with its secrets. */
interface Piece { text: string; spans: Span[] }

/** What no piece holds yet. `before`: the end of the piece before it, for expressions look back at one character. */
interface Rest { before: string; text: string }

/** A part of the file in pieces, but for its end, where a secret may have begun: that is left in `rest`. A secret is never cut in two. */
async function* pieces(source: FileHandle, { from, end }: { from: number; end: number }, redaction: FileRedaction, rest: Rest): AsyncGenerator<Piece> {
  const buffer = Buffer.allocUnsafe(windowBytes)
  for (let position = from; position < end;) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(windowBytes, end - position), position)
    if (bytesRead === 0) return
    position += bytesRead
    rest.text += buffer.toString('latin1', 0, bytesRead)
    if (rest.text.length <= redaction.margin) continue
    const { before, text } = rest
    const whole = before + text
    const spans = redaction.find(whole).filter((span) => span.start >= before.length)
    // A secret that begins before the cut is complete; one that crosses it moves the cut.
    const cut = cutOutside(spans, whole.length - redaction.margin)
    if (cut <= before.length) continue
    yield pieceOf(whole, { from: before.length, to: cut }, spans)
    rest.before = whole.slice(cut - 1, cut)
    rest.text = whole.slice(cut)
  }
}

function lastPiece({ before, text }: Rest, redaction: FileRedaction): Piece {
  const whole = before + text
  return pieceOf(whole, { from: before.length, to: whole.length }, redaction.find(whole).filter((span) => span.start >= before.length))
}

function pieceOf(whole: string, { from, to }: { from: number; to: number }, spans: readonly Span[]): Piece {
  return { text: whole.slice(from, to), spans: spans.filter((span) => span.start < to).map((span) => ({ start: span.start - from, end: span.end - from })) }
}

const bytesOf = ({ text, spans }: Piece, redaction: FileRedaction): Buffer => Buffer.from(redaction.replace(text, spans), 'latin1')

/** What stands in the file from there on, at once. */
function textFrom(source: FileHandle, from: number): string {
  const buffer = Buffer.alloc(Math.max(0, fstatSync(source.fd).size - from))
  return buffer.toString('latin1', 0, readSync(source.fd, buffer, 0, buffer.length, from))
}

function cutOutside(spans: readonly Span[], cut: number): number {
  return spans.find((span) => span.start < cut && span.end > cut)?.start ?? cut
}

async function copyBytes(source: FileHandle, target: FileHandle, length: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(windowBytes)
  for (let position = 0; position < length;) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(windowBytes, length - position), position)
    if (bytesRead === 0) return
    await target.writeFile(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
}
