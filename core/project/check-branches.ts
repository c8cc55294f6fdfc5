import { UserError, UserErrors } from '../errors.ts'
import type { Engine } from '../pipeline/engine.ts'
import { baseOf, branchErrors, branchOf } from '../pipeline/run-base.ts'
import type { RunRecord } from '../store/store.ts'
import { refuseCheckedOut, refuseUnmovable } from '../workspace/index.ts'
import type { PlannedRun } from './prepare.ts'

const inTheWay = new Set(['branch-checked-out', 'branch-name-taken', 'ref-locked'])

/** Refuses runs whose branch is not what the store knows, is checked out somewhere, or could not be moved: before anything is imported, claimed or paid for. */
export async function checkBranches(engine: Engine, planned: readonly PlannedRun[], chosen: readonly string[] | undefined): Promise<void> {
  const stored = await engine.store.runs(chosen && { ids: chosen })
  const phases = await engine.store.phases()
  const name = (run: string, phase: string) => JSON.stringify([run, phase])
  const imported = new Set(phases.map((phase) => name(phase.run, phase.id)))
  const open = new Set([
    ...phases.filter((phase) => phase.state === 'QUEUED').map((phase) => phase.run),
    ...planned.filter(({ plan }) => plan.phases.some((phase) => !imported.has(name(plan.id, phase.id)))).map(({ plan }) => plan.id),
  ])
  const known = new Set(stored.map((run) => run.id))
  const runs: Pick<RunRecord, 'id' | 'key' | 'baseRef'>[] = [
    ...stored.filter((run) => open.has(run.id)),
    ...planned.filter(({ plan }) => !known.has(plan.id)).map(({ plan }) => ({ id: plan.id, key: engine.layout.keyFor(plan.id), baseRef: plan.base })),
  ]
  const errors: UserError[] = []
  for (const run of runs) {
    const branch = branchOf(engine, run)
    try {
      refuseUnmovable(engine.repository, branch, engine.runtime.now())
      await Promise.all([baseOf(engine, run), refuseCheckedOut(engine.repository, branch, '')])
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      // A base that is gone and the like is told where it matters: of plans before, of stored runs when they are claimed.
      if (branchErrors.has(error.code) || inTheWay.has(error.code)) errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]!
  if (errors.length > 1) throw new UserErrors(errors)
}
