import { z } from 'zod'
import { blameSchema } from './failure.ts'

const toldCommitSchema = z.strictObject({ commit: z.string(), subject: z.string(), author: z.string(), phase: z.string().nullable().meta({ description: 'Of a commit that a phase made.' }) })

/** A file that the run and the target both changed, in ways that do not go together. */
export const landConflictSchema = z.strictObject({
  path: z.string(),
  kind: z.string().meta({ description: 'As git calls it: contents, modify/delete, add/add, …; empty where it says nothing.' }),
  ours: z.array(toldCommitSchema).meta({ description: 'Commits of the run that changed it.' }),
  theirs: z.array(toldCommitSchema).meta({ description: 'Commits of the target that the run does not have.' }),
})
export type LandConflict = z.infer<typeof landConflictSchema>

export const landOutcomes = ['landed', 'pushed', 'up-to-date', 'planned', 'conflict', 'checks-failed', 'interrupted'] as const

/** `autopack land RUN --json`, and what a landing leaves as `landing.json`. */
export const landOutputSchema = z.strictObject({
  run: z.string(),
  branch: z.string().meta({ description: 'Of the run.' }),
  target: z.string(),
  outcome: z.enum(landOutcomes).meta({ description: 'planned: what a dry run would do.' }),
  strategy: z.enum(['fast-forward', 'rebase', 'merge']).nullable(),
  from: z.string().meta({ description: 'Commit of the target before.' }),
  to: z.string().nullable().meta({ description: 'Commit of the target afterwards; null where there is none.' }),
  commits: z.array(z.strictObject({ commit: z.string(), was: z.string().nullable().meta({ description: "On the run's branch before, if it was written anew." }), phase: z.string().nullable(), subject: z.string() })),
  checks: z.array(z.strictObject({ name: z.string(), phase: z.string().nullable().meta({ description: 'Whose acceptance it is; null: a check of the project.' }), verdict: z.enum(['passed', 'blocked', 'planned']), reason: z.string() })),
  failure: z.strictObject({ class: z.string(), fingerprint: z.string(), title: z.string(), blame: blameSchema, evidence: z.array(z.string()), log: z.string().nullable() }).nullable(),
  conflicts: z.array(landConflictSchema),
  checkout: z.strictObject({ folder: z.string(), updated: z.boolean() }).nullable().meta({ description: 'Where the target is checked out.' }),
  request: z.strictObject({ remote: z.string(), url: z.string().nullable(), opened: z.boolean() }).nullable().meta({ description: 'With --pr: where it was pushed, and the request, or where one opens it.' }),
  resolvePhase: z.string().nullable().meta({ description: 'With --resolve: the phase that was added.' }),
  partial: z.array(z.string()).meta({ description: 'With --partial: the phases that are not there yet.' }),
  warnings: z.array(z.string()),
  dir: z.string().nullable(),
  next: z.array(z.strictObject({ command: z.string(), why: z.string() })),
})
export type LandOutput = z.infer<typeof landOutputSchema>
