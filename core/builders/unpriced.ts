import type { AvailabilityContext } from '../model/builder.ts'
import { priceOf } from '../telemetry/prices.ts'

/** What is wrong with the price of a model, for an agent that tells no cost. Undefined where nothing is, and where the agent chooses its model itself. */
export function unpriced(agent: string, { model, cost }: { model?: string; cost?: string }, { prices }: Pick<AvailabilityContext, 'prices'>): { reason: string; fix: string } | undefined {
  if (model === undefined || cost === 'unknown' || priceOf(model, prices)) return undefined
  return {
    reason: `${agent} tells no cost, and there is no price for the model ${model}`,
    fix: `add it to \`prices\` in the config: { '${model}': { input: 1.25, output: 10 } }, in dollars for a million tokens; or set cost: 'unknown' for the builder`,
  }
}
