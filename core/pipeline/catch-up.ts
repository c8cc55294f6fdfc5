import type { Problem } from '../model/failure.ts'
import type { PhaseResult } from '../model/phase-result.ts'
import { commitsBetween, mergeCommits, writeCommit, type ConflictedFile } from '../workspace/index.ts'
import { inStage, tell, type Attempt } from './attempt.ts'
import { madeSince, type MadeBeside, type RunAtWork } from './beside.ts'
import { stopReason } from './build.ts'
import { commitCandidate, type CommitHow } from './commit.ts'
import { end, fail, next, type Step } from './ending.ts'
import type { Candidate } from './judge.ts'

/**
 * Commits a candidate that was judged good. Where others of the run were committed meanwhile, its change is first merged with theirs and judged anew, for two changes
 * that are good by themselves can be bad together. One attempt of a run at a time does this, so that the branch does not move on again while checks run.
 */
export async function commitBeside(attempt: Attempt, candidate: Candidate, how: CommitHow, judgeAnew: (merged: Candidate) => Promise<Step<undefined>>): Promise<Step<PhaseResult>> {
  const { beside } = attempt
  const commit = async (tree: string) => await inStage(attempt, 'commit', () => commitCandidate(attempt, tree, how))
  // What is to be reviewed goes to a ref of its own, as it was made; whoever approves it has it brought to the tip.
  if (!beside || (how.requests?.length ?? 0) > 0) return await commit(candidate.tree)
  return await inTurn(attempt, beside, async () => {
    const meanwhile = madeSince(beside, attempt.workspace!.base)
    if (meanwhile.length === 0) return await commit(candidate.tree)
    const merged = await inStage(attempt, 'commit', () => mergeWith(attempt, candidate, meanwhile), `merged with ${namesOf(meanwhile)}, checked again`)
    if (merged.type === 'end') return merged
    const judged = await judgeAnew(merged.value)
    if (judged.type === 'end') {
      if (judged.ending.type === 'failed' && judged.ending.failure.stage !== 'baseline') attempt.together = phasesOf(meanwhile)
      return judged
    }
    if (attempt.signal.aborted) return end({ type: 'interrupted', reason: stopReason(attempt.signal) })
    return await commit(merged.value.tree)
  })
}

/** A stop does not wait for another's checks. */
async function inTurn(attempt: Attempt, beside: RunAtWork, work: () => Promise<Step<PhaseResult>>): Promise<Step<PhaseResult>> {
  const { signal } = attempt
  const stopped = Promise.withResolvers<Step<PhaseResult>>()
  const interrupted = () => end({ type: 'interrupted', reason: stopReason(signal) })
  const stop = () => stopped.resolve(interrupted())
  signal.addEventListener('abort', stop, { once: true })
  if (beside.bringing !== undefined) tell(attempt, { type: 'progress', line: `waits until ${beside.bringing} is on the branch` })
  const done = beside.committing(async () => {
    signal.removeEventListener('abort', stop)
    if (signal.aborted) return interrupted()
    beside.bringing = attempt.claim.phase.id
    try {
      return await work()
    } finally {
      beside.bringing = undefined
    }
  })
  return await Promise.race([done, stopped.promise])
}

/** Takes the candidate's change over to the tip of the branch: three sides, no worktree. From then on the attempt is one at that tip. */
async function mergeWith(attempt: Attempt, candidate: Candidate, meanwhile: readonly MadeBeside[]): Promise<Step<Candidate>> {
  const { engine, claim } = attempt
  const { repository, store } = engine
  const workspace = attempt.workspace!
  const alone = { base: { commit: workspace.base, tree: workspace.baseTree }, tree: candidate.tree }
  const tip = meanwhile.at(-1)!
  await attempt.saving
  const own = await writeCommit(repository, { tree: candidate.tree, parent: workspace.base, message: `${claim.phase.id}: as it was made`, trailers: {} })
  const merged = await mergeCommits(repository, tip.commit, own)
  if (merged.type === 'conflict') return await conflictOf(attempt, merged.files, meanwhile)
  const changed = await workspace.diffTrees(tip.tree, merged.tree)
  // Git may carry a change over to a file that another phase has moved: no scope was asked about that one.
  const made = new Set(candidate.changed.map((file) => file.path))
  const carried = changed.filter((file) => !made.has(file.path))
  if (carried.length > 0) return await conflictOf(attempt, carried.map((file) => ({ path: file.path, kind: 'rename' })), meanwhile)

  await workspace.goOnFrom({ commit: tip.commit, tree: tip.tree }, { tree: merged.tree, changed })
  // On disk is what this phase needs: what it is judged together with belongs there too.
  if (workspace.sparseKey !== '') await workspace.widen({ within: (await workspace.diffTrees(alone.base.tree, tip.tree)).map((file) => file.path), also: [] })
  attempt.alone = alone
  attempt.candidate = { tree: merged.tree, files: changed.length, changed }
  await store.setBase(claim, tip.commit, workspace.path, 'commit')
  attempt.saving = workspace.savePatch(attempt.paths.changesPatch)
  attempt.saving.catch(() => undefined)
  // The verdict is that on the merge.
  attempt.checks.length = 0
  Object.assign(attempt.yield, { testsFixed: 0, testsBroken: 0 })
  return next({ tree: merged.tree, changed })
}

async function conflictOf(attempt: Attempt, files: readonly ConflictedFile[], meanwhile: readonly MadeBeside[]): Promise<Step<never>> {
  const { workspace, engine, claim } = attempt
  const problems: Problem[] = []
  for (const { path: file, kind } of files) {
    const theirs = await commitsBetween(engine.repository, workspace!.base, meanwhile.at(-1)!.commit, file)
    const others = [...new Set(theirs.flatMap((commit) => commit.phase ?? []))]
    problems.push({ code: 'conflict', path: file, message: `${file} was changed by ${claim.phase.id} and by ${others.length > 0 ? others.join(', ') : namesOf(meanwhile)}, which was committed first${kind === '' ? '' : ` (${kind})`}` })
  }
  const where = files.length > 0 ? ` in ${files.map((file) => file.path).join(', ')}` : ''
  return fail({ stage: 'commit', class: 'patch_failed', message: `it conflicts with ${namesOf(meanwhile)}, committed while it was at work${where}`, problems })
}

const phasesOf = (made: readonly MadeBeside[]): string[] => [...new Set(made.map(({ phase }) => phase))]
const namesOf = (made: readonly MadeBeside[]): string => phasesOf(made).join(', ')
