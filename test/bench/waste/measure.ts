import type { BacklogSize } from './backlog.ts'
import { createLedger, type Figures } from './ledger.ts'
import { policies, policyNames, type PolicyName } from './policies.ts'
import { createWorld } from './world.ts'

export interface Measured { seed: number; figures: Record<PolicyName, Figures> }

/** Every policy on the world of one seed. */
export async function measure(seed: number, size: BacklogSize, names: readonly PolicyName[] = policyNames): Promise<Measured> {
  const world = createWorld(seed, size)
  const figures: Partial<Record<PolicyName, Figures>> = {}
  for (const name of names) {
    const ledger = createLedger(world)
    await policies[name](world, ledger)
    figures[name] = ledger.figures()
  }
  return { seed, figures: figures as Record<PolicyName, Figures> }
}

export interface Goal {
  name: string
  /** Of each seed. */
  values: number[]
  median: number
  worst: number
  /** In how many worlds it is reached. */
  met: number
  atMost: number
  unit: string
}

/** What a policy of ours is to reach, and does, seed by seed. */
export function goalsOf(measured: readonly Measured[], policy: PolicyName = 'ours'): Goal[] {
  const wasted = (name: PolicyName, { figures }: Measured): number => figures[name].wastedCalls
  const goal = (name: string, atMost: number, unit: string, value: (one: Measured) => number): Goal => {
    const values = measured.map(value)
    return { name, values, median: median(values), worst: Math.max(...values), met: values.filter((one) => one <= atMost).length, atMost, unit }
  }
  return [
    goal('wasted calls, of the oracle\'s', 1.5, '×', (one) => wasted(policy, one) / wasted('oracle', one)),
    goal('wasted calls, of the retry loop\'s', 0.1, '×', (one) => wasted(policy, one) / wasted('retry loop', one)),
    goal('wasted calls, of the predecessor\'s', 0.25, '×', (one) => wasted(policy, one) / wasted('predecessor', one)),
    goal('doable phases undone', 0, ' ', (one) => one.figures[policy].undone.length),
    goal('probes that a healthy phase waits for', 1, ' ', (one) => one.figures[policy].parked.probes),
  ]
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
