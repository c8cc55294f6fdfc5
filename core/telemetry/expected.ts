import type { Estimate, Expected } from '../model/telemetry.ts'

/** The sum of what is known; null where nothing is. */
export const sumKnown = (values: readonly (number | undefined)[]): number | null => values.reduce<number | null>((total, value) => (value === undefined ? total : (total ?? 0) + value), null)

/** What several phases are expected to cost together; of some nothing may be known. Null where of none. */
export function sumEstimates(estimates: readonly (Estimate | undefined)[]): Expected {
  const known = estimates.filter((one) => one !== undefined)
  const unknown = known.filter((one) => one.tokens === undefined).length
  return { phases: estimates.length, known: known.length, unknown, tokens: sumKnown(known.map((one) => one.tokens)), cost: sumKnown(known.map((one) => one.cost)), durationMs: sumKnown(known.map((one) => one.durationMs)) }
}
