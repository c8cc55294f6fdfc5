import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs'

export type ReadText = { type: 'text'; text: string } | { type: 'named'; why: string } | { type: 'none' }

/** A file that somebody else wrote, as text: no link is followed, nothing large, binary or of another encoding is read. */
export function readText(file: string, largestBytes: number): ReadText {
  // A link may lead anywhere.
  const found = lstatSync(file, { throwIfNoEntry: false })
  if (!found?.isFile()) return { type: 'none' }
  if (found.size > largestBytes) return { type: 'named', why: `too large, ${sizeOf(found.size)}` }
  let descriptor: number
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch {
    return { type: 'named', why: 'cannot be read' }
  }
  try {
    if (!fstatSync(descriptor).isFile()) return { type: 'none' }
    const bytes = readFileSync(descriptor)
    if (bytes.includes(0)) return { type: 'named', why: `binary, ${sizeOf(bytes.length)}` }
    return { type: 'text', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch {
    return { type: 'named', why: 'not UTF-8' }
  } finally {
    closeSync(descriptor)
  }
}

export function sizeOf(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
