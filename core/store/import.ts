import { isDeepStrictEqual } from 'node:util'
import { familyOf } from '../model/identifiers.ts'
import type { PhaseSpec, Plan } from '../model/plan.ts'
import type { StoreContext } from './context.ts'
import type { PhaseRow, RunRow } from './schema.ts'
import { all, one, run, statement } from './steps.ts'
import type { Steps } from './steps.ts'
import type { ImportChange, ImportReport } from './store.ts'

/** Brings a plan into the store: what has not run follows the plan, what has run stays and is reported. */
export function importing(context: StoreContext) {
  const { project, connection, queries, runtime, keys } = context

  function* importPlan(plan: Plan, source: string): Steps<ImportReport> {
    const before = yield* one(queries.selectFrom('runs').selectAll().where('project', '=', project).where('id', '=', plan.id))
    const runFields = yield* before ? updateRun(before, plan, source) : insertRun(plan, source)
    const rows = yield* all(queries.selectFrom('phases').selectAll().where('project', '=', project).where('run', '=', plan.id).orderBy('position').orderBy('id'))
    const changes = yield* importPhases(plan, rows)
    if (!before) return { run: plan.id, type: 'new', changes }
    const type = changes.length > 0 || runFields.length > 0 ? 'changed' : 'unchanged'
    return { run: plan.id, type, changes, ...(runFields.length > 0 && { runFields }) }
  }

  function* insertRun(plan: Plan, source: string): Steps<string[]> {
    const taken = yield* all(queries.selectFrom('runs').select('key').where('project', '=', project))
    yield* run(queries.insertInto('runs').values({
      project, id: plan.id, key: keys.keyFor(plan.id, keys.takenKeys(taken.map((row) => row.key))), family: familyOf(plan.id), goal: plan.goal ?? null,
      base_ref: plan.base, base_commit: null, ordered: plan.ordered ? 1 : 0, source, imported_at: runtime.now(),
    }))
    return []
  }

  function* updateRun(before: RunRow, plan: Plan, source: string): Steps<string[]> {
    const fields = [
      ...((before.goal ?? undefined) === plan.goal ? [] : ['goal']),
      ...(before.base_ref === plan.base ? [] : ['base']),
      ...((before.ordered === 1) === plan.ordered ? [] : ['ordered']),
    ]
    if (fields.length > 0 || before.source !== source)
      yield* run(queries.updateTable('runs').set({ goal: plan.goal ?? null, base_ref: plan.base, ordered: plan.ordered ? 1 : 0, source })
        .where('project', '=', project).where('id', '=', plan.id))
    return fields
  }

  function* importPhases(plan: Plan, rows: readonly PhaseRow[]): Steps<ImportChange[]> {
    const changes: ImportChange[] = []
    const byId = new Map(rows.map((row) => [row.id, row]))
    const planned = new Set(plan.phases.map((spec) => spec.id))
    const moved = movedPhases(rows.map((row) => row.id), plan.phases.map((spec) => spec.id))
    const taken = keys.takenKeys(rows.map((row) => row.key))
    let end = plan.phases.length
    for (const row of rows) {
      if (planned.has(row.id)) continue
      if ((JSON.parse(row.spec) as PhaseSpec).merge !== undefined) {
        // Added by `land --resolve`: no plan ever had it.
        yield* set(row, { position: end++ })
      } else if (row.attempts > 0) {
        yield* set(row, { position: end++ })
        changes.push({ phase: row.id, type: 'kept', fields: [], reason: 'the plan no longer has it, but it ran: it stays in the store' })
      } else {
        yield* run(queries.deleteFrom('phases').where('project', '=', project).where('run', '=', row.run).where('id', '=', row.id))
        changes.push({ phase: row.id, type: 'removed' })
      }
    }
    for (const [position, spec] of plan.phases.entries()) {
      const row = byId.get(spec.id)
      if (!row) {
        const key = keys.keyFor(spec.id, taken)
        taken.add(key)
        yield* insertPhase(plan.id, spec, key, position)
        changes.push({ phase: spec.id, type: 'added' })
        continue
      }
      const stored = JSON.parse(row.spec) as PhaseSpec
      const fields = changedFields(stored, spec)
      if (row.attempts > 0) {
        yield* set(row, { position })
        if (fields.length > 0) changes.push({ phase: row.id, type: 'kept', fields, reason: `it ran already (${row.state}): the plan's change of ${fields.join(', ')} is not taken over` })
        continue
      }
      yield* set(row, { position, number: position, ...(fields.length > 0 && { spec: JSON.stringify(spec) }) })
      if (moved.has(row.id)) fields.push('order')
      if (fields.length > 0) changes.push({ phase: row.id, type: 'updated', fields })
    }
    return changes
  }

  const insert = statement((phase: { run: string; id: string; key: string; position: number; spec: string }) =>
    queries.insertInto('phases').values({
      project, run: phase.run, id: phase.id, key: phase.key, position: phase.position, number: phase.position, spec: phase.spec, state: 'QUEUED',
      charged: 0, charged_ever: 0, uncharged: 0, attempts: 0,
    }))
  const insertPhase = (runId: string, spec: PhaseSpec, key: string, position: number): Steps<number> =>
    insert.run({ run: runId, id: spec.id, key, position, spec: JSON.stringify(spec) })

  function* set(row: PhaseRow, values: Partial<PhaseRow>): Steps<void> {
    const changed = Object.entries(values).some(([name, value]) => row[name as keyof PhaseRow] !== value)
    if (changed) yield* run(queries.updateTable('phases').set(values).where('project', '=', project).where('run', '=', row.run).where('id', '=', row.id))
  }

  function* addPhase(runId: string, spec: PhaseSpec): Steps<void> {
    const rows = yield* all(queries.selectFrom('phases').select(['key', 'position']).where('project', '=', project).where('run', '=', runId))
    const key = keys.keyFor(spec.id, keys.takenKeys(rows.map((row) => row.key)))
    yield* insertPhase(runId, spec, key, Math.max(-1, ...rows.map((row) => row.position)) + 1)
  }

  return {
    importPlan: (plan: Plan, source: string) => connection.write(() => importPlan(plan, source)),
    addPhase: (runId: string, spec: PhaseSpec) => connection.write(() => addPhase(runId, spec)),
  }
}

function changedFields(stored: PhaseSpec, spec: PhaseSpec): string[] {
  // Through JSON, as the stored one came: a key without a value is no key.
  const now = JSON.parse(JSON.stringify(spec)) as Record<string, unknown>
  const before = stored as unknown as Record<string, unknown>
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) => !isDeepStrictEqual(before[key], now[key]))
}

/** Phases of both lists whose place among those of both lists differs. */
function movedPhases(before: readonly string[], after: readonly string[]): Set<string> {
  const [were, are] = [new Set(before), new Set(after)]
  const common = after.filter((id) => were.has(id))
  const old = before.filter((id) => are.has(id))
  return new Set(common.filter((id, index) => old[index] !== id))
}
