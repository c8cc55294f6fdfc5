import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { PluginApi } from '../../core/index.ts'

const rememberedSchema = z.object({
  check: z.string(),
  /** Relative to the project root. */
  file: z.string(),
  module: z.string(),
  /** The project's files from the test to the import, with the SHA-256 of each: while they stay as they are, so does the error. */
  chain: z.record(z.string(), z.string()),
})
/** A test file that a runner could not load for want of a module. */
export type Remembered = z.infer<typeof rememberedSchema>
const memorySchema = z.object({ version: z.literal(1), files: z.array(rememberedSchema) })

/** More than any project has; the oldest go first. */
const longest = 1_000

export interface Memory {
  /** Those of this check that would fail again: every file of the chain is as it was. */
  recall(check: string, projectRoot: string): Remembered[]
  /** `chain` relative to the project root. */
  remember(seen: { check: string; file: string; module: string; chain: readonly string[] }, projectRoot: string): void
}

/** What was learned from failed runs, kept in the plugin's own folder. A memory that cannot be read or written costs a failed run and nothing more. */
export function createMemory(api: Pick<PluginApi, 'layout'>): Memory {
  let files: Remembered[] | undefined
  const place = () => path.join(api.layout.pluginDir('optionalDependencies'), 'memory.json')
  const all = () => (files ??= read(place()))
  return {
    recall: (check, projectRoot) => all().filter((one) => one.check === check && Object.entries(one.chain).every(([file, hash]) => hashOf(projectRoot, file) === hash)),
    remember({ chain, ...seen }, projectRoot) {
      const hashes = chain.map((file) => [file, hashOf(projectRoot, file)] as const)
      if (hashes.some(([, hash]) => hash === undefined)) return
      const entry: Remembered = { ...seen, chain: Object.fromEntries(hashes as [string, string][]) }
      if (all().some((one) => JSON.stringify(one) === JSON.stringify(entry))) return
      files = [...all(), entry].slice(-longest)
      if (existsSync(api.layout.runsDir)) write(place(), files)
    },
  }
}

function hashOf(projectRoot: string, file: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path.join(projectRoot, file))).digest('hex')
  } catch {
    return undefined
  }
}

function read(file: string): Remembered[] {
  try {
    return memorySchema.parse(JSON.parse(readFileSync(file, 'utf8'))).files
  } catch {
    return []
  }
}

function write(file: string, files: readonly Remembered[]): void {
  try {
    mkdirSync(path.dirname(file), { recursive: true })
    // Two drains may learn at once: each leaves a whole file.
    const partial = `${file}.${process.pid}`
    writeFileSync(partial, `${JSON.stringify({ version: 1, files }, undefined, 1)}\n`)
    renameSync(partial, file)
  } catch {
    // See above.
  }
}
