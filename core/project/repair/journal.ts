import { openJournal } from '../../layout/atomic.ts'
import { iso } from '../../model/iso.ts'
import type { RepairFinding } from '../../model/repair.ts'
import type { Engine } from '../../pipeline/engine.ts'
import { quietly, textOf } from '../../workspace/index.ts'
import { repairable, type RepairContext } from './context.ts'

/** What became of a repair, as `break_glass_repairs.jsonl` has it; `intended` before anything is changed. */
type RecordedOutcome = 'intended' | 'repaired' | 'gone' | 'failed' | 'unknown'

/** Puts a step of a repair on record, on the disk before it returns: who reads it later sees one that a crash cut off. `id`: the same for all steps of one repair. */
export function recordRepair(engine: Engine, id: string, by: string, outcome: RecordedOutcome, of: object): void {
  const { kind, location, id: store } = engine.store.identity
  const journal = openJournal(engine.layout.breakGlass)
  try {
    const { runtime, config } = engine
    journal.append(JSON.stringify(engine.redactAll({ at: iso(runtime.now()), repair: id, by, pid: runtime.pid, project: config.project, store: { kind, location, id: store }, ...of, outcome })), { sync: true })
  } finally {
    journal.close()
  }
}

interface Recorded { at: string; repair: string; by: string; project: string; kind: string; subject: string; outcome: RecordedOutcome }

/** A repair takes moments; one that is at work now is none that was cut off. */
const atWorkMs = 60_000

/** Repairs that were begun, and of which nobody knows what came of them. */
export function findOpenRepairs({ layout, config, runtime }: RepairContext): RepairFinding[] {
  const begun = new Map<string, Recorded>()
  for (const line of textOf(layout.breakGlass).split('\n')) {
    const recorded = parse(line)
    if (recorded?.project !== config.project || recorded.repair === undefined) continue
    if (recorded.outcome === 'intended') begun.set(recorded.repair, recorded)
    else begun.delete(recorded.repair)
  }
  return [...begun.values()].filter(({ at }) => runtime.now() - Date.parse(at) >= atWorkMs).map(({ at, by, repair, kind, subject }) => repairable({
    kind: 'open-repair', subject: `${kind} ${subject}`, problem: `this repair was begun ${at} by ${by}, and its process ended before it could say what came of it`,
    change: 'put on record that nobody knows; what is still to be repaired is found anew', before: { repair, outcome: 'intended' }, after: { repair, outcome: 'unknown' }, action: { type: 'end-repair', repair, kind, subject },
  }))
}

/** Undefined for a line that a crash tore. */
const parse = (line: string): Recorded | undefined => quietly(() => JSON.parse(line) as Recorded)
