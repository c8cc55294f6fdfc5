import { z } from 'zod'

const text = (what: string) => z.string({ error: `expected ${what}` }).trim().min(1, { error: `expected ${what}, not an empty text` })
const share = z.number({ error: 'expected a number from 0 to 1' }).min(0, { error: 'expected a number from 0 to 1' }).max(1, { error: 'expected a number from 0 to 1' })

const item = (what: string) =>
  z.union([
    text(`a ${what}`),
    z.strictObject({
      title: text(`the ${what} in a sentence`),
      detail: z.string().optional().meta({ description: 'Anything more: Markdown.' }),
      sources: z.array(text('a source')).optional().meta({ description: 'Addresses, or files of the project.' }),
      confidence: share.optional().meta({ description: 'Of this one, from 0 to 1.' }),
    }),
  ])

/** The findings file: what a phase of kind `research` delivers. */
export const findingsSchema = z.strictObject({
  $schema: z.string().optional(),
  summary: text('a text').optional().meta({ description: 'What came out, in a few sentences.' }),
  confidence: share.meta({ description: 'How sure the whole is, from 0 (a guess) to 1 (proven).' }),
  findings: z.array(item('finding'), { error: 'expected a list of findings' }).meta({ description: 'What was found out; a text, or an object with a title.' }),
  recommendations: z.array(item('recommendation'), { error: 'expected a list of recommendations' }).meta({ description: 'What to do about it.' }),
  questions: z.array(text('a question')).optional().meta({ description: 'What is still open.' }),
})
