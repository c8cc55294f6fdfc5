import { totalTokens, unpricedPart, type Usage } from '../model/usage.ts'

/** Tokens, and cost in US dollars. */
export interface Spending { tokens: number; cost: number }

export const nothing: Spending = { tokens: 0, cost: 0 }

/** What stands for usage that is not known: the rules of the same names. */
export interface Assumptions { assumedTokensPerAttempt: number; assumedCostPerAttempt: number }

/**
 * What an attempt counts against budgets: what is known of it, and the assumption in the place of what is not. Unknown is never 0, except where no
 * builder was started: then nothing was spent, and so it is known. Where tokens have no price, the cost of the others counts, and at least the assumed cost of an
 * attempt.
 */
export function countedSpending({ usage, builderReached }: { usage: Usage; builderReached: boolean }, assumed: Assumptions): Spending {
  if (usage === 'unknown') return builderReached ? { tokens: assumed.assumedTokensPerAttempt, cost: assumed.assumedCostPerAttempt } : nothing
  const cost = usage.cost ?? 0
  return { tokens: totalTokens(usage) ?? 0, cost: unpricedPart(usage) ? Math.max(cost, assumed.assumedCostPerAttempt) : cost }
}

export function addSpending(left: Spending, right: Spending): Spending {
  return { tokens: left.tokens + right.tokens, cost: left.cost + right.cost }
}
