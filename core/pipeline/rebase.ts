import { fenceOf, holdsAll, moveBranch, refuseCheckedOut, replay, resolveBase } from '../workspace/index.ts'
import type { Attempt } from './attempt.ts'
import { fail, next, type Step } from './ending.ts'
import { branchOf, type RunBase } from './run-base.ts'

/**
 * Brings the run's branch up to date with its base ref: its commits are written anew on top of it, and the branch moves with the old value.
 * A conflict fails the phase uncharged and leaves everything as it was. The old tip stays reachable below `refs/autopack/kept/`.
 */
export async function rebaseRun(attempt: Attempt, base: RunBase): Promise<Step<RunBase>> {
  const { engine, claim } = attempt
  const { repository, store } = engine
  const { run } = claim
  const branch = branchOf(engine, run)
  const tip = base.commit
  const onto = await resolveBase(repository, run.baseRef)
  if (await holdsAll(repository, tip, [onto.commit])) return next(base)
  const result = await replay(repository, tip, onto.commit)
  if (result.type !== 'replayed') {
    const why = result.type === 'merge' ? 'it is a merge, which cannot be replayed' : `it conflicts with ${run.baseRef}${result.files.length > 0 ? ` in ${result.files.join(', ')}` : ''}`
    const message = `${branch} cannot be rebased on ${run.baseRef} (${onto.commit.slice(0, 12)}): of ${result.commit.slice(0, 12)} ${JSON.stringify(result.subject)}, ${why}`
    attempt.runBlocked = message
    const problems = result.type === 'merge' ? [] : result.files.map((file) => ({ code: 'conflict', path: file, message: `${file} was changed by the run and by ${run.baseRef}` }))
    return fail({ stage: 'workspace', class: 'patch_failed', message, problems }, false)
  }
  await refuseCheckedOut(repository, branch, '')
  await store.assertCurrent(claim)
  const kept = `refs/autopack/kept/${branch.replace(/^autopack\//, '')}/${tip}`
  await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', kept, tip] })
  await moveBranch(repository, branch, result.tip, tip, { reason: `rebase on ${run.baseRef}`, fence: fenceOf(claim.attemptId) })
  await store.moveCommits(claim, result.commits, onto.commit)
  const count = new Set(result.commits.values()).size
  engine.emit({ type: 'notice', level: 'info', run: run.id, message: `rebased ${count === 1 ? 'a commit' : `${count} commits`} on ${run.baseRef} (${onto.commit.slice(0, 12)}); the old tip is kept as ${kept}` })
  return next({ ...(await resolveBase(repository, result.tip)), from: 'branch', tip: result.tip, strange: 0 })
}
