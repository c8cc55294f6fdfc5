import { landCheckoutRefusedError } from '../../errors.ts'
import type { Engine } from '../../pipeline/engine.ts'
import type { LandingMove, LandingRecord } from '../../store/landing-record.ts'
import { branchTip, checkoutsOf, fastForwardCheckout, fenceOf, holdsAll, moveRefs, raiseFence, refuseCheckedOut, removeWorktree, BranchMovedError, type RefMove } from '../../workspace/index.ts'
import { isAlive } from '../../process/owner.ts'
import { attemptVariable } from '../../process/tree.ts'
import { clearAway, outlive } from './after-crash.ts'
import { endSurvivors } from '../survivors.ts'

/** The worktree in which a landing's checks run; no run key starts with an `@`. */
export const landingKey = (id: string): string => `@land-${id}`

/** In the environment of the gits that move something: whoever comes after a crash waits for them. */
const moveMark = (id: string): string => `${id}-move`
const markOf = (id: string): Record<string, string> => ({ [attemptVariable]: moveMark(id) })

/** Thrown where the target has moved since it was looked at: everything begins anew. */
export class TargetMoved extends Error {
  constructor(message: string) { super(message); this.name = 'TargetMoved' }
}

/**
 * Moves the target, and the run's branch with it, from where they were looked at: both, or none. In a checkout git does it, as for a person who types it.
 * The run's old tip stays below `refs/autopack/kept/`. The store is asked right before, and git for the landing's fence.
 */
export async function moveTarget({ repository, store }: Engine, landing: LandingRecord, move: LandingMove, checkout: string | undefined): Promise<void> {
  const { target, to } = move
  await store.assertLanding(landing)
  if (checkout === undefined) {
    // Somebody may have come to be on the branch while the checks ran.
    if ((await checkoutsOf(repository, target.branch)).length > 0) throw new TargetMoved(`${target.branch} was checked out meanwhile`)
    await moveTogether(repository, landing, [{ ref: `refs/heads/${target.branch}`, to, from: target.from }, ...ofRun(move)])
    return
  }
  if ((await branchTip(repository, target.branch)) !== target.from) throw new TargetMoved(`${target.branch} was moved meanwhile`)
  const moved = await fastForwardCheckout(repository, checkout, to, markOf(landing.id))
  if (moved.type === 'refused') {
    if ((await branchTip(repository, target.branch)) !== target.from) throw new TargetMoved(`${target.branch} was moved meanwhile`)
    throw landCheckoutRefusedError(target.branch, checkout, moved.reason)
  }
  await moveTogether(repository, landing, ofRun(move))
}

/** Moves the run's branch alone: before it is pushed. */
export async function moveBranchOfRun({ repository, store }: Engine, landing: LandingRecord, move: LandingMove): Promise<void> {
  await store.assertLanding(landing)
  await moveTogether(repository, landing, ofRun(move))
}

function ofRun({ branch, to }: LandingMove): RefMove[] {
  if (branch.from === to) return []
  return [
    { ref: `refs/autopack/kept/${branch.name.replace(/^autopack\//, '')}/${branch.from}`, to: branch.from },
    { ref: `refs/heads/${branch.name}`, to, from: branch.from },
  ]
}

/** Whoever was stopped after the store was asked, and is woken up when somebody else has ended the landing, meets its fence. */
async function moveTogether(repository: Engine['repository'], landing: Pick<LandingRecord, 'id'> & { by?: string }, moves: readonly RefMove[]): Promise<void> {
  if (moves.length === 0) return
  await moveRefs(repository, moves, { reason: 'land a run', fence: fenceOf(landing.by ?? landing.id), env: markOf(landing.id) }).catch((error: unknown) => {
    throw error instanceof BranchMovedError ? new TargetMoved(error.message) : error
  })
}

/** The run's branch is ours alone to move, unless somebody has it checked out. */
export async function refuseOnBranch({ repository }: Engine, branch: string): Promise<void> {
  await refuseCheckedOut(repository, branch, '')
}

/**
 * Ends landings that a crash left open: as landed, where the target has what was to come there, else as abandoned. Their checks are ended first; the run's
 * branch follows where it had not yet.
 */
export async function recoverLandings(engine: Engine): Promise<LandingRecord[]> {
  const { store, repository, runtime, owner, leaseSeconds } = engine
  const ended: LandingRecord[] = []
  for (const open of await store.landings({ open: true })) {
    const landing = await store.takeOverLanding(open.id, owner, leaseSeconds)
    if (!landing) continue
    // Before anything is looked at: what lives on of it may be about to move its target, and its checks may hold what is cleaned up.
    if (open.owner.host === owner.host) {
      await outlive(engine, moveMark(open.id))
      await endSurvivors(engine, open)
    }
    await removeWorktree(repository, engine.worktrees.worktree({ key: landingKey(open.id) }), engine.worktrees.indexFile(landingKey(open.id))).catch(() => undefined)
    const { move } = landing
    // One that only slept may be about to move them, and so may a git of one that died.
    if (move) await raiseFence(repository, open.id, move.target.from)
    if (move && open.owner.host === owner.host && !isAlive(runtime, open.owner)) await clearAway(engine, landing, move)
    const arrived = move !== undefined && (await holdsTip(repository, move))
    if (arrived) await moveTogether(repository, { id: open.id, by: `${open.id}-${landing.token}` }, ofRun(move)).catch((error: unknown) => { if (!(error instanceof TargetMoved)) throw error })
    const rewritten = move !== undefined && (await branchTip(repository, move.branch.name)) === move.to
    const outcome = arrived ? 'landed' : 'abandoned'
    await store.finishLanding(landing, { outcome, json: null, ...(rewritten && { commits: move.commits, ...baseOf(move) }) })
    engine.emit({ type: 'notice', level: arrived ? 'info' : 'warning', run: landing.run, message: `a landing of ${landing.run} was left open by a crash: ${arrived ? `it had reached ${move.target.branch}` : 'nothing of it had reached its target'}` })
    ended.push({ ...landing, outcome })
  }
  return ended
}

/** What is written anew stands on the target as it was. */
const baseOf = ({ commits, target }: LandingMove): { base?: string } => (commits.some(([old, now]) => old !== now) ? { base: target.from } : {})

async function holdsTip(repository: Engine['repository'], { target, to }: LandingMove): Promise<boolean> {
  const tip = await branchTip(repository, target.branch)
  return tip !== undefined && (await holdsAll(repository, tip, [to]))
}
