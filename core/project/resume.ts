import { flagsOf, selectionFlags, selectionKeys, valuesOf, type Asked, type Session } from '../drain/index.ts'
import { resumeCommandError, resumeContradictionError, sessionBusyError, sessionNotFoundError } from '../errors.ts'
import type { DrainRules, DrainRulesInput } from '../model/drain.ts'
import type { Runtime } from '../model/runtime.ts'
import { isAlive } from '../process/owner.ts'
import type { Store } from '../store/store.ts'
import type { Chosen } from './choose.ts'

/** The session of that id, or with true the latest of the command. Throws where there is none, and where it is another command's. */
export async function findSession(store: Store, wanted: string | true, command: 'run' | 'drain'): Promise<Session> {
  const known = (await store.sessions()).map((entry) => JSON.parse(entry.json) as Session)
  const found = wanted === true ? (known.findLast((session) => session.command === command) ?? known.at(-1)) : known.find((session) => session.id === wanted)
  if (!found) throw sessionNotFoundError(wanted === true ? undefined : wanted, known.map((session) => session.id))
  if (found.command !== command) throw resumeCommandError(found.id, found.command)
  return found
}

/** Two processes would write over each other's counters and outcomes. */
export function refuseBusy({ id, endedAt, holder }: Session, runtime: Runtime): void {
  if (endedAt !== undefined || !holder || holder.host !== runtime.host || holder.pid === runtime.pid) return
  if (isAlive(runtime, holder)) throw sessionBusyError(id, holder.pid)
}

/** What a session goes on with: what it was started with. Rules that are named now win; a selection that is named again must be the same. */
export function resumeWith(session: Session, given: Asked): { asked: Asked; chosen: Chosen } {
  const had = session.asked ?? { ...(session.runs.length > 0 && { runs: session.runs }) }
  for (const key of selectionKeys) {
    const [now, then] = [valuesOf(given, key), valuesOf(had, key)]
    if (now.length > 0 && (now.length !== then.length || now.some((value) => !then.includes(value)))) {
      throw resumeContradictionError(session.id, `${selectionFlags[key]} ${now.join(' ')}`, flagsOf(session.command, { ...had, rules: {}, scale: false }).join(' '))
    }
  }
  // A batch of `run` is where a person wanted to look, and not a limit of the session.
  const { batchSize, ...rules } = had.rules ?? {}
  const kept: DrainRulesInput = { ...rules, ...(session.command === 'drain' && batchSize !== undefined && { batchSize }) }
  return {
    asked: { ...had, rules: overlay(kept, given.rules ?? {}), ...(given.scale && { scale: true }) },
    chosen: { runs: session.runs.length > 0 ? [...session.runs] : undefined, ...(session.filter && { filter: session.filter }) },
  }
}

/** Rules with others over them; caps are named one by one. */
export function mergeRules(configured: DrainRules, flags: DrainRulesInput): DrainRules {
  return overlay(configured as DrainRulesInput, flags) as DrainRules
}

function overlay(below: DrainRulesInput, above: DrainRulesInput): DrainRulesInput {
  const given = Object.fromEntries(Object.entries(above).filter(([, value]) => value !== undefined))
  const caps = (key: 'maxTokens' | 'maxCost') => (below[key] || above[key] ? { [key]: { ...below[key], ...above[key] } } : {})
  return { ...below, ...given, ...caps('maxTokens'), ...caps('maxCost') }
}
