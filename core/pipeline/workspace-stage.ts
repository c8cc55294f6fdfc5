import path from 'node:path'
import type { RunRecord } from '../store/store.ts'
import { acquireWorkspace, branchTip, resolveBase, type AcquireRequest, type Workspace } from '../workspace/index.ts'
import { UserError } from '../errors.ts'
import { inStage, type Attempt } from './attempt.ts'
import type { Engine } from './engine.ts'
import { fail, next, type Step } from './ending.ts'
import { attemptEnvironment } from './environment.ts'

/** The branch that holds the work of a run. */
export function branchOf(engine: Pick<Engine, 'config' | 'layout'>, run: Pick<RunRecord, 'key'>): string {
  return `autopack/${engine.layout.keyFor(engine.config.project)}/${run.key}`
}

/** The commit that an attempt starts from: the run's branch once it holds a COMPLETE phase, before that the base ref as it is now. */
export async function baseOf(engine: Engine, run: RunRecord): Promise<{ commit: string; tree: string; from: 'branch' | 'ref' }> {
  const tip = await branchTip(engine.repository, branchOf(engine, run))
  if (tip) {
    const complete = await engine.store.phases({ run: run.id, states: ['COMPLETE'] })
    if (complete.length > 0) return { ...(await resolveBase(engine.repository, tip)), from: 'branch' }
  }
  return { ...(await resolveBase(engine.repository, run.baseRef)), from: 'ref' }
}

/** Opens the run's worktree at the base, set up and clean. A setup that fails ends the phase before anything is spent. */
export async function openWorkspace(attempt: Attempt): Promise<Step<Workspace>> {
  const { engine, claim } = attempt
  const { repository, store, worktrees } = engine
  return await inStage(attempt, 'workspace', async () => {
    const base = await baseOf(engine, claim.run)
    const place = worktrees.worktree(claim.run)
    // What the run starts from stays on record once its branch has grown.
    if (base.from === 'ref') await store.setRunBase(claim.run.id, base.commit)
    await store.setBase(claim, base.commit, place)
    await store.registerWorktree({ path: place, run: claim.run.id, attemptId: claim.attemptId })
    const setup = setupOf(engine, path.join(attempt.paths.dir, 'setup.log'))
    try {
      return next(await acquireWorkspace({
        repository, path: place, branch: branchOf(engine, claim.run), base: base.commit, indexFile: worktrees.indexFile(claim.run.key), exec: engine.exec, signal: attempt.signal,
        env: attemptEnvironment(attempt, { projectRoot: place, repositoryRoot: place }).env, ...(setup && { setup }),
      }))
    } catch (error) {
      if (!(error instanceof UserError) || !setupErrors.has(error.code)) throw error
      return fail({ stage: 'workspace', message: error.message, output: error.fix ?? '' }, false)
    }
  })
}

/** Setup errors are the project's, not the machine's: the phase fails before anything is spent. */
const setupErrors = new Set(['setup-failed', 'setup-escapes', 'setup-folder-missing'])

/** The project's setup as the workspace takes it; undefined where there is none. */
export function setupOf(engine: Engine, logPath: string): AcquireRequest['setup'] {
  const { setup, cache, key } = engine.config.workspace
  return setup.length === 0 ? undefined : { setup, cache, key, dir: (name) => engine.worktrees.setupCache(name), logPath }
}
