import { z } from 'zod'
import { commandSchema } from './command.ts'
import { durationSchema } from './duration-schema.ts'
import { identifierSchema } from './identifier-schema.ts'
import { type BuilderName, type CheckFormatName, namedBy } from './names.ts'

/** How a check counts: by its delta against the tree the phase starts from, or by itself. */
export const againstSchema = z.enum(['baseline', 'none'])

/** A command whose verdict counts: tests, lint, build. */
export const checkSpecSchema = z.strictObject({
  name: identifierSchema.meta({ description: 'Unique among the checks of a phase; the name of its log and report files.' }),
  run: commandSchema.meta({ description: 'The command. Placeholders: {report} {files} {exclude} {tests} {run} {phase} {attempt} {workspace}.' }),
  format: namedBy<CheckFormatName>(z.string().min(1)).default('exit-code').meta({ description: 'Result format: exit-code, junit, tap, pytest, or one that a plugin provides.' }),
  timeout: durationSchema.optional().meta({ description: 'Wall-clock limit of one execution. Default 10m.' }),
  against: againstSchema.optional().meta({ description: 'baseline: judged by its delta (default for project checks). none: must pass (default for phase checks).' }),
  rerun: commandSchema.optional().meta({ description: 'How to run single tests again, with {tests}. Without it the whole check runs again.' }),
  report: z.string().min(1).optional().meta({ description: 'Where the tool writes its report if not to {report}: a path or glob relative to the working directory.' }),
  cwd: z.string().min(1).optional().meta({ description: 'Working directory relative to the project root. Default: the project root.' }),
  env: z.record(z.string(), z.string()).optional().meta({ description: 'Environment variables set for this check.' }),
  unaffectedBy: z.array(z.string().min(1)).optional().meta({ description: 'Folders relative to the project root: a phase whose whole write scope lies in them runs without this check. For checks of the project. Default: every phase runs it.' }),
})
export type CheckSpec = z.infer<typeof checkSpecSchema>

export const deliverableCategories = ['code', 'tests', 'docs', 'config', 'scripts'] as const
export const deliverablesSchema = z.union(
  [z.array(z.string().min(1)), z.partialRecord(z.enum(deliverableCategories), z.array(z.string().min(1)))],
  { error: `expected a list of paths, or lists by category (${deliverableCategories.join(', ')})` },
)

export const scopeSchema = z.strictObject({
  paths: z.array(z.string().min(1)).default([]).meta({ description: 'What the builder may change: files, folders (ending in /) or globs. Empty: the whole project.' }),
  readOnly: z.array(z.string().min(1)).default([]).meta({ description: 'What the builder may read for context and must not change.' }),
})

export const phaseKindSchema = z.enum(['build', 'research'])

/** The unit of work. */
export const phaseSpecSchema = z.strictObject({
  id: identifierSchema.meta({ description: 'Unique within the run.' }),
  goal: z.string().min(1).meta({ description: 'What is to be done, in words for the builder.' }),
  scope: scopeSchema.default({ paths: [], readOnly: [] }).meta({ description: 'What may be changed, and what is there to be read.' }),
  deliverables: deliverablesSchema.default([]).meta({ description: 'Files that must exist afterwards; an entry ending in / is satisfied by any file below it.' }),
  checks: z.array(checkSpecSchema).default([]).meta({ description: 'The acceptance of this phase, besides the checks of the project.' }),
  needs: z.array(identifierSchema).default([]).meta({ description: 'Phases of the same run that must be COMPLETE or SKIPPED first.' }),
  kind: phaseKindSchema.default('build').meta({ description: 'build: changes the project. research: finds out; its result may go to review.' }),
  timeout: durationSchema.optional().meta({ description: 'Wall-clock limit of the builder. Default: drain.phaseTimeoutSeconds.' }),
  builder: namedBy<BuilderName>(z.string().min(1)).optional().meta({ description: 'Name of a builder from the config. Default: the builder of the config.' }),
  merge: z.string().min(1).optional().meta({ description: "A branch, tag or commit that is merged into the run's branch first: files in conflict hold both sides, marked as git marks them, and are this phase's to resolve. `autopack land --resolve` adds such a phase." }),
  repairs: z.array(identifierSchema).default([]).meta({ description: 'Names of checks that are broken on the base and that this phase is there to mend.' }),
})
export type PhaseSpec = z.infer<typeof phaseSpecSchema>

/** A file that describes one run. */
export const planSchema = z.strictObject({
  id: identifierSchema.meta({ description: 'The id of the run.' }),
  goal: z.string().min(1).optional().meta({ description: 'What the whole run is for.' }),
  base: z.string().min(1).default('HEAD').meta({ description: 'Branch, tag or commit that the run starts from.' }),
  rebase: z.boolean().default(false).meta({ description: "Bring the run's branch up to date with the base before each of its phases, as `run --rebase` does." }),
  ordered: z.boolean().default(false).meta({ description: 'Each phase needs the one before it.' }),
  phases: z.array(phaseSpecSchema).min(1, { error: 'a plan needs at least one phase' }).meta({ description: 'The units of work, in the order in which they are taken.' }),
})
export type Plan = z.infer<typeof planSchema>
export type PlanInput = z.input<typeof planSchema>

/** All deliverable paths of a phase as one list, in order of appearance. */
export function deliverablePaths(phase: Pick<PhaseSpec, 'deliverables'>): string[] {
  return Array.isArray(phase.deliverables) ? phase.deliverables : Object.values(phase.deliverables).flat()
}
