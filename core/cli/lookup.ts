import { attemptUnknownError, phaseUnknownError, runUnknownError } from '../errors.ts'
import type { AttemptPaths } from '../layout/run-paths.ts'
import type { RunLayout } from '../layout/layout.ts'
import { nearest } from '../nearest.ts'
import type { AttemptRecord, PhaseRecord, RunRecord, Store } from '../store/store.ts'

/** The run of that id. Throws a UserError that names the nearest. */
export async function findRun(store: Store, id: string): Promise<RunRecord> {
  const [run] = await store.runs({ ids: [id] })
  if (run) return run
  const known = (await store.runs()).map((one) => one.id)
  throw runUnknownError(id, nearest(id, known), known)
}

/** The phase of that run. Throws a UserError that names the nearest. */
export async function findPhase(store: Store, run: RunRecord, id: string): Promise<PhaseRecord> {
  const phase = await store.phase(run.id, id)
  if (phase) return phase
  const known = (await store.phases({ run: run.id })).map((one) => one.id)
  throw phaseUnknownError(run.id, id, nearest(id, known), known)
}

/** The attempt of that number, or the latest. Throws a UserError when there is none. */
export function pickAttempt(attempts: readonly AttemptRecord[], phase: PhaseRecord, wanted: string | undefined): AttemptRecord {
  const sorted = sortAttempts(attempts)
  const found = wanted === undefined ? sorted.at(-1) : sorted.find((attempt) => String(attempt.number) === wanted)
  if (!found) throw attemptUnknownError(phase.run, phase.id, wanted, sorted.length)
  return found
}

export function sortAttempts(attempts: readonly AttemptRecord[]): AttemptRecord[] {
  return [...attempts].sort((left, right) => left.number - right.number)
}

export function attemptPathsOf(layout: RunLayout, run: RunRecord, phase: PhaseRecord, number: number): AttemptPaths {
  return layout.run(run).phase({ index: phase.index, key: phase.key }).attempt(number)
}
