import type { DrainRules } from '../model/drain.ts'
import { totalTokens, type Usage } from '../model/usage.ts'
import type { AttemptRecord, Claim } from '../store/store.ts'
import { addSpending, countedSpending, nothing, type Spending } from '../telemetry/spending.ts'
import type { Attempt } from './attempt.ts'

/** What earlier attempts of the phase spent since its last allowance, with the assumption in the place of what is unknown. */
export async function spentBefore({ engine, claim, request }: Pick<Attempt, 'engine' | 'claim' | 'request'>): Promise<Spending> {
  if (claim.number === 1) return nothing
  return sumBefore(claim, await engine.store.attempts({ run: claim.run.id, phase: claim.phase.id }), request.rules)
}

/**
 * Of a session only, for each one gives an allowance; and within it as far back as charged attempts count, for `requeue` gives one too.
 * The claim itself is charged already.
 */
export function sumBefore(claim: Claim, attempts: readonly AttemptRecord[], rules: DrainRules): Spending {
  const earlier = attempts.filter((one) => one.number < claim.number && one.session === claim.session).sort((left, right) => right.number - left.number)
  let counted = claim.phase.charged - 1
  let sum = nothing
  for (const one of earlier) {
    if (one.charged && counted-- === 0) break
    sum = addSpending(sum, countedSpending(one, rules))
  }
  return sum
}

/** Says which cap is passed by an attempt that has spent so much, or undefined. What is unknown of it passes none: it counts once the attempt has ended. */
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
