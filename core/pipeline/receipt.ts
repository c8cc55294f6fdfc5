import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { writeAtomic } from '../layout/atomic.ts'
import { compareText } from '../model/compare-text.ts'
import type { Receipt } from '../model/receipt.ts'
import { hashFile } from './hash-file.ts'

/** JSON with sorted keys, so that the same receipt always has the same bytes. Ends with a newline. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(value, (_key, item: unknown) => (isPlainObject(item) ? Object.fromEntries(Object.entries(item).sort(([left], [right]) => compareText(left, right))) : item), 2)}\n`
}

const isPlainObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** sha256 of the receipt's bytes, in hexadecimal: what the commit's trailer and the store carry. */
export const receiptHash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Hashes every file of the attempt's folder but the receipt, and writes the receipt last. Returns its hash. */
export async function writeReceipt(attemptDir: string, receiptPath: string, content: Omit<Receipt, 'files'>): Promise<string> {
  const { hash, written } = await startReceipt(attemptDir, receiptPath, content)
  await written
  return hash
}

/** As `writeReceipt`, without waiting for the disk: whatever relies on the receipt awaits `written` first. */
export async function startReceipt(attemptDir: string, receiptPath: string, content: Omit<Receipt, 'files'>): Promise<{ hash: string; written: Promise<void> }> {
  const receipt: Receipt = { ...content, files: await hashFolder(attemptDir, path.basename(receiptPath)) }
  const text = canonicalJson(receipt)
  const written = writeAtomic(receiptPath, text)
  // Who relies on it waits for it, maybe after this has failed.
  written.catch(() => undefined)
  return { hash: receiptHash(text), written }
}

async function hashFolder(dir: string, except: string): Promise<Receipt['files']> {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((file) => file !== except)
    .sort()
  return await Promise.all(files.map(async (file) => ({ path: file, ...(await hashFile(path.join(dir, file))) })))
}
