import type { AttemptPaths } from '../layout/run-paths.ts'
import type { Builder } from '../model/builder.ts'
import type { PhaseCheck } from '../model/plugin.ts'
import type { Receipt } from '../model/receipt.ts'
import type { Attempt } from './attempt.ts'
import type { PlannedCheck } from './checks.ts'
import type { Roots } from './paths.ts'

/** The environment of everything that runs for an attempt: the allow-listed variables, and what names the attempt. */
export function attemptEnvironment(attempt: Attempt, roots: Roots, builder?: Builder): { env: Record<string, string>; withheld: string[] } {
  const { claim, engine, paths } = attempt
  const { env, withheld } = engine.environment(builder)
  return {
    withheld,
    env: {
      ...env,
      ...namesOfAttempt({ run: claim.run.id, phase: claim.phase.id, attempt: claim.number, attemptId: claim.attemptId }, paths, roots.repositoryRoot),
    },
  }
}

/** The variables that name an attempt, its folder and its worktree. */
export function namesOfAttempt(attempt: Pick<Receipt, 'run' | 'phase' | 'attempt' | 'attemptId'>, paths: Pick<AttemptPaths, 'dir' | 'prompt' | 'usage' | 'summary'>, workspace: string): Record<string, string> {
  return {
    AUTOPACK_RUN: attempt.run,
    AUTOPACK_PHASE: attempt.phase,
    AUTOPACK_ATTEMPT: String(attempt.attempt),
    AUTOPACK_ATTEMPT_ID: attempt.attemptId,
    AUTOPACK_PROMPT_FILE: paths.prompt,
    AUTOPACK_ATTEMPT_DIR: paths.dir,
    AUTOPACK_WORKSPACE: workspace,
    AUTOPACK_USAGE_FILE: paths.usage,
    AUTOPACK_SUMMARY_FILE: paths.summary,
  }
}

/** A check as plugins see it. */
export function phaseCheck(attempt: Attempt, { spec, argv }: PlannedCheck, roots: Roots): PhaseCheck {
  const cwd = (spec.cwd ?? '').replace(/^\.\/?|\/$/g, '')
  return { name: spec.name, argv, cwd, env: { ...attemptEnvironment(attempt, roots).env, ...spec.env } }
}
