import { existsSync } from 'node:fs'
import { phaseName } from '../model/bucket.ts'
import type { Attempt } from './attempt.ts'
import { end, type Step } from './ending.ts'

/**
 * How an attempt ends whose worktree is not there any more; undefined where it is. Nobody can say who deleted it: most likely somebody who tidied
 * up a cache folder, and the agent in it failed for that. Who works where it is deleted once more in this drain is taken for the one who does it.
 */
export function worktreeGone({ engine, claim, workspace, stage }: Attempt): Extract<Step<never>, { type: 'end' }> | undefined {
  const name = phaseName(claim.run.id, claim.phase.id)
  if (!workspace || existsSync(workspace.path) || engine.goneWorktrees.has(name)) return undefined
  engine.goneWorktrees.add(name)
  const who = stage === 'build' ? 'while the builder worked' : 'under way'
  return end({ type: 'worktree-gone', reason: `the worktree ${workspace.path} was deleted ${who}: it is made again, and nothing is charged` })
}
