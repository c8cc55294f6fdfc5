import { existsSync } from 'node:fs'

/** Resolves with what `look` gives once that is neither undefined nor false; rejects after `limit` milliseconds, naming what was waited for. */
export async function waitUntil<Value>(what: string, look: () => Value | Promise<Value>, limit = 60_000): Promise<Exclude<Value, undefined | false>> {
  const end = performance.now() + limit
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found as Exclude<Value, undefined | false>
    if (performance.now() > end) throw new Error(`waited ${limit} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function waitForFile(file: string, limit?: number): Promise<void> {
  await waitUntil(file, () => existsSync(file), limit)
}

export { isRunning as runs } from './processes.ts'
