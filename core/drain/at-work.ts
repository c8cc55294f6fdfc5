import type { DrainRules } from '../model/drain.ts'
import type { PhaseToExecute } from '../model/phase-result.ts'
import type { Usage } from '../model/usage.ts'
import { addSpending, countedSpending, type Spending } from '../telemetry/spending.ts'

/** What the attempts that are at work have spent, so that all of them together stay within what the drain may spend. */
export class AtWork {
  readonly #rules: DrainRules
  readonly #counted: () => Spending
  readonly #msLeft: (() => number) | undefined
  readonly #spent = new Map<string, Spending>()

  /** `counted`: what the attempts that ended count against the budgets, as of now; `msLeft`: the time that is left, where that is bounded. */
  constructor(rules: DrainRules, counted: () => Spending, msLeft?: () => number) {
    this.#rules = rules
    this.#counted = counted
    this.#msLeft = msLeft
  }

  /** Begins to count an attempt, by the name of its phase. What it may spend is what the drain has left besides the others; looked at again and again. */
  begin(phase: string): { remaining: PhaseToExecute['remaining']; spent(usage: Usage): void } {
    const left = () => this.#left(phase)
    const msLeft = this.#msLeft
    this.#note(phase, 'unknown')
    const remaining = { get tokens() { return left().tokens }, get cost() { return left().cost } }
    return { remaining: msLeft ? Object.defineProperty(remaining, 'ms', { get: msLeft, enumerable: true }) : remaining, spent: (usage) => this.#note(phase, usage) }
  }

  /** It has ended and is counted. */
  end(phase: string): void {
    this.#spent.delete(phase)
  }

  /** Whether one attempt more would have nothing left to spend if those at work spend no more than they have. */
  isSpent(): boolean {
    const { tokens, cost } = this.#left(undefined)
    return this.#spent.size > 0 && (tokens <= 0 || cost <= 0)
  }

  #note(phase: string, usage: Usage): void {
    // What says nothing may spend what one attempt is taken to spend.
    this.#spent.set(phase, countedSpending({ usage, builderReached: true }, this.#rules))
  }

  #left(phase: string | undefined): Spending {
    let sum = this.#counted()
    for (const [other, spending] of this.#spent) if (other !== phase) sum = addSpending(sum, spending)
    return { tokens: this.#rules.maxTokens.drain - sum.tokens, cost: this.#rules.maxCost.drain - sum.cost }
  }
}
