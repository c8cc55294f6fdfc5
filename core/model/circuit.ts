import type { Builder } from './builder.ts'
import type { PausedBuilder } from './paused-builder.ts'

/** The circuit of a builder's account: open until `until`, then half-open until an attempt shows that the account is asked in vain no more. Without a record it is closed. */
export interface BuilderCircuit {
  /** The builder with its account: see `circuitOf`. */
  builder: string
  /** When it was told last that the limit is reached, and when it may be asked again; epoch milliseconds. */
  at: number
  until: number
  /** One sentence: what the builder said. */
  reason: string
  /** How many attempts in a row ended at the limit. */
  limits: number
  /** The attempt that is executed to see whether the limit is over. */
  probe?: { attempt: string; run: string; phase: string }
}

/** Those that are paused at this time. */
export function pausedBuilders(circuits: readonly BuilderCircuit[], now: number): PausedBuilder[] {
  return circuits.filter((circuit) => circuit.until > now).map(({ builder, until, reason }) => ({ builder, until: new Date(until).toISOString(), reason }))
}

/** `builder claude is paused until 2026-03-01T15:00:00.000Z: the 5-hour limit is reached`. */
export const pausedText = ({ builder, until, reason }: PausedBuilder): string => `builder ${builder} is paused until ${until}: ${reason}`

/** How an attempt met the limit of its builder's account. `until`: when it is over (epoch milliseconds), where the builder said so. */
export interface UsageLimit { reason: string; until?: number }

/** The name of the circuit of a builder: builders of one name and account pause together. */
export function circuitOf({ name, account }: Pick<Builder, 'name' | 'account'>): string {
  return account === undefined ? name : `${name} (${account})`
}

/** Where nobody says how long a limit lasts, in milliseconds: doubled by each attempt in a row that ends at it. */
const firstBackoffMs = 60_000
const longestBackoffMs = 3_600_000
/** No account's limit lasts longer: what is said to is a mistake. */
const longestLimitMs = 35 * 24 * 3_600_000

/**
 * The circuit after an attempt met the limit. `startedAt`: when that attempt began; one that was at work when the builder paused tells the same limit once
 * more. `random`: in [0, 1); the backoff is from half of its ceiling to the whole, so that not everybody asks again at once.
 */
export function pauseCircuit(before: BuilderCircuit | undefined, builder: string, limit: UsageLimit, { startedAt, now, random }: { startedAt: number; now: number; random: number }): BuilderCircuit {
  const isSame = before !== undefined && startedAt <= before.at && now < before.until
  const limits = isSame ? before.limits : (before?.limits ?? 0) + 1
  const said = limit.until !== undefined && limit.until > now && limit.until <= now + longestLimitMs ? limit.until : undefined
  const ceiling = Math.min(longestBackoffMs, firstBackoffMs * 2 ** (limits - 1))
  // Who says for a second time that it is over in a moment is believed less.
  const backoff = isSame || (said !== undefined && limits === 1) ? 0 : Math.round(ceiling * (0.5 + random / 2))
  const until = Math.max(said ?? 0, now + backoff, isSame ? before.until : 0)
  return { builder, at: now, until, reason: limit.reason, limits, ...(isSame && before.probe && { probe: before.probe }) }
}
