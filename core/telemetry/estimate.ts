import { estimateBases, type AttemptTelemetry, type Estimate } from '../model/telemetry.ts'
import { totalTokens, wholeCost } from '../model/usage.ts'

/** Where an attempt belongs. */
export interface Place { run: string; family: string; phase: string }

/** What is looked at of an attempt that ended. */
export type PastAttempt = Pick<AttemptTelemetry, 'run' | 'family' | 'phase' | 'outcome' | 'charged' | 'builderReached' | 'usage' | 'startedAt' | 'endedAt'>

/** What attempts cost so far, in memory: read once, then told of each end, so that an estimate costs the same in a backlog of a hundred and of ten thousand. */
export interface History {
  add(attempt: PastAttempt): void
  /** Undefined where nothing in the project has a history yet. */
  expect(place: Place): Estimate | undefined
}

/** Attempts that are kept of each phase, run and family, and of the project: a project changes, and what it cost last year says little. */
const kept = 50

interface Cost { tokens: number | undefined; cost: number | undefined; durationMs: number }

/** `earlier`: attempts that ended, the oldest first. */
export function createHistory(earlier: readonly PastAttempt[] = []): History {
  const costs = new Map<string, Cost[]>()
  const history: History = {
    add(attempt) {
      if (!tellsCost(attempt)) return
      const { usage } = attempt
      const cost: Cost = { tokens: totalTokens(usage), cost: wholeCost(usage), durationMs: attempt.endedAt - attempt.startedAt }
      for (const key of Object.values(keysOf(attempt))) {
        const known = costs.get(key)
        if (!known) costs.set(key, [cost])
        else if (known.push(cost) > kept) known.shift()
      }
    },
    expect(place) {
      const keys = keysOf(place)
      const basis = estimateBases.find((one) => costs.has(keys[one]))
      return basis && { basis, ...mediansOf(costs.get(keys[basis])!) }
    },
  }
  for (const attempt of earlier) history.add(attempt)
  return history
}

/** What never came to the builder, or was cut off, says nothing of what the work costs. */
function tellsCost({ charged, builderReached, outcome }: PastAttempt): boolean {
  return charged && builderReached && outcome !== 'interrupted'
}

function keysOf({ run, family, phase }: Place): Record<Estimate['basis'], string> {
  return { phase: JSON.stringify(['phase', run, phase]), run: JSON.stringify(['run', run]), family: JSON.stringify(['family', family]), project: 'project' }
}

function mediansOf(costs: readonly Cost[]): Omit<Estimate, 'basis'> {
  const known = (values: readonly (number | undefined)[]) => values.filter((value) => value !== undefined)
  const tokens = median(known(costs.map((one) => one.tokens)))
  const cost = median(known(costs.map((one) => one.cost)))
  return {
    attempts: costs.length, durationMs: Math.round(median(costs.map((one) => one.durationMs)) ?? 0),
    ...(tokens !== undefined && { tokens: Math.round(tokens) }), ...(cost !== undefined && { cost }),
  }
}

/** The middle one, or the mean of the two in the middle; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)]
  return upper === undefined || sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2
}

/** An expectation and what came of it. */
export interface Pair { expected: number; actual: number }

export interface Accuracy {
  /** How many attempts had both. */
  attempts: number
  /** Symmetric mean absolute percentage error, as a share: 0 is exact, 2 is as wrong as can be. */
  smape: number
  /** All that was expected over all that was spent: above 1 more was expected than was needed. Null where nothing was spent. */
  wasteRatio: number | null
}

/** How good estimates were; undefined where there is none to compare. */
export function accuracyOf(pairs: readonly Pair[]): Accuracy | undefined {
  if (pairs.length === 0) return undefined
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const errors = pairs.map(({ expected, actual }) => (expected === actual ? 0 : (2 * Math.abs(expected - actual)) / (Math.abs(expected) + Math.abs(actual))))
  const actual = sum(pairs.map((pair) => pair.actual))
  return { attempts: pairs.length, smape: sum(errors) / pairs.length, wasteRatio: actual === 0 ? null : sum(pairs.map((pair) => pair.expected)) / actual }
}
