import type { RepairFinding } from '../../model/repair.ts'
import { listOwnRefs } from '../../workspace/index.ts'
import { findDeadLeases, findOpenAttempts, findStaleQueue, findWrongStates } from './find-in-store.ts'
import { findDeadLocks } from './find-locks.ts'
import { findGoneWorktrees, findHalfWritten, findMissingFolders, findOpenDrafts, findOpenSessions, findStrayRefs } from './find-on-disk.ts'
import { findOpenRepairs } from './journal.ts'
import type { RepairContext } from './context.ts'

/** Everything that a crash or somebody's hand has left behind, in the order in which it is repaired. Changes nothing; what lives is left out. */
export async function findRepairs(context: RepairContext): Promise<RepairFinding[]> {
  const { store, repository, layout, config } = context
  const refs = repository ? await listOwnRefs(repository, layout.keyFor(config.project)) : []
  const runs = await store.runs()
  const phases = Map.groupBy(await store.phases(), (phase) => phase.run)
  const findings = await findOpenAttempts(context, new Map(runs.map((run) => [run.id, run])))
  findings.push(...findOpenDrafts(context))
  findings.push(...(await findDeadLeases(context, await store.attempts({ unfinished: true }))))
  for (const run of runs) findings.push(...(await findWrongStates(context, run, phases.get(run.id) ?? [], refs)))
  findings.push(...findMissingFolders(context, runs, phases), ...(await findGoneWorktrees(context)), ...(await findStrayRefs(context, runs, phases, refs)))
  findings.push(...(await findOpenSessions(context)), ...(await findHalfWritten(context)), ...findDeadLocks(context), ...findOpenRepairs(context))
  for (const run of runs) findings.push(...(await findStaleQueue(context, run, phases.get(run.id) ?? [])))
  return findings
}
