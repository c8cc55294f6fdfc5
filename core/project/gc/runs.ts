import { isAlive } from '../../process/owner.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { isElsewhere } from '../../workspace/index.ts'
import type { KnownRun } from './contract.ts'

/** The runs of the project by the names of their folders, and what is known of each. */
export async function lookAtRuns({ store, repository, runtime }: Engine): Promise<Map<string, KnownRun>> {
  const phases = Map.groupBy(await store.phases(), (phase) => phase.run)
  const open = new Map((await store.attempts({ unfinished: true })).map((attempt) => [attempt.run, attempt]))
  const leases = new Map((await store.heldLeases()).map((lease) => [lease.run, lease]))
  const last = new Map<string, number>()
  for (const attempt of await store.attempts({})) last.set(attempt.run, Math.max(last.get(attempt.run) ?? 0, attempt.endedAt ?? attempt.startedAt))
  for (const landing of await store.landings()) last.set(landing.run, Math.max(last.get(landing.run) ?? 0, landing.endedAt ?? landing.startedAt))
  const known = new Map<string, KnownRun>()
  for (const record of await store.runs()) {
    const own = phases.get(record.id) ?? []
    const lease = leases.get(record.id)
    const held = lease && lease.expiresAt > runtime.now() && isAlive(runtime, lease.owner)
    const complete = own.length > 0 && own.every((phase) => phase.state === 'COMPLETE' || phase.state === 'SKIPPED')
    const commits = own.flatMap((phase) => (phase.commit === undefined ? [] : [phase.commit]))
    known.set(record.key, {
      record, phases: own, complete, landed: await isElsewhere(repository, commits), lastAt: last.get(record.id) ?? record.importedAt,
      busy: held ? `process ${lease.owner.pid} on ${lease.owner.host} works on it` : open.has(record.id) ? 'a crash left an attempt of it open, which the next `autopack run` ends' : undefined,
    })
  }
  return known
}
