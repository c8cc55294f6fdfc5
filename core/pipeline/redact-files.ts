import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { Engine } from './engine.ts'

/** Takes secrets out of the files below a folder whose names match: what a child wrote itself, or what a dead process could not redact any more. */
export async function redactFiles(engine: Pick<Engine, 'redactFile'>, dir: string, names: RegExp): Promise<void> {
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && names.test(entry.name)) await engine.redactFile(path.join(entry.parentPath, entry.name))
  }
}
