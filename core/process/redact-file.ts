import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { open, rename, rm } from 'node:fs/promises'
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

/** First a look at the bytes, then one at the text, both without writing; only a file that holds a secret is written anew, beside the old one, and put in its place. */
export async function redactFile(file: string, from: number, redaction: FileRedaction): Promise<boolean> {
  if (isSmallAndClean(file, from, redaction)) return false
  const source = await open(file, 'r')
  try {
    const start = await firstCandidate(source, from, redaction)
    if (start === undefined || !(await holdsSecret(source, start, redaction))) return false
    const { mode } = await source.stat()
    const copy = `${file}.redacting`
    const target = await open(copy, 'w', mode)
    try {
      await copyBytes(source, target, start)
      for await (const piece of pieces(source, start, redaction)) await target.write(Buffer.from(redaction.replace(piece.text, piece.spans), 'latin1'))
      await target.sync()
      await target.close()
      await rename(copy, file)
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
  for await (const piece of pieces(source, from, redaction)) if (piece.spans.length > 0) return true
  return false
}

/** The file in pieces with the secrets of each; a secret is never cut in two. */
async function* pieces(source: FileHandle, from: number, redaction: FileRedaction): AsyncGenerator<{ text: string; spans: Span[] }> {
  const buffer = Buffer.allocUnsafe(windowBytes)
  /** Ends of the previous piece: expressions look back at one character. */
  let before = ''
  let text = ''
  for (let position = from; ;) {
    const { bytesRead } = await source.read(buffer, 0, windowBytes, position)
    position += bytesRead
    const last = bytesRead === 0
    text += buffer.toString('latin1', 0, bytesRead)
    if (!last && text.length <= redaction.margin) continue
    const whole = before + text
    const spans = redaction.find(whole).filter((span) => span.start >= before.length)
    // A secret that begins before the cut is complete; one that crosses it moves the cut.
    const cut = last ? whole.length : cutOutside(spans, whole.length - redaction.margin)
    const shift = before.length
    const found = spans.filter((span) => span.start < cut).map((span) => ({ start: span.start - shift, end: span.end - shift }))
    if (cut > shift) yield { text: whole.slice(shift, cut), spans: found }
    if (last) return
    before = whole.slice(Math.max(0, cut - 1), cut)
    text = whole.slice(cut)
  }
}

function cutOutside(spans: readonly Span[], cut: number): number {
  return spans.find((span) => span.start < cut && span.end > cut)?.start ?? cut
}

async function copyBytes(source: FileHandle, target: FileHandle, length: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(windowBytes)
  for (let position = 0; position < length;) {
    const { bytesRead } = await source.read(buffer, 0, Math.min(windowBytes, length - position), position)
    if (bytesRead === 0) return
    await target.write(buffer.subarray(0, bytesRead))
    position += bytesRead
  }
}
