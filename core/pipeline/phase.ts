import { existsSync } from 'node:fs'
import path from 'node:path'
import type { PhaseResult } from '../model/phase-result.ts'
import { createPathResolver, type Workspace, type WriteScope } from '../workspace/index.ts'
import { findApproved, pickApproved, type Approved } from './approved.ts'
import { inStage, tell, type Attempt } from './attempt.ts'
import { takeBaseline, type Baseline } from './baseline.ts'
import { callBeforePhase } from './before-phase.ts'
import { build, stopReason } from './build.ts'
import { builderOf } from './builder-of.ts'
import { affectedChecks, planChecks, withArguments, type PlannedCheck } from './checks.ts'
import { commitBeside } from './catch-up.ts'
import { commitCandidate, type CommitHow } from './commit.ts'
import { conclude } from './conclude.ts'
import { misplacedOutside } from './deliverables.ts'
import { checkDeliverables } from './deliverables-stage.ts'
import { end, fail, type Step } from './ending.ts'
import { judge, type Candidate } from './judge.ts'
import { keptByOthers } from './kept-by-others.ts'
import { refuseMarkers } from './merge-base.ts'
import { createResolve, resolvePhasePaths, type ResolvedPaths, type Roots } from './paths.ts'
import { writePrompt } from './prompt.ts'
import { noteSkipped } from './skipped.ts'
import { widenTo } from './sparse.ts'
import { worktreeGone } from './worktree-gone.ts'
import { endOfSetup } from './workspace-stage.ts'
import { placeStubs, settlePlaced } from './stub-stage.ts'

const tapsBeforeBuild = ['beforePhase', 'resolvePath'] as const

/**
 * The way of a phase from its claim to the verdict, on a workspace that is ready:
 * scope, beforePhase, baseline, stubs, build, guard, deliverables, checks, commit. Whatever ends it is put on record.
 */
export async function runPhase(attempt: Attempt, workspace: Workspace): Promise<PhaseResult> {
  const roots: Roots = { projectRoot: workspace.projectDir, repositoryRoot: workspace.path }
  const planned = planChecks(attempt.engine.config, attempt.claim.phase.spec)
  const step = await wayOf(attempt, workspace, roots, planned)
  if (step.type === 'next') return step.value
  // What fails in a folder that is gone says nothing of the phase.
  const gone = step.ending.type === 'failed' && step.ending.failure.class !== 'budget_exhausted' ? worktreeGone(attempt) : undefined
  return await conclude(attempt, gone?.ending ?? step.ending, roots, planned)
}

async function wayOf(attempt: Attempt, workspace: Workspace, roots: Roots, all: readonly PlannedCheck[]): Promise<Step<PhaseResult>> {
  const { engine, claim } = attempt
  const phase = claim.phase.spec
  const found = await findApproved(attempt)
  if (found.type === 'end') return found
  const approved = found.value
  // The branch is where it was when the work was judged: there is nothing to ask anew.
  if (approved?.base === workspace.base) return await takeOver(attempt, approved)

  const writes = engine.hooks.writes(tapsBeforeBuild)
  const resolver = createPathResolver({ repository: engine.repository, base: workspace.base, read: workspace.baseEntries })
  const resolve = createResolve(engine, resolver, roots, attempt.signal)

  const resolved = await inStage(attempt, 'scope', () => resolvePhasePaths(phase, resolve))
  if (resolved.type === 'end') return resolved
  const paths = resolved.value
  await widenTo(workspace, paths)
  const { checks: planned, leftOut } = affectedChecks(all, phase, paths.scope.write, engine.repository.prefix)
  if (leftOut.length > 0) tell(attempt, { type: 'progress', line: `left out, for the phase cannot affect them: ${leftOut.join(', ')}` })

  const prepared = await inStage(attempt, 'before-phase', () =>
    callBeforePhase(attempt, phase, { paths, roots, resolve, checks: planned, exists: (relative) => existsSync(path.join(roots.repositoryRoot, relative)) || workspace.absent([relative.replace(/\/+$/, '')]).length > 0 }))
  if (prepared.type === 'end') return prepared
  const preparations = prepared.value
  const { checks, unknown } = withArguments(planned, preparations.checkArguments)
  for (const name of unknown) attempt.warnings.push(`a plugin gave arguments for a check ${JSON.stringify(name)}, which does not exist`)
  for (const request of preparations.checkArguments) noteSkipped(attempt, request)

  const based = await inStage(attempt, 'baseline', () => takeBaseline(attempt, checks, paths, roots))
  if (based.type === 'end') return based
  const baseline = based.value

  if (approved) {
    const picked = await inStage(attempt, 'guard', () => pickApproved(attempt, approved))
    if (picked.type === 'end') return picked
    return await judgeAndCommit(attempt, baseline, checks, picked.value, paths, roots, { approvedBy: approved.by })
  }

  // Both sides go together by themselves: there is nothing to ask a builder.
  if (attempt.merge?.files.length === 0) return await judgeAndCommit(attempt, baseline, checks, { tree: workspace.baseTree, changed: await workspace.diffTrees(attempt.merge.tree, workspace.baseTree) }, paths, roots, {})

  const builder = builderOf(engine, phase)
  if (builder.type === 'end') return builder
  // What a plugin wrote into the worktree by itself is not the builder's.
  if (writes === undefined || engine.hooks.writes(tapsBeforeBuild) !== writes) workspace.touched()
  await workspace.materialise(workspace.baseTree)
  const placed = await inStage(attempt, 'stubs', () => placeStubs(attempt, preparations, resolve, roots))
  if (placed.type === 'end') return placed
  const prompted = await writePrompt(attempt, builder.value, paths, preparations, baseline, placed.value)
  if (prompted.type === 'end') return prompted

  await workspace.beforeBuild(attempt.paths.sharedGit, await keptByOthers(engine, { file: attempt.paths.sharedGit, attemptId: attempt.claim.attemptId }))
  const built = await inStage(attempt, 'build', () => build(attempt, builder.value, roots, placed.value.paths.map((stub) => path.join(roots.repositoryRoot, stub.path))), builder.value.name)
  // Whatever the builder did: no stub of ours is in the patch that is kept.
  const settled = await settlePlaced(placed.value)
  if (built.type === 'end') return built
  const gone = worktreeGone(attempt)
  if (gone) return gone

  const scope: WriteScope = { write: paths.scope.write, readOnly: paths.scope.readOnly, protect: engine.protect }
  const guarded = await inStage(attempt, 'guard', () => workspace.guard(scope))
  if (guarded.type === 'violation') {
    const [first] = guarded.problems
    const more = guarded.problems.length > 1 ? ` and ${guarded.problems.length - 1} more` : ''
    const misplaced = await misplacedOutside(paths.deliverables, guarded.problems, async (relative) => existsSync(path.join(roots.repositoryRoot, relative)))
    const message = `${first?.message ?? 'the builder changed what it may not'}${more}${misplaced.map((problem) => `; ${problem.message}`).join('')}`
    return fail({ stage: 'guard', class: 'scope_violation', message, problems: [...guarded.problems, ...misplaced] })
  }
  attempt.candidate = { tree: guarded.tree, files: guarded.changed.length, changed: guarded.changed }
  // Before the checks put other trees into the worktree: whatever happens from here on, what was paid for is kept.
  // It needs not be on the disk before a check starts: the commit waits for that, or what ends the attempt.
  attempt.saving = workspace.savePatch(attempt.paths.changesPatch, { sync: false })
  // Awaited before the first check is started, and where the attempt ends.
  attempt.saving.catch(() => undefined)

  const unmarked = await refuseMarkers(attempt, guarded.tree)
  if (unmarked.type === 'end') return unmarked
  const delivered = await inStage(attempt, 'deliverables', () => checkDeliverables(attempt, { tree: guarded.tree, paths, roots, changed: guarded.changed, stubs: settled }))
  if (delivered.type === 'end') return delivered
  if (guarded.changed.length === 0 && !delivered.value.mayBeEmpty)
    return fail({ stage: 'guard', class: 'builder_no_change', message: `builder ${builder.value.name} ended without changing anything`, logPath: attempt.paths.builderLog })

  return await judgeAndCommit(attempt, baseline, checks, guarded, paths, roots, { requests: delivered.value.requests })
}

/** An approved tree as it is, on the commit on which it was judged. */
async function takeOver(attempt: Attempt, approved: Approved): Promise<Step<PhaseResult>> {
  const picked = await pickApproved(attempt, approved)
  return picked.type === 'end' ? picked : await inStage(attempt, 'commit', () => commitCandidate(attempt, picked.value.tree, { approvedBy: approved.by }))
}

async function judgeAndCommit(attempt: Attempt, baseline: Baseline, checks: readonly PlannedCheck[], candidate: Candidate, paths: ResolvedPaths, roots: Roots, how: CommitHow): Promise<Step<PhaseResult>> {
  const judged = await inStage(attempt, 'checks', () => judgeTree(attempt, baseline, candidate, paths, roots))
  if (judged.type === 'end') return judged
  if (attempt.signal.aborted) return end({ type: 'interrupted', reason: stopReason(attempt.signal) })

  return await commitBeside(attempt, candidate, how, async (merged) => {
    const based = await inStage(attempt, 'baseline', async () => {
      const workspace = attempt.workspace!
      // What is kept of a tree is kept with its setup, which the tip may have changed.
      return await workspace.materialise(workspace.baseTree).then(() => takeBaseline(attempt, checks, paths, roots)).catch((error: unknown) => endOfSetup(attempt, error, { stage: 'baseline', charged: true }))
    })
    return based.type === 'end' ? based : await inStage(attempt, 'checks', () => judgeTree(attempt, based.value, merged, paths, roots))
  })
}

async function judgeTree(attempt: Attempt, baseline: Baseline, { tree, changed }: Candidate, paths: ResolvedPaths, roots: Roots): Promise<Step<undefined>> {
  // A builder may have changed what setup reads, a lock file say, so that its tree cannot be set up.
  return await judge(attempt, baseline, { tree, changed }, paths, roots).catch((error: unknown) => endOfSetup(attempt, error, { stage: 'checks', charged: true }))
}
