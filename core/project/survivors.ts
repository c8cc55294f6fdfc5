import type { Engine } from '../pipeline/engine.ts'
import { killTree } from '../process/tree.ts'

/** Ends what is left of an attempt's processes: those on record, and those that carry its id. Returns how many there were. */
export async function endSurvivors(engine: Engine, attempt: { id: string; processes: readonly { pid: number; startTime: string }[] }): Promise<number> {
  let ended = 0
  for (const child of attempt.processes) ended += await killTree(engine.runtime, { ...child, graceMs: 0 })
  return ended + (await killTree(engine.runtime, { marker: attempt.id, graceMs: 0 }))
}
