import { z } from 'zod'
import { sizeSchema } from './size-schema.ts'

const positiveInteger = z.number().int().positive()
const perScope = (description: string) =>
  z.strictObject({ attempt: z.number().positive().optional(), phase: z.number().positive().optional(), drain: z.number().positive().optional() }).meta({ description })

/** The rules of a drain. Every one has a default in `drainDefaults`; a flag of the same name in kebab case wins over the config. */
export const drainRulesSchema = z.strictObject({
  batchSize: positiveInteger.optional().meta({ description: 'How many phases a drain takes; a run takes all of the named runs. Default 30.' }),
  phaseTimeoutSeconds: positiveInteger.optional().meta({ description: 'Wall-clock limit of a builder, unless the phase names its own. Default 900.' }),
  idleTimeoutSeconds: positiveInteger.optional().meta({ description: 'A builder that prints nothing for this long is ended. Default: no limit of its own.' }),
  maxAttemptsPerPhase: positiveInteger.optional().meta({ description: 'Charged attempts of a phase since its last allowance. Default 2.' }),
  absoluteAttemptCap: positiveInteger.optional().meta({ description: 'Charged attempts of a phase in all; only requeue lifts it. Default 10.' }),
  maxFingerprintRepeats: positiveInteger.optional().meta({ description: 'Distinct phases with one fingerprint before its bucket opens; failures of one phase with it in a row before it has one attempt in a drain. Default 3.' }),
  maxTimeoutsPerRun: positiveInteger.optional().meta({ description: 'Timeouts of one run before the drain leaves it alone. Default 2.' }),
  maxTotalMinutes: z.number().positive().optional().meta({ description: 'Wall-clock limit of a drain, paused time not counted: ends what is at work, and begins nothing that takes longer than what is left. Default: none.' }),
  maxZeroYield: positiveInteger.optional().meta({ description: 'Consecutive attempts that brought nothing. Default: none.' }),
  maxTokens: perScope('Tokens per attempt, phase and drain. Default 2 M, 4 M, 20 M.').optional(),
  maxCost: perScope('US dollars per attempt, phase and drain. Default 5, 10, 50.').optional(),
  assumedTokensPerAttempt: positiveInteger.optional().meta({ description: 'What an attempt counts against maxTokens whose builder does not tell its tokens: unknown is never 0. Default 50 k.' }),
  assumedCostPerAttempt: z.number().positive().optional().meta({ description: 'The same against maxCost, in US dollars.' }),
  maxPauseMinutes: z.number().positive().optional().meta({ description: 'Waiting for usage limits, for phases that were put off and for the probes of other drains, in all. Default 360.' }),
  parallel: positiveInteger.optional().meta({ description: 'Runs executed at once. Default 1.' }),
  phaseParallelism: positiveInteger.optional().meta({ description: 'Phases of one run executed at once, where none needs the other and their scopes do not overlap, each in a worktree of its own; what is done is merged and checked again. Default 1.' }),
  maxLoad: z.number().positive().optional().meta({ description: "While something is at work, nothing is begun beside it with a higher load: the system's average of the last minute, for each processor. Default: none." }),
  minFreeMemory: sizeSchema.optional().meta({ description: 'The same with less memory than this free: a size such as "2GB". Default: none.' }),
  skipRunsWithQueued: z.boolean().optional().meta({ description: 'Leave failed phases alone while their run has queued ones that can be executed. Default true.' }),
  stopOnFirstFailure: z.boolean().optional().meta({ description: 'End the drain at the first failed phase. Default false.' }),
})
export type DrainRulesInput = z.infer<typeof drainRulesSchema>
