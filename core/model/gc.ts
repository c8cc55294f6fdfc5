import { z } from 'zod'

/** What `gc` looks after. */
export const gcKinds = ['worktree', 'orphan', 'leftover', 'quarantine', 'setup-cache', 'baselines', 'artifacts', 'session', 'branch', 'kept-ref', 'fence'] as const

export const gcItemSchema = z.strictObject({
  kind: z.enum(gcKinds),
  subject: z.string().meta({ description: 'A run, an attempt, a ref, or the name of a folder.' }),
  place: z.string().meta({ description: 'A path, or a ref.' }),
  bytes: z.number().int().meta({ description: 'On the disk; of a ref 0.' }),
  reason: z.string().meta({ description: 'Why it is not needed any more, or why it stays.' }),
  outcome: z.enum(['planned', 'removed', 'kept', 'failed']),
  force: z.boolean().meta({ description: 'Only --force takes it: its work is nowhere else.' }),
  bundle: z.string().nullable().meta({ description: 'Where its commits were put first.' }),
  message: z.string().nullable(),
})

/** `autopack gc --json`. */
export const gcOutputSchema = z.strictObject({
  project: z.string(),
  dryRun: z.boolean(),
  items: z.array(gcItemSchema),
  freedBytes: z.number().int().meta({ description: 'Of a dry run: what would be.' }),
  keptBytes: z.number().int(),
  free: z.number().int().nullable().meta({ description: 'On the disk of the runs directory, afterwards.' }),
})
export type GcItem = z.infer<typeof gcItemSchema>
export type GcOutput = z.infer<typeof gcOutputSchema>
