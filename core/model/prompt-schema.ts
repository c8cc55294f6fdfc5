import { z } from 'zod'
import { promptSections } from './prompt.ts'

/** Something that was left out of a prompt for want of room. */
const promptCutSchema = z.object({ section: z.enum(promptSections), what: z.string(), tokens: z.number().int().nonnegative() })
export type PromptCut = z.infer<typeof promptCutSchema>

/** How large a prompt is, by the estimate of `core/context/tokens.ts`, and what it does not hold, the least relevant first. */
export const promptFactsSchema = z.object({ tokens: z.number().int().nonnegative(), maxTokens: z.number().int().positive(), cut: z.array(promptCutSchema) })
export type PromptFacts = z.infer<typeof promptFactsSchema>
