import { existsSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { openJournal, writeJson } from '../layout/atomic.ts'
import { paced } from '../layout/paced.ts'
import { drainSessionId, type RunLayout } from '../layout/layout.ts'
import type { AutopackEvent, Emit } from '../model/events.ts'
import type { Runtime } from '../model/runtime.ts'
import type { Owner, Store } from '../store/store.ts'
import type { Session } from '../drain/index.ts'

export interface SessionFiles {
  id: string
  resumed: Session | undefined
  save(session: Session): Promise<void>
  /** Puts on record that this session has seen a stop request. */
  seeStop(key: string): Promise<void>
  hasSeenStop(key: string): boolean
  /** Writes the event to the session's journal and passes it on. */
  emit: Emit
  /** Waits until every event is written, and closes the journal. */
  flush(): Promise<void>
}

/** Reserves a name for a new session, or opens the one that goes on. */
export async function openSession(request: { store: Store; layout: RunLayout; runtime: Runtime; emit: Emit; owner: Owner; since: number; resumed: Session | undefined }): Promise<SessionFiles> {
  const { store, layout, runtime, resumed } = request
  const { kind, location, id: storeId } = store.identity
  const holder: NonNullable<Session['holder']> = { ...request.owner, since: new Date(request.since).toISOString(), stopsSeen: [] }
  let latest = resumed
  const id = resumed?.id ?? (await reserve(layout, runtime.now()))
  const journal = openJournal(layout.drainSessionEvents(id))
  let writing: Promise<void> | undefined
  let failed = false
  const events: AutopackEvent[] = []
  /** Once more around the loop, all at once: events come in bursts. */
  const writeLines = async (): Promise<void> => {
    await new Promise(setImmediate)
    writing = undefined
    try {
      journal.append(events.splice(0).map((event) => JSON.stringify(event)).join('\n'))
    } catch (error) {
      if (!failed) request.emit({ type: 'notice', level: 'warning', message: `the session's events can no longer be written: ${(error as Error).message}` })
      failed = true
    }
  }
  // The record grows with every phase.
  const records = paced(runtime, async () => {
    const record: Session = { ...latest!, holder, store: { kind, location, id: storeId } }
    await store.putSession(id, JSON.stringify(record))
    await writeJson(layout.drainSession(id), record, { derived: true })
  })
  const save = async (session: Session): Promise<void> => {
    latest = session
    await records.ask()
    if (session.endedAt !== undefined) await records.flush()
  }
  return {
    id, resumed, save,
    async seeStop(key) {
      holder.stopsSeen.push(key)
      if (!latest) return
      await records.ask()
      await records.flush()
    },
    hasSeenStop: (key) => holder.stopsSeen.includes(key),
    emit(body) {
      request.emit(body)
      // What ticks by is for the eye; the journal keeps what happened.
      if (body.type === 'progress') return
      events.push({ at: new Date(runtime.now()).toISOString(), ...body } as AutopackEvent)
      writing ??= writeLines()
    },
    async flush() {
      await writing
      journal.close()
    },
  }
}

/**
 * Creates the session's journal under the first free name: two drains that start in one second get two. The journal, for it is whole while it is empty:
 * an empty record would be half of one, if the process died before it wrote the first.
 */
async function reserve(layout: RunLayout, now: number): Promise<string> {
  const taken = new Set<string>()
  for (;;) {
    const id = drainSessionId(now, (candidate) => taken.has(candidate))
    const file = layout.drainSessionEvents(id)
    await mkdir(path.dirname(file), { recursive: true })
    try {
      await (await open(file, 'wx')).close()
      if (!existsSync(layout.drainSession(id))) return id
      await rm(file)
      taken.add(id)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      taken.add(id)
    }
  }
}
