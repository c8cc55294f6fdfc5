import { totalTokens, type Usage } from '../model/usage.ts'
import type { AttemptRecord, Claim } from '../store/store.ts'
import type { Attempt } from './attempt.ts'

/** Tokens, and cost in USD. */
export interface Spending { tokens: number; cost: number }

const nothing: Spending = { tokens: 0, cost: 0 }

/** What earlier attempts of the phase spent since its last allowance. Unknown usage counts as nothing. */
export async function spentBefore({ engine, claim }: Pick<Attempt, 'engine' | 'claim'>): Promise<Spending> {
  if (claim.number === 1) return nothing
  return sumBefore(claim, await engine.store.attempts({ run: claim.run.id, phase: claim.phase.id }))
}

/**
 * Of a session only, for each one gives an allowance; and within it as far back as charged attempts count, for `requeue` gives one too.
 * The claim itself is charged already.
 */
export function sumBefore(claim: Claim, attempts: readonly AttemptRecord[]): Spending {
  const earlier = attempts.filter((one) => one.number < claim.number && one.session === claim.session).sort((left, right) => right.number - left.number)
  let counted = claim.phase.charged - 1
  let sum = nothing
  for (const { charged, usage } of earlier) {
    if (charged && counted-- === 0) break
    sum = { tokens: sum.tokens + (totalTokens(usage) ?? 0), cost: sum.cost + (usage === 'unknown' ? 0 : (usage.cost ?? 0)) }
  }
  return sum
}

/** Says which cap is passed by an attempt that has spent so much, or undefined. Unknown usage passes none. */
export function overBudget(usage: Usage, before: Spending, { rules, remaining }: Pick<Attempt['request'], 'rules' | 'remaining'>): string | undefined {
  if (usage === 'unknown') return undefined
  const tokens = totalTokens(usage) ?? 0
  const cost = usage.cost ?? 0
  if (tokens > rules.maxTokens.attempt) return `${tokens} tokens in one attempt, more than maxTokens.attempt ${rules.maxTokens.attempt}`
  if (cost > rules.maxCost.attempt) return `${dollars(cost)} in one attempt, more than maxCost.attempt ${dollars(rules.maxCost.attempt)}`
  if (tokens + before.tokens > rules.maxTokens.phase) return `${tokens + before.tokens} tokens in all attempts of the phase, more than maxTokens.phase ${rules.maxTokens.phase}`
  if (cost + before.cost > rules.maxCost.phase) return `${dollars(cost + before.cost)} in all attempts of the phase, more than maxCost.phase ${dollars(rules.maxCost.phase)}`
  if (tokens > remaining.tokens) return `${tokens} tokens, more than the ${remaining.tokens} that maxTokens.drain leaves`
  if (cost > remaining.cost) return `${dollars(cost)}, more than the ${dollars(remaining.cost)} that maxCost.drain leaves`
  return undefined
}

/** Says which cap of the phase its earlier attempts have used up, so that no builder needs to be started; or undefined. */
export function usedUp(before: Spending, { rules }: Pick<Attempt['request'], 'rules'>): string | undefined {
  if (before.tokens >= rules.maxTokens.phase) return `earlier attempts spent ${before.tokens} tokens of maxTokens.phase ${rules.maxTokens.phase}`
  if (before.cost >= rules.maxCost.phase && before.cost > 0) return `earlier attempts spent ${dollars(before.cost)} of maxCost.phase ${dollars(rules.maxCost.phase)}`
  return undefined
}

const dollars = (cost: number): string => `$${cost.toFixed(2)}`
