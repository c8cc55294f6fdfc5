import { runStateOf } from '../model/phase.ts'
import type { PhaseSpec } from '../model/plan.ts'
import type { PhaseRecord, RunRecord, Store } from '../store/store.ts'

/** What a drain keeps of a phase: not what it is about, which may be long, and which only its builder is told. */
export interface BacklogPhase extends Omit<PhaseRecord, 'spec'> { spec: Omit<PhaseSpec, 'goal' | 'deliverables'> }

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
  phases: readonly BacklogPhase[]
  /** Where in `phases` each lies, by id; left out: to be looked for. */
  places?: ReadonlyMap<string, number>
}

/** A phase of a run by its id. */
export function phaseOf({ phases, places }: Pick<BacklogRun, 'phases' | 'places'>, id: string): BacklogPhase | undefined {
  return places ? phases[places.get(id) ?? -1] : phases.find((phase) => phase.id === id)
}

export async function readBacklog(store: Store, runIds: readonly string[] | undefined): Promise<Backlog> {
  const seenFirst = await store.foreignWrites()
  const records = await store.runs(runIds && { ids: runIds })
  if (runIds) records.sort((left, right) => runIds.indexOf(left.id) - runIds.indexOf(right.id))
  const phasesOf = async (run: string): Promise<Required<Pick<BacklogRun, 'phases' | 'places'>>> => {
    const phases: BacklogPhase[] = []
    await store.eachPhase(run, (phase) => phases.push(withoutTexts(phase)))
    return { phases, places: new Map(phases.map(({ id }, index) => [id, index])) }
  }
  const runs: BacklogRun[] = []
  for (const record of records) runs.push({ record, ...(await phasesOf(record.id)) })
  const known = new Map(runs.map(({ record }) => [record.id, seenFirst]))
  /** Runs whose record was read since something of them was executed: the first attempt settles the base. */
  const settled = new Set<string>()
  return {
    runs,
    async refresh(runId, phaseId) {
      const run = runs.find((candidate) => candidate.record.id === runId)
      if (!run) return
      const seen = await store.foreignWrites()
      const at = phaseId === undefined ? undefined : run.places?.get(phaseId)
      // While nobody else writes, only what was executed has changed.
      const phase = seen === known.get(runId) && at !== undefined ? await store.phase(runId, phaseId!) : undefined
      known.set(runId, seen)
      if (phase) {
        run.phases = run.phases.with(at!, withoutTexts(phase))
        run.record = { ...run.record, state: runStateOf(run.phases.map((one) => one.state)) }
        if (settled.has(runId)) return
      } else {
        Object.assign(run, await phasesOf(runId))
      }
      const [record] = await store.runs({ ids: [runId] })
      if (record) run.record = record
      settled.add(runId)
    },
  }
}

function withoutTexts({ spec: { goal: _goal, deliverables: _deliverables, ...spec }, ...phase }: PhaseRecord): BacklogPhase {
  return { ...phase, spec }
}
