import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { ChangedFile } from '../workspace/index.ts'
import { tell, type Attempt } from './attempt.ts'
import { deliverablesSummary, validateDeliverables } from './deliverables.ts'
import { draftDeliverables } from './deliverables-draft.ts'
import { end, fail, next, type Step } from './ending.ts'
import type { ResolvedPaths, Roots } from './paths.ts'
import { patternHead } from './pattern-head.ts'
import type { ReviewRequest } from './review-request.ts'
import type { SettledStubs } from './stubs.ts'

export interface Delivered {
  /** Reviews that plugins asked for: the phase waits for a person once its checks are green. */
  requests: readonly ReviewRequest[]
  /** Every deliverable was there before: a phase that changes nothing may still be right. */
  mayBeEmpty: boolean
}

/** Judges the deliverables on the candidate tree, by the core first and then by the taps of `validateDeliverables`. */
export async function checkDeliverables(
  attempt: Attempt,
  request: { tree: string; paths: ResolvedPaths; roots: Roots; changed: readonly ChangedFile[]; stubs: SettledStubs },
): Promise<Step<Delivered>> {
  const { engine, claim } = attempt
  const { paths, roots } = request
  const onDisk = (relative: string) => path.join(roots.repositoryRoot, relative)
  const report = await validateDeliverables({
    deliverables: paths.deliverables, scope: paths.scope.write, changed: request.changed, stubs: request.stubs,
    files: await filesOf(attempt, request.tree, [...paths.deliverables.map((one) => one.relative), ...paths.scope.write]),
    read: (relative) => readFile(onDisk(relative), 'utf8'),
    onDisk: (relative) => lstat(onDisk(relative)).then(() => true, () => false),
  })
  let plugin = ''
  const draft = draftDeliverables(report, () => plugin)
  const outcome = await engine.hooks.call(
    'validateDeliverables',
    // With its getters, so that a tap sees what those before it said.
    Object.defineProperties({ run: claim.run.id, phase: claim.phase.spec, attempt: claim.number, attemptId: claim.attemptId, ...roots }, Object.getOwnPropertyDescriptors(draft.event)) as never,
    { signal: attempt.signal, onTap: (name) => void (plugin = name) },
  )
  if (outcome.type === 'cancelled') return end({ type: 'interrupted', reason: 'stopped' })
  if (outcome.type === 'failed') return fail({ stage: 'deliverables', class: 'plugin_error', message: outcome.problem.message, problems: [outcome.problem] })
  const result = draft.result()
  attempt.yield.deliverables = result.deliverables.filter((one) => one.satisfied && one.touched).length
  const summary = deliverablesSummary(result)
  if (result.deliverables.length > 0) tell(attempt, { type: 'progress', line: summary })
  if (result.problems.length > 0) return fail({ stage: 'deliverables', class: 'deliverables_validation_failed', message: summary, problems: result.problems })
  for (const one of result.deliverables) if (one.existedBefore && !one.touched) attempt.warnings.push(`deliverable ${one.raw} existed before and was not touched`)
  return next({ requests: result.reviews, mayBeEmpty: result.deliverables.length > 0 && result.deliverables.every((one) => one.satisfied) })
}

/** Files of the candidate tree at and below some paths; a glob is listed from its folder on. Nothing is listed where nothing is named. */
async function filesOf(attempt: Attempt, tree: string, named: readonly string[]): Promise<string[]> {
  if (named.length === 0) return []
  const heads = [...new Set(named.map(patternHead))]
  return await attempt.workspace!.filesAt(tree, heads.includes('') ? [] : heads)
}
