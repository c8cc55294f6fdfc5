import pLimit from 'p-limit'
import type { Claim, ClaimResult } from '../store/store.ts'
import type { SharedBranch } from '../workspace/index.ts'
import type { RunBase } from './run-base.ts'

/** Lets one in after the other, in the order in which they came. */
export type Turns = <Value>(work: () => Promise<Value>) => Promise<Value>

/** A commit that was put on the run's branch while others of the run were at work. */
export interface MadeBeside { commit: string; tree: string; phase: string }

/** What the attempts of one run share that this process executes beside each other: one holding of the run's lease. */
export interface RunAtWork {
  /** Ids of the attempts that were claimed and are not through. */
  readonly attempts: Set<string>
  /** What each of them starts from, once that is known. */
  readonly bases: Map<string, RunBase>
  /** The worktree that each of them has. */
  readonly places: Map<string, string>
  /** In order. */
  readonly made: MadeBeside[]
  /** Where the run's branch is; undefined while there is none. */
  tip: string | undefined
  /** The branch is moved, bases are found, and candidates brought to the tip and committed, by one of them at a time. */
  readonly moving: Turns
  readonly opening: Turns
  readonly committing: Turns
  /** The phase whose turn it is to be committed. */
  bringing: string | undefined
  /** A check runs on one tree once, and whoever else wants to know waits for it: by the key of its result. */
  onTree<Value>(key: string, work: () => Promise<Value>): Promise<Value>
}

/** The runs of which this process executes several phases at once. */
export interface Beside {
  /** Claims for one run one after the other; `claim` is given the attempts that this process executes of it. What was claimed is at work until it leaves. */
  claim(run: string, claim: (beside: readonly string[]) => Promise<ClaimResult>): Promise<ClaimResult>
  of(claim: Claim): RunAtWork
  leave(claim: Claim): void
}

export function createBeside(): Beside {
  const claiming = new Map<string, Turns>()
  const atWork = new Map<string, RunAtWork>()
  // A holding that was lost has another token than the next one, and nothing in common with it.
  const keyOf = ({ run, fencingToken }: Claim): string => JSON.stringify([run.id, fencingToken])
  const latest = new Map<string, RunAtWork>()
  return {
    async claim(run, claim) {
      if (!claiming.has(run)) claiming.set(run, createTurns())
      return await claiming.get(run)!(async () => {
        const claimed = await claim([...(latest.get(run)?.attempts ?? [])])
        if (claimed.type !== 'claimed') return claimed
        const key = keyOf(claimed.claim)
        if (!atWork.has(key)) atWork.set(key, newRunAtWork())
        const holding = atWork.get(key)!
        latest.set(run, holding)
        holding.attempts.add(claimed.claim.attemptId)
        return claimed
      })
    },
    of: (claim) => atWork.get(keyOf(claim))!,
    leave(claim) {
      const holding = atWork.get(keyOf(claim))
      holding?.attempts.delete(claim.attemptId)
      holding?.bases.delete(claim.attemptId)
      holding?.places.delete(claim.attemptId)
      if (holding?.attempts.size !== 0) return
      atWork.delete(keyOf(claim))
      if (latest.get(claim.run.id) === holding) latest.delete(claim.run.id)
    },
  }
}

/** `p-limit` is loaded with the queue anyway. */
export const createTurns = (): Turns => pLimit(1)

function newRunAtWork(): RunAtWork {
  const trees = new Map<string, Turns>()
  return {
    onTree(key, work) {
      if (!trees.has(key)) trees.set(key, createTurns())
      return trees.get(key)!(work)
    },
    attempts: new Set(), bases: new Map(), places: new Map(), made: [], tip: undefined, bringing: undefined,
    moving: createTurns(), opening: createTurns(), committing: createTurns(),
  }
}

/** The run's branch as the workspace of one of its phases sees it. */
export function sharedBranch(holding: RunAtWork, phase: string): SharedBranch {
  return {
    get tip() { return holding.tip },
    exclusively: holding.moving,
    moved(made) {
      holding.tip = made.commit
      holding.made.push({ ...made, phase })
    },
  }
}

/** What the run's branch has gained since an attempt that started from `base` looked at it. */
export function madeSince({ made }: RunAtWork, base: string): MadeBeside[] {
  return made.slice(made.findIndex(({ commit }) => commit === base) + 1)
}
