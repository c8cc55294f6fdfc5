import { z } from 'zod'

/** A command as an argument list, run without a shell. */
export const argvSchema = z
  .array(z.string(), { error: 'expected a list such as ["npm", "test"]; for a shell line write { shell: "…" }' })
  .min(1, { error: 'the argument list is empty: name a program, for example ["npm", "test"]' })
  .refine((argv) => argv[0] !== '', { error: 'the program name is empty' })

/** A command: an argument list run without a shell, or `{ shell }` for a line that `sh -c` interprets. */
export const commandSchema = z.union([argvSchema, z.strictObject({ shell: z.string().min(1) })], {
  error: (issue) =>
    Array.isArray(issue.input) && issue.input.length === 0
      ? 'the argument list is empty: name a program, for example ["npm", "test"]'
      : 'expected an argument list such as ["npm", "test"], or { shell: "npm test" }',
})
export type Command = z.infer<typeof commandSchema>
