import { seeded } from '../support/checks.ts'

/** Numbers that a seed decides: the same seed, the same kills. */
export interface Random {
  /** A whole number from 0 up to `limit`, which is not reached. */
  below(limit: number): number
  /** A whole number between the two, both possible. */
  between(least: number, most: number): number
}

export function randomFrom(seed: number): Random {
  const next = seeded(seed)
  const below: Random['below'] = (limit) => Math.floor(next() * limit)
  return { below, between: (least, most) => least + below(most - least + 1) }
}
