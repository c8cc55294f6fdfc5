import type { DrainRules } from '../model/drain.ts'
import type { EventBody } from '../model/events.ts'
import { unpricedPart, type Usage } from '../model/usage.ts'

/** Tells once in a drain, and once more for another model, that tokens have no price: budgets by cost see less of them than was spent. */
export function createUnpricedNotice(emit: (event: EventBody) => void, { assumedCostPerAttempt }: Pick<DrainRules, 'assumedCostPerAttempt'>): (attempt: { run: string; phase: string; usage: Usage }) => void {
  const told = new Set<string>()
  return ({ run, phase, usage }) => {
    const part = unpricedPart(usage)
    if (!part) return
    const names = part.models.length > 0 ? part.models : ['']
    if (names.every((name) => told.has(name))) return
    for (const name of names) told.add(name)
    const what = part.models.length > 0 ? `the model${part.models.length > 1 ? 's' : ''} ${part.models.join(', ')}` : 'the tokens that its builder tells'
    emit({
      type: 'notice', level: 'warning', run, phase,
      message: `there is no price for ${what}: budgets by cost count what else such an attempt costs, and at least $${assumedCostPerAttempt} (assumedCostPerAttempt); ${part.models.length > 0 ? 'add it to `prices` in the config' : 'let it tell its cost or its model'}`,
    })
  }
}
