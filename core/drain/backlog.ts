import { runStateOf } from '../model/phase.ts'
import type { PhaseRecord, RunRecord, Store } from '../store/store.ts'

/** The drain's picture of the store: read once, then refreshed run by run, so that a phase costs the same in a backlog of a hundred and of ten thousand. */
export interface Backlog {
  /** In the order of the request, else of import. */
  readonly runs: readonly BacklogRun[]
  /** Reads a run again; only this phase of it, where that is enough. */
  refresh(runId: string, phaseId?: string): Promise<void>
}

export interface BacklogRun {
  record: RunRecord
  /** In plan order. */
  phases: readonly PhaseRecord[]
}

export async function readBacklog(store: Store, runIds: readonly string[] | undefined): Promise<Backlog> {
  const records = await store.runs(runIds && { ids: runIds })
  if (runIds) records.sort((left, right) => runIds.indexOf(left.id) - runIds.indexOf(right.id))
  const byRun = new Map<string, PhaseRecord[]>(records.map((record) => [record.id, []]))
  if (records.length === 1) byRun.set(records[0]!.id, await store.phases({ run: records[0]!.id }))
  else for (const phase of await store.phases()) byRun.get(phase.run)?.push(phase)
  const runs: BacklogRun[] = records.map((record) => ({ record, phases: byRun.get(record.id) ?? [] }))
  const known = new Map<string, number>()
  return {
    runs,
    async refresh(runId, phaseId) {
      const run = runs.find((candidate) => candidate.record.id === runId)
      if (!run) return
      const seen = await store.foreignWrites()
      const at = run.phases.findIndex((phase) => phase.id === phaseId)
      // While nobody else writes, only what was executed has changed.
      const phase = seen === known.get(runId) && at !== -1 ? await store.phase(runId, phaseId!) : undefined
      known.set(runId, seen)
      if (phase) {
        run.phases = run.phases.with(at, phase)
        run.record = { ...run.record, state: runStateOf(run.phases.map((one) => one.state)) }
        return
      }
      run.phases = await store.phases({ run: runId })
      const [record] = await store.runs({ ids: [runId] })
      if (record) run.record = record
    },
  }
}
