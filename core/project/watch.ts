import { readdir, readFile } from 'node:fs/promises'
import { sessionNotFoundError, sessionNotRunningError } from '../errors.ts'
import type { Session } from '../drain/index.ts'
import type { RunLayout } from '../layout/layout.ts'
import type { Owner } from '../store/store.ts'

type Place = Pick<RunLayout, 'project' | 'drainSessionsDir' | 'drainSession'>

/** Sessions that are looked at where none is named: one at work is among the latest. */
const latest = 50

/**
 * The session of that id, or with true the latest that is at work, by its file alone: whoever watches a drain opens no store. Throws where there is none.
 */
export async function findWatched(layout: Place, wanted: string | true, works: (owner: Owner) => boolean): Promise<string> {
  const known = await sessionIds(layout)
  if (wanted !== true) {
    const session = await readSession(layout, wanted)
    if (session === undefined) throw sessionNotFoundError(wanted, known)
    return wanted
  }
  let ended: string | undefined
  for await (const session of latestSessions(layout)) {
    if (isAtWork(session, works)) return session.id
    ended ??= session.id
  }
  throw sessionNotRunningError(ended)
}

/** The latest sessions of the project by their files, the youngest first. */
export async function* latestSessions(layout: Place): AsyncGenerator<Session> {
  for (const id of (await sessionIds(layout)).slice(-latest).toReversed()) {
    const session = await readSession(layout, id)
    if (session?.project === layout.project) yield session
  }
}

async function sessionIds(layout: Place): Promise<string[]> {
  // Before the first drain there is no such folder.
  const names = await readdir(layout.drainSessionsDir).catch(() => [])
  return names.filter((name) => name.endsWith('.json') && !name.endsWith('.notification.json')).map((name) => name.slice(0, -'.json'.length)).sort()
}

/** What a drain last wrote of itself; undefined where there is nothing yet. */
export async function readSession(layout: Pick<RunLayout, 'drainSession'>, id: string): Promise<Session | undefined> {
  try {
    return JSON.parse(await readFile(layout.drainSession(id), 'utf8')) as Session
  } catch {
    // It is renamed into place: one that is there and does not read is no session of ours.
    return undefined
  }
}

function isAtWork({ endedAt, holder }: Session, works: (owner: Owner) => boolean): boolean {
  return endedAt === undefined && holder !== undefined && works(holder)
}
