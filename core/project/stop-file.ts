import { rm } from 'node:fs/promises'
import { z } from 'zod'
import type { RunLayout } from '../layout/layout.ts'
import type { Emit } from '../model/events.ts'
import type { Store } from '../store/store.ts'
import type { Session } from '../drain/index.ts'
import { readJsonFile } from './session-files.ts'

const stopSchema = z.object({ run: z.string().optional(), phase: z.string().optional(), at: z.string(), by: z.string() })
export type StopRequest = z.infer<typeof stopSchema>

/** What `autopack stop` asks of the session that began at `startedAt` (epoch milliseconds). A stop that is older than the session is stale: removed and told. */
export async function readStop(layout: RunLayout, startedAt: number, emit: Emit): Promise<StopRequest | undefined> {
  const parsed = stopSchema.safeParse(await readJsonFile(layout.stopSignal))
  if (!parsed.success) return undefined
  if (Date.parse(parsed.data.at) >= startedAt) return parsed.data
  await rm(layout.stopSignal, { force: true })
  emit({ type: 'notice', level: 'info', message: `removed a stale stop signal of ${parsed.data.at} by ${parsed.data.by}` })
  return undefined
}

/** A named stop is used up by the drain that holds its run; an unnamed one stays until the last session that is older than it has seen it. */
export async function consumeStop(layout: RunLayout, store: Store, stop: { run?: string }, session: string): Promise<void> {
  if (stop.run === undefined) {
    const parsed = stopSchema.safeParse(await readJsonFile(layout.stopSignal))
    const at = parsed.success ? Date.parse(parsed.data.at) : 0
    const others = (await store.sessions()).map((entry) => JSON.parse(entry.json) as Session).filter((other) => other.id !== session && other.endedAt === undefined && Date.parse(other.startedAt) <= at)
    if (others.length > 0) return
  }
  await rm(layout.stopSignal, { force: true })
}
