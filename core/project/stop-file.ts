import { rm } from 'node:fs/promises'
import { z } from 'zod'
import type { RunLayout } from '../layout/layout.ts'
import type { Emit } from '../model/events.ts'
import type { Owner, Store } from '../store/store.ts'
import type { Session } from '../drain/index.ts'
import { readJsonFile, type SessionFiles } from './session-files.ts'

const stopSchema = z.object({ run: z.string().optional(), phase: z.string().optional(), at: z.string(), by: z.string() })
export type StopRequest = z.infer<typeof stopSchema>

/** Reads and removes what `autopack stop` writes, for one session. */
export interface StopSignal {
  /** What is asked of this session and was not seen by it yet. A request from before it began is stale: removed and told, unless an older session has still to see it. */
  read(): Promise<StopRequest | undefined>
  /** This session has seen it. The last session that is older than the request removes it: two drains may have the same run in their backlog. */
  consume(request: { at?: string }): Promise<void>
}

export function createStopSignal(context: { layout: RunLayout; store: Store; session: SessionFiles; /** Epoch milliseconds. */ since: number; emit: Emit; isAlive(owner: Owner): boolean }): StopSignal {
  const { layout, store, session, since, emit, isAlive } = context
  const current = async (): Promise<StopRequest | undefined> => stopSchema.safeParse(await readJsonFile(layout.stopSignal)).data

  /** Whether another session that works was there when the request was made and has not seen it. */
  const isAwaited = async (at: string): Promise<boolean> =>
    (await store.sessions()).some((entry) => {
      const { id, endedAt, holder } = JSON.parse(entry.json) as Session
      return id !== session.id && endedAt === undefined && holder !== undefined && holder.since <= at && !holder.stopsSeen.includes(at) && isAlive(holder)
    })

  return {
    async read() {
      const request = await current()
      if (!request || session.hasSeenStop(request.at)) return undefined
      if (Date.parse(request.at) >= since) return request
      if (await isAwaited(request.at)) return undefined
      await rm(layout.stopSignal, { force: true })
      emit({ type: 'notice', level: 'info', message: `removed a stale stop signal of ${request.at} by ${request.by}` })
      return undefined
    },
    async consume({ at }) {
      if (at === undefined) return
      await session.seeStop(at)
      // A newer request may have taken its place.
      if (!(await isAwaited(at)) && (await current())?.at === at) await rm(layout.stopSignal, { force: true })
    },
  }
}
