import { link, readFile, rename, rm, stat } from 'node:fs/promises'
import type { RunLayout } from '../layout/layout.ts'
import { stopKey, type StopRequest } from '../model/stop.ts'
import { stopRequestSchema } from '../model/stop-schema.ts'

/** `.stop_executor`, written by `autopack stop` or by hand; undefined when there is none, or when it cannot be read. What it leaves out is told by the file itself. */
export async function readStopFile(layout: Pick<RunLayout, 'stopSignal'>): Promise<StopRequest | undefined> {
  return await readRequest(layout.stopSignal)
}

async function readRequest(file: string): Promise<StopRequest | undefined> {
  try {
    const found: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof found !== 'object' || found === null) return undefined
    const defaults = 'at' in found ? { by: 'unknown' } : { at: new Date((await stat(file)).mtimeMs).toISOString(), by: 'unknown' }
    return stopRequestSchema.safeParse({ ...defaults, ...found }).data
  } catch {
    // Not there, gone while it is read, or written by hand and not JSON.
    return undefined
  }
}

/**
 * Removes the file if it still holds this request. Another one may take its place at any moment, so that it is moved aside before it is looked at;
 * what turns out to be another one is handed to `keep` and put back, unless a newer one is there by then.
 */
export async function removeStopFile(layout: Pick<RunLayout, 'stopSignal' | 'stopSignalAside'>, request: StopRequest, pid: number, keep: (other: StopRequest) => Promise<void>): Promise<void> {
  const found = await readStopFile(layout)
  if (!found || stopKey(found) !== stopKey(request)) return
  const aside = layout.stopSignalAside(pid)
  try {
    await rename(layout.stopSignal, aside)
  } catch (error) {
    // Another drain was faster.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const moved = await readRequest(aside)
  if (moved && stopKey(moved) !== stopKey(request)) {
    await keep(moved)
    // Where a newer one stands there, that one counts; `keep` has this one in any case.
    await link(aside, layout.stopSignal).catch(() => undefined)
  }
  await rm(aside, { force: true })
}
