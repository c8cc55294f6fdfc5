import type { Estimate, Expected } from '../model/telemetry.ts'

/** What several phases are expected to cost together; of some nothing may be known. Null where of none. */
export function sumEstimates(estimates: readonly (Estimate | undefined)[]): Expected {
  const known = estimates.filter((one) => one !== undefined)
  const sum = (values: readonly (number | undefined)[]) => values.reduce<number | null>((total, value) => (value === undefined ? total : (total ?? 0) + value), null)
  const unknown = known.filter((one) => one.tokens === undefined).length
  return { phases: estimates.length, known: known.length, unknown, tokens: sum(known.map((one) => one.tokens)), cost: sum(known.map((one) => one.cost)), durationMs: sum(known.map((one) => one.durationMs)) }
}
