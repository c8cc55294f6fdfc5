import path from 'node:path'
import { UserError } from '../errors.ts'
import { deliverablePaths } from '../model/plan.ts'
import { createPathResolver, type AcquireRequest, type Workspace } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { planChecks } from './checks.ts'
import type { ResolvedPaths } from './paths.ts'

type Places = NonNullable<AcquireRequest['sparse']>

/**
 * What of the repository lies on disk for a phase; undefined where all of it does. The paths of the plan are read by the core's resolver alone: a plugin that
 * reads them in another way may want to look into the worktree, and has its answers added by `widenTo`.
 */
export async function sparsePlaces({ engine, claim, merge }: Attempt, base: string): Promise<Places | undefined> {
  const { config, repository } = engine
  if (!config.workspace.sparse) return undefined
  const { spec } = claim.phase
  const { prefix } = repository
  const resolver = createPathResolver({ repository, base })
  const [write, readOnly, deliverables] = [spec.scope.paths, spec.scope.readOnly, deliverablePaths(spec)]
  await resolver.prepare([...write, ...readOnly, ...deliverables])
  const resolved = async (raws: readonly string[]) => {
    const found: string[] = []
    for (const raw of raws) {
      try {
        found.push(await resolver.resolve(raw))
      } catch (error) {
        // The stage `scope` says what is wrong with it.
        if (!(error instanceof UserError)) throw error
      }
    }
    return found
  }
  const folders = planChecks(config, spec).flatMap((check) => (check.spec.cwd === undefined ? [] : readings(check.spec.cwd, prefix)))
  return {
    folders: [prefix, ...folders],
    within: [...(write.length > 0 ? await resolved(write) : [prefix]), ...(await resolved(deliverables)), ...(merge?.files ?? [])],
    also: [...(await resolved(readOnly)), ...config.workspace.sparse.also.flatMap((one) => readings(one, prefix))],
  }
}

/** Has on disk what plugins say that the paths of the plan mean. */
export async function widenTo(workspace: Workspace, { scope, deliverables }: ResolvedPaths): Promise<void> {
  await workspace.widen({ within: [...scope.write, ...deliverables.map((one) => one.relative)], also: scope.readOnly })
}

/** Relative to the project root and to the repository: what is not there costs nothing. */
export function readings(raw: string, prefix: string): string[] {
  return [...new Set([path.posix.join(prefix, raw), ...(/^\.(?:\/|$)/.test(raw) ? [] : [path.posix.normalize(raw)])])].filter((one) => !one.startsWith('..') && !one.startsWith('/'))
}
