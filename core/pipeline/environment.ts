import type { Builder } from '../model/builder.ts'
import type { PhaseCheck } from '../model/plugin.ts'
import type { Attempt } from './attempt.ts'
import type { PlannedCheck } from './checks.ts'
import type { Roots } from './paths.ts'
import path from 'node:path'

/** The environment of everything that runs for an attempt: the allow-listed variables, and what names the attempt. */
export function attemptEnvironment(attempt: Attempt, roots: Roots, builder?: Builder): { env: Record<string, string>; withheld: string[] } {
  const { claim, engine, paths } = attempt
  const { env, withheld } = engine.environment(builder)
  return {
    withheld,
    env: {
      ...env,
      AUTOPACK_RUN: claim.run.id,
      AUTOPACK_PHASE: claim.phase.id,
      AUTOPACK_ATTEMPT: String(claim.number),
      AUTOPACK_ATTEMPT_ID: claim.attemptId,
      AUTOPACK_PROMPT_FILE: paths.prompt,
      AUTOPACK_ATTEMPT_DIR: paths.dir,
      AUTOPACK_WORKSPACE: roots.repositoryRoot,
      AUTOPACK_USAGE_FILE: path.join(paths.dir, 'usage.jsonl'),
    },
  }
}

/** A check as plugins see it. */
export function phaseCheck(attempt: Attempt, { spec, argv }: PlannedCheck, roots: Roots): PhaseCheck {
  const cwd = (spec.cwd ?? '').replace(/^\.\/?|\/$/g, '')
  return { name: spec.name, argv, cwd, env: { ...attemptEnvironment(attempt, roots).env, ...spec.env } }
}
