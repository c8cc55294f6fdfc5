import { z } from 'zod'

/** What a crash, or somebody's hand, may leave behind. */
export const repairKinds = [
  'open-attempt', 'open-draft', 'dead-lease', 'stuck-phase', 'unrecorded-commit', 'missing-folder', 'gone-worktree', 'stray-ref', 'open-session', 'half-written', 'dead-lock', 'open-repair', 'stale-queue',
] as const
export type RepairKind = (typeof repairKinds)[number]

/** One thing that is not as it should be. `change` is null where nothing can be changed safely, and `fix` says what a person may do. */
export const repairFindingSchema = z.strictObject({
  kind: z.enum(repairKinds),
  /** What it is about: `run/phase`, a ref, a session, a path. */
  subject: z.string(),
  problem: z.string(),
  change: z.string().nullable(),
  fix: z.string().nullable(),
  before: z.record(z.string(), z.unknown()),
  after: z.record(z.string(), z.unknown()).nullable(),
})
export const repairOutcomes = ['shown', 'declined', 'repaired', 'gone', 'failed'] as const
export const repairReportSchema = z.strictObject({
  ...repairFindingSchema.shape,
  outcome: z.enum(repairOutcomes).meta({ description: 'gone: it was no longer so when it came to be changed.' }),
  message: z.string().nullable(),
})
export type RepairReport = z.infer<typeof repairReportSchema>

/** What is to be done; each verifies once more that things are still as they were found. */
export type RepairAction =
  | { type: 'end-attempt'; attemptId: string }
  | { type: 'end-draft'; id: string }
  | { type: 'free-lease'; run: string; attemptId: string }
  | { type: 'settle-phase'; run: string; phase: string; from: 'QUEUED' | 'EXECUTING' | 'FAILED'; to: 'QUEUED' | 'COMPLETE'; commit?: string; attemptId?: string; overruled?: string }
  | { type: 'make-folder'; run: string }
  | { type: 'forget-worktree'; path: string }
  | { type: 'delete-ref'; ref: string; commit: string }
  | { type: 'end-session'; id: string }
  | { type: 'remove-file'; path: string }
  | { type: 'remove-lock'; path: string }
  | { type: 'end-repair'; repair: string; kind: string; subject: string }

export interface RepairFinding extends z.infer<typeof repairFindingSchema> {
  action?: RepairAction
}
