import { closeSync, fstatSync, mkdirSync, openSync, readSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Redactor } from './redact.ts'
import { lineCharacters, tailBytes, tailLines } from './limits.ts'

/** Opens a log for appending and returns its descriptor; makes its folder when that is missing. */
export function openLog(file: string): number {
  try {
    return openSync(file, 'a')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(file), { recursive: true })
    return openSync(file, 'a')
  }
}

/** Size in bytes; 0 for a file that is not there. */
export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** The last 50 lines and at most 64 KiB of what stands in the file from byte `from` on, read from its end, without secrets. */
export function readTail(file: string, from: number, redactor: Pick<Redactor, 'redact' | 'margin'>): string {
  const lines = redactedEnd(file, from, tailBytes, redactor).split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.slice(-tailLines).join('\n')
}

/** What is looked at for the last line of a log. */
const lineBytes = 8 * 1024

/** The last line that says something, without secrets and as it would stand on a terminal: what a carriage return wrote over is left out. */
export function lastLine(file: string, from: number, redactor: Pick<Redactor, 'redact' | 'margin'>): string {
  const line = redactedEnd(file, from, lineBytes, redactor).split(/[\r\n]+/).findLast((one) => one.trim() !== '')
  return line?.trim() ?? ''
}

function redactedEnd(file: string, from: number, bytes: number, { redact, margin }: Pick<Redactor, 'redact' | 'margin'>): string {
  const isCut = sizeOf(file) - from > bytes + margin
  const text = readEnd(file, from, bytes + margin)
  // What is cut off in front may have been the beginning of a secret.
  return redact(text).slice(isCut ? margin : 0)
}

/** Cut only after redaction: the end of a secret must not be left standing alone. */
export function cutLine(line: string): string {
  return line.length > lineCharacters ? `${line.slice(0, lineCharacters - 1)}…` : line
}

function readEnd(file: string, from: number, bytes: number): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return ''
  }
  try {
    const size = fstatSync(descriptor).size
    const start = Math.max(from, size - bytes)
    const buffer = Buffer.alloc(Math.max(0, size - start))
    const read = readSync(descriptor, buffer, 0, buffer.length, start)
    return textOf(buffer.subarray(0, read))
  } finally {
    closeSync(descriptor)
  }
}

/** Decodes UTF-8 that may begin in the middle of a character: its rest is left out. */
function textOf(buffer: Buffer): string {
  let start = 0
  while (start < 3 && start < buffer.length && (buffer[start]! & 0xc0) === 0x80) start++
  return buffer.subarray(start).toString('utf8')
}
