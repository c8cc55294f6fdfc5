import { closeSync, fstatSync, fsync, fsyncSync, ftruncateSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const sync = promisify(fsync)

/**
 * Writes a file so that a reader, and whoever comes after a crash, sees the old content or the new one and nothing between: a temporary file
 * in the same folder, fsync, rename, fsync of the folder. Creates the folder. Cleans up and throws when a step fails.
 * With `derived` nothing is synced: for what is made from the store and is made again, where a power cut may cost the latest version. With
 * `derived: 'anew'` there may even be no file for a moment, or after a crash: ext4 writes to the disk what takes the place of a file, which takes ten
 * times as long as to write a new one. For what is written with every phase and waited for.
 */
export async function writeAtomic(file: string, data: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
  const begun = beginReplacing(file)
  try {
    writeFileSync(begun.descriptor, data)
    // The only step that takes time: the others are quicker done than handed to another thread.
    if (!options.derived) await sync(begun.descriptor)
    if (options.derived === 'anew') rmSync(file, { force: true })
    begun.commit()
  } catch (error) {
    begun.abandon()
    throw error
  }
  if (!options.derived) await syncFolder(path.dirname(file))
}

export interface WriteOptions { derived?: boolean | 'anew' }

/** `writeAtomic` of indented JSON without giving way to anything else of this process: for what is read and changed while others are kept out. */
export function writeJsonSync(file: string, value: unknown): void {
  const begun = beginReplacing(file)
  try {
    writeFileSync(begun.descriptor, `${JSON.stringify(value, undefined, 2)}\n`)
    fsyncSync(begun.descriptor)
    begun.commit()
  } catch (error) {
    begun.abandon()
    throw error
  }
}

/** `writeAtomic` of indented JSON with a closing newline. */
export async function writeJson(file: string, value: unknown, options?: WriteOptions): Promise<void> {
  await writeAtomic(file, `${JSON.stringify(value, undefined, 2)}\n`, options)
}

/** Adds lines to the end of one file. */
export interface Journal {
  /** One write, so that several processes may append. The folder, and a line that a crash cut off, are seen to with the first. */
  /** `sync`: it is on the disk when this returns. */
  append(line: string, options?: { sync?: boolean }): void
  close(): void
}

/** The file is opened with the first line and stays open: opening it costs many times what a line does. */
export function openJournal(file: string): Journal {
  let descriptor: number | undefined
  const begin = (): number => {
    mkdirSync(path.dirname(file), { recursive: true })
    const opened = openSync(file, 'a+')
    try {
      if (!endsInLine(opened)) writeFileSync(opened, '\n')
      return opened
    } catch (error) {
      closeSync(opened)
      throw error
    }
  }
  return {
    append(line, { sync: durable = false } = {}) {
      const opened = (descriptor ??= begin())
      try {
        writeFileSync(opened, `${line}\n`)
        if (durable) fsyncSync(opened)
      } catch (error) {
        cutPartOfLine(opened)
        throw error
      }
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
      descriptor = undefined
    },
  }
}

/** A disk that is full takes a part of a line: the file ends after the last whole one. */
function cutPartOfLine(descriptor: number): void {
  const { size } = fstatSync(descriptor)
  const piece = Buffer.alloc(64 * 1024)
  for (let end = size; end > 0; end -= piece.length) {
    const start = Math.max(0, end - piece.length)
    const read = readSync(descriptor, piece, 0, end - start, start)
    const newline = piece.subarray(0, read).lastIndexOf(10)
    if (newline >= 0 || start === 0) return ftruncateSync(descriptor, start + newline + 1)
  }
}

function endsInLine(descriptor: number): boolean {
  const { size } = fstatSync(descriptor)
  if (size === 0) return true
  const last = Buffer.alloc(1)
  readSync(descriptor, last, 0, 1, size - 1)
  return last[0] === 10
}

/** The process that wrote a temporary file of an atomic write, by the file's name; undefined for any other file. */
export function writerOf(name: string): number | undefined {
  const match = /^\.tmp-(\d+)-\d+$/.exec(name)
  return match ? Number(match[1]) : undefined
}

interface Replacing {
  /** Of the temporary file, open for writing. */
  descriptor: number
  /** Puts it in the place of the other. */
  commit(): void
  /** Leaves nothing behind. */
  abandon(): void
}

/** Opens a temporary file beside the one that it is to replace. */
function beginReplacing(file: string): Replacing {
  const dir = path.dirname(file)
  mkdirSync(dir, { recursive: true })
  const { path: temporary, descriptor } = openTemporary(dir)
  let isOpen = true
  const close = () => {
    if (isOpen) closeSync(descriptor)
    isOpen = false
  }
  return {
    descriptor,
    commit() {
      close()
      renameSync(temporary, file)
    },
    abandon() {
      close()
      rmSync(temporary, { force: true })
    },
  }
}

function openTemporary(dir: string): { path: string; descriptor: number } {
  for (let count = 0; ; count++) {
    const file = path.join(dir, `.tmp-${process.pid}-${count}`)
    try {
      return { path: file, descriptor: openSync(file, 'wx') }
    } catch (error) {
      // Another write of this process, or the rest of one that a crash cut off.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Makes a rename durable. File systems that cannot sync a folder are left to their own ways. */
async function syncFolder(dir: string): Promise<void> {
  let descriptor: number
  try {
    descriptor = openSync(dir, 'r')
  } catch {
    return
  }
  try {
    await sync(descriptor)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'EINVAL' && code !== 'ENOTSUP' && code !== 'EPERM') throw error
  } finally {
    closeSync(descriptor)
  }
}
