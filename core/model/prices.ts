import { z } from 'zod'

const dollars = z.number().nonnegative()

/** What a model costs: US dollars for a million tokens of each kind. */
export const modelPriceSchema = z.strictObject({
  input: dollars.meta({ description: 'Input that was not read from a cache.' }),
  output: dollars.meta({ description: 'Output, reasoning included.' }),
  cachedInput: dollars.optional().meta({ description: 'Input read from a cache. Default: as other input.' }),
  cacheWrite: dollars.optional().meta({ description: 'Input written to a cache. Default: as other input.' }),
})
export type ModelPrice = z.infer<typeof modelPriceSchema>

/** By the model's name, as the builder tells it. */
export type Prices = Readonly<Record<string, ModelPrice>>
