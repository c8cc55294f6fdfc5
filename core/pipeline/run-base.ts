import { runBranchLostError, runBranchStrangeError } from '../errors.ts'
import type { RunRecord } from '../store/store.ts'
import { branchTip, branchTipTrailers, countAhead, holdsAll, isBranchAt, resolveBase, trailerValues } from '../workspace/index.ts'
import type { Engine } from './engine.ts'

export interface RunBase {
  commit: string
  tree: string
  /** `branch`: the run's branch, with what the run has done; `ref`: the base ref as it is now. */
  from: 'branch' | 'ref'
  /** Where the run's branch is; undefined when there is none. */
  tip: string | undefined
  /** How many commits at the branch's tip somebody else made. */
  strange: number
}

type BranchContext = Pick<Engine, 'config' | 'layout' | 'repository' | 'store'> & Partial<Pick<Engine, 'tips'>>

/** What `baseOf` throws when the branch is not what the store knows. */
export const branchErrors: ReadonlySet<string> = new Set(['run-branch-lost', 'run-branch-strange'])

/** The branch that holds the work of a run. */
export function branchOf(engine: Pick<Engine, 'config' | 'layout'>, run: Pick<RunRecord, 'key'>): string {
  return `autopack/${engine.layout.keyFor(engine.config.project)}/${run.key}`
}

/**
 * The commit that an attempt starts from: the run's branch once it holds a COMPLETE phase, before that the base ref as it is now.
 * Throws UserError when the branch has lost work that the store knows, or holds work that it does not know and nothing else holds.
 */
export async function baseOf(engine: BranchContext, run: Pick<RunRecord, 'id' | 'key' | 'baseRef'>): Promise<RunBase> {
  const { repository, store } = engine
  const branch = branchOf(engine, run)
  // Its own last commit, which lies on a base that was looked at then: all that follows would say so.
  const made = engine.tips?.get(run.id)
  if (made && isBranchAt(repository, branch, made.commit)) return { ...made, from: 'branch', tip: made.commit, strange: 0 }
  const tip = await branchTip(repository, branch)
  if (made && made.commit === tip) return { ...made, from: 'branch', tip, strange: 0 }
  const complete = (await store.phases({ run: run.id, states: ['COMPLETE'] })).filter((phase) => phase.commit !== undefined)
  const commits = complete.map((phase) => phase.commit!)
  if (commits.length === 0) return await baseWithoutWork(engine, run, branch, tip)
  if (tip === undefined) {
    const base = await resolveBase(repository, run.baseRef)
    // Merged, and the branch deleted: the work is in the base.
    if (await holdsAll(repository, base.commit, commits)) return { ...base, from: 'ref', tip, strange: 0 }
    throw runBranchLostError(branch, undefined, commits.at(-1)!, complete.at(-1)!.id)
  }
  if (!(await holdsAll(repository, tip, commits)) && !(await holdsRewritten(engine, run.id, tip))) throw runBranchLostError(branch, tip, commits.at(-1)!, complete.at(-1)!.id)
  const strange = commits.includes(tip) || (await branchTipTrailers(repository, branch))?.trailers['Autopack-Attempt'] !== undefined ? 0 : await strangers(engine, tip, commits)
  return { ...(await resolveBase(repository, tip)), from: 'branch', tip, strange }
}

/** Nothing of the run is done: what lies on its branch is not its work, unless a crash kept it from being put on record. */
async function baseWithoutWork(engine: BranchContext, run: Pick<RunRecord, 'baseRef'>, branch: string, tip: string | undefined): Promise<RunBase> {
  const { repository, store } = engine
  const base = await resolveBase(repository, run.baseRef)
  if (tip === undefined) return { ...base, from: 'ref', tip, strange: 0 }
  const attempt = (await branchTipTrailers(repository, branch))?.trailers['Autopack-Attempt']
  if (attempt !== undefined && (await store.attempts({ id: attempt })).length > 0) return { ...(await resolveBase(repository, tip)), from: 'branch', tip, strange: 0 }
  if (await holdsAll(repository, base.commit, [tip])) return { ...base, from: 'ref', tip, strange: 0 }
  throw runBranchStrangeError(branch, tip, await countAhead(repository, tip, base.commit))
}

/** Whether the branch was rewritten and still holds a commit of every attempt that completed a phase. */
async function holdsRewritten(engine: BranchContext, run: string, tip: string): Promise<boolean> {
  const attempts = (await engine.store.attempts({ run })).filter((attempt) => attempt.outcome === 'complete')
  const found = await trailerValues(engine.repository, tip, 'Autopack-Attempt')
  return attempts.every((attempt) => found.has(attempt.id))
}

/** Commits on top of ours. */
async function strangers(engine: BranchContext, tip: string, commits: readonly string[]): Promise<number> {
  const ahead = await Promise.all(commits.map((commit) => countAhead(engine.repository, tip, commit).catch(() => Number.POSITIVE_INFINITY)))
  const least = Math.min(...ahead)
  return Number.isFinite(least) ? least : 0
}
