import type { Session } from '../drain/index.ts'
import type { RunLayout } from '../layout/layout.ts'
import type { Emit } from '../model/events.ts'
import { stopKey, type StopRequest } from '../model/stop.ts'
import type { Owner, Store } from '../store/store.ts'
import type { SessionFiles } from './session-files.ts'
import { readStopFile, removeStopFile } from './stop-file.ts'

/** Reads and removes what `autopack stop` asks for, for one session. */
export interface StopSignal {
  /** What is asked of this session and was not seen by it yet. A request from before it began is stale: removed and told, unless an older session has still to see it. */
  read(): Promise<StopRequest | undefined>
  /** This session has seen it. The last session that is older than the request removes it: two drains may have the same run in their backlog. */
  consume(request: StopRequest): Promise<void>
}

export interface StopSignalContext {
  layout: Pick<RunLayout, 'stopSignal' | 'stopSignalAside'>
  store: Pick<Store, 'sessions' | 'requestStop' | 'stopRequests' | 'forgetStop'>
  session: Pick<SessionFiles, 'id' | 'seeStop' | 'hasSeenStop'>
  project: string
  pid: number
  /** Epoch milliseconds. */
  since: number
  emit: Emit
  isAlive(owner: Owner): boolean
}

/** A request is in the store, where two of them lie beside each other, and in the file, which needs no store: what is found in the file alone goes into the store. */
export function createStopSignal(context: StopSignalContext): StopSignal {
  const { layout, store, session, project, pid, since, emit, isAlive } = context

  const all = async (): Promise<StopRequest[]> => {
    const stored = await store.stopRequests()
    const found = await readStopFile(layout)
    if (!found || (found.project !== undefined && found.project !== project)) return stored
    if (stored.some((one) => stopKey(one) === stopKey(found)) || session.hasSeenStop(stopKey(found))) return stored
    await store.requestStop(found)
    return [...stored, found]
  }

  /** Whether another session that works was there when the request was made and has not seen it. */
  const isAwaited = async (request: StopRequest): Promise<boolean> =>
    (await store.sessions()).some((entry) => {
      const { id, endedAt, holder } = JSON.parse(entry.json) as Session
      return id !== session.id && endedAt === undefined && holder !== undefined && holder.since <= request.at && !holder.stopsSeen.includes(stopKey(request)) && isAlive(holder)
    })

  const forget = async (request: StopRequest): Promise<void> => {
    // The file first: what is in it and not in the store would be taken for a new one.
    await removeStopFile(layout, request, pid, (other) => store.requestStop(other))
    await store.forgetStop(request)
  }

  return {
    async read() {
      for (const request of await all()) {
        if (session.hasSeenStop(stopKey(request))) continue
        if (Date.parse(request.at) >= since) return request
        if (await isAwaited(request)) continue
        await forget(request)
        emit({ type: 'notice', level: 'info', message: `removed a stale stop signal of ${request.at} by ${request.by}` })
      }
      return undefined
    },
    async consume(request) {
      await session.seeStop(stopKey(request))
      if (!(await isAwaited(request))) await forget(request)
    },
  }
}
