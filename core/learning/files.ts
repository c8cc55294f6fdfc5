import { existsSync, readFileSync, renameSync } from 'node:fs'
import type { z } from 'zod'

export type ReadFile<Value> =
  | { type: 'missing' }
  | { type: 'read'; value: Value }
  /** Somebody has broken it: it is put aside, never written over. */
  | { type: 'broken'; problem: string }
  /** A newer Autopack wrote it: left alone. */
  | { type: 'newer'; version: number }

/** Reads a JSON file of what was learned. */
export function readLearned<Schema extends z.ZodType>(file: string, schema: Schema): ReadFile<z.output<Schema>> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { type: 'missing' }
    throw error
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { type: 'broken', problem: (error as Error).message }
  }
  const version = typeof value === 'object' && value !== null ? (value as { version?: unknown }).version : undefined
  if (typeof version === 'number' && version > 1) return { type: 'newer', version }
  const checked = schema.safeParse(value)
  if (checked.success) return { type: 'read', value: checked.data }
  const [first] = checked.error.issues
  return { type: 'broken', problem: `${first?.path.join('.') || 'the whole'}: ${first?.message ?? 'not what it should be'}` }
}

/** Renames a broken file, so that it can be mended; returns its new name. `nameOf` is given 1, 2, 3 … */
export function putAside(file: string, nameOf: (count: number) => string): string {
  let count = 1
  while (existsSync(nameOf(count))) count++
  renameSync(file, nameOf(count))
  return nameOf(count)
}
