import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { reviewRecordError } from './errors.ts'
import { reviewRecordSchema } from './record.ts'
import type { ReviewDecisionRecord } from './record.ts'

/** Where records of reviews are kept. */
export interface ReviewStore {
  read(id: string): ReviewDecisionRecord | undefined
  ids(): string[]
  /** False when there is one of that id. */
  create(record: ReviewDecisionRecord): boolean
  /** False when somebody else completed it first. */
  complete(record: ReviewDecisionRecord): boolean
}

export function memoryStore(): ReviewStore {
  const records = new Map<string, ReviewDecisionRecord>()
  return {
    read: (id) => records.get(id),
    ids: () => [...records.keys()],
    create(record) {
      if (records.has(record.id)) return false
      records.set(record.id, record)
      return true
    },
    complete(record) {
      if (records.get(record.id)?.status === 'completed') return false
      records.set(record.id, record)
      return true
    },
  }
}

/**
 * One `{id}.json` a review. A decision is put beside it under a name that only one can take (a hard link is made whole or not at all), and then into the record:
 * so of two who decide one wins, and a crash in between leaves a decision that counts.
 */
export function folderStore(folder: string): ReviewStore {
  const fileOf = (id: string) => path.join(folder, `${id}.json`)
  const decisionOf = (id: string) => path.join(folder, `.${id}.decision`)

  const settle = (record: ReviewDecisionRecord) => {
    const whole = temporary(folder, record)
    renameSync(whole, fileOf(record.id))
    rmSync(decisionOf(record.id), { force: true })
  }
  const read = (id: string): ReviewDecisionRecord | undefined => {
    const record = readRecord(fileOf(id))
    if (record?.status !== 'pending') return record
    // A decision that is not there any more went into the record since that was read.
    return readRecord(decisionOf(id)) ?? readRecord(fileOf(id))
  }
  return {
    read,
    ids: () => (existsSync(folder) ? readdirSync(folder) : []).filter((name) => name.endsWith('.json') && !name.startsWith('.')).map((name) => name.slice(0, -'.json'.length)).sort(),
    create: (record) => linkNew(folder, fileOf(record.id), record),
    complete(record) {
      const before = read(record.id)
      if (before?.status === 'completed') {
        // What a crash left half done is finished on the way.
        if (existsSync(decisionOf(record.id))) settle(before)
        return false
      }
      if (!linkNew(folder, decisionOf(record.id), record)) return false
      // Somebody may have come to the end between the look and the link.
      if (readRecord(fileOf(record.id))?.status === 'completed') {
        rmSync(decisionOf(record.id), { force: true })
        return false
      }
      settle(record)
      return true
    },
  }
}

/** Writes the whole file under a new name; false when the name is taken. */
function linkNew(folder: string, file: string, record: ReviewDecisionRecord): boolean {
  const whole = temporary(folder, record)
  try {
    linkSync(whole, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(whole, { force: true })
  }
}

function temporary(folder: string, record: ReviewDecisionRecord): string {
  mkdirSync(folder, { recursive: true })
  for (let count = 0; ; count++) {
    const file = path.join(folder, `.tmp-${process.pid}-${count}`)
    try {
      const descriptor = openSync(file, 'wx')
      try {
        writeFileSync(descriptor, `${JSON.stringify(record, undefined, 2)}\n`)
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
      return file
    } catch (error) {
      // The rest of a write that a crash cut off.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

function readRecord(file: string): ReviewDecisionRecord | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return reviewRecordSchema.parse(JSON.parse(text))
  } catch (error) {
    throw reviewRecordError(file, (error as Error).message.split('\n')[0]!)
  }
}
