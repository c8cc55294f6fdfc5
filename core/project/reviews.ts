import path from 'node:path'
import { phaseUnknownError, reviewInvalidError, reviewNotCarriedOutError, runUnknownError } from '../errors.ts'
import { fingerprintOf } from '../failure/index.ts'
import type { RunLayout } from '../layout/layout.ts'
import { hasReviewCommand } from '../model/command-text.ts'
import type { Emit } from '../model/events.ts'
import type { Classification } from '../model/failure.ts'
import { iso } from '../model/iso.ts'
import type { PhaseReview, PhaseReviews, ReviewDecisionRequest, ReviewOutcome, ReviewPlace } from '../model/review.ts'
import { nearest } from '../nearest.ts'
import type { Engine } from '../pipeline/engine.ts'
import { executePhase } from '../pipeline/execute.ts'
import { reviewRef } from '../pipeline/review-ref.ts'
import { readReviewRequests } from '../pipeline/review-request.ts'
import { branchOf } from '../pipeline/run-base.ts'
import { writeSummary } from '../pipeline/summary.ts'
import { isAlive } from '../process/owner.ts'
import type { PhaseRecord, ReviewRecord, RunRecord, Store } from '../store/store.ts'
import { createEngine } from './engine.ts'
import type { ProjectParts } from './parts.ts'

/** The reviews of a project, with what plugins asked of each. */
export async function listReviews({ store, layout }: Pick<ProjectParts, 'store' | 'layout'>, filter: Parameters<PhaseReviews['reviews']>[0] = {}): Promise<PhaseReview[]> {
  const found = await store.reviews(filter)
  // Asked at the end of each drain, and most projects have none.
  if (found.length === 0) return []
  const runs = new Map((await store.runs({ ids: [...new Set(found.map((review) => review.run))] })).map((run) => [run.id, run]))
  const reviews: PhaseReview[] = []
  for (const review of found) {
    const run = runs.get(review.run)
    const phase = await store.phase(review.run, review.phase)
    if (run && phase) reviews.push(await describe(layout, run, phase, review))
  }
  return reviews
}

async function describe(layout: RunLayout, run: RunRecord, phase: PhaseRecord, review: ReviewRecord): Promise<PhaseReview> {
  const { decision } = review
  return {
    ...placeOf(layout, run, phase, review.attempt),
    run: run.id, phase: phase.id, attempt: review.attempt, goal: phase.spec.goal, kind: phase.spec.kind, state: phase.state, commit: review.commit, requestedAt: iso(review.requestedAt),
    requests: await readReviewRequests(layout.run(run).phase(phase).attempt(review.attempt).review),
    ...(decision && { decision: { ...decision, at: iso(decision.at) } }),
  }
}

/** Where the files of a review lie. Throws UserError for an unknown run or phase. */
export async function reviewPlace({ store, layout }: Pick<ProjectParts, 'store' | 'layout'>, attempt: { run: string; phase: string; attempt: number }): Promise<ReviewPlace> {
  const { run, phase } = await find(store, attempt)
  return placeOf(layout, run, phase, attempt.attempt)
}

function placeOf(layout: RunLayout, run: RunRecord, phase: PhaseRecord, attempt: number): ReviewPlace {
  const file = layout.run(run).review(`${phase.key}-${attempt}`)
  return { dir: path.dirname(file), id: path.basename(file, '.json') }
}

/**
 * Decides a phase in REVIEW. The decision is one transaction, and everything after it can be done again: an approved phase is QUEUED and keeps its commit, and
 * its next attempt, here or in the next run, takes that over in the place of a build. Throws UserError.
 */
export async function decideReview(parts: ProjectParts, request: ReviewDecisionRequest, options: { emit: Emit; signal: AbortSignal }): Promise<ReviewOutcome> {
  checkRequest(request)
  const { store } = parts
  const { decision, by, comments = '' } = request
  const { run, phase } = await find(store, request)
  const engine = createEngine(parts, options.emit)
  const waiting = (await store.reviews({ run: run.id, phase: phase.id })).at(-1)
  // What was paid for stays reachable, whatever is decided; the ref of the review itself is the next review's.
  const kept = waiting && `refs/autopack/kept/${branchOf(engine, run).replace(/^autopack\//, '')}/${waiting.commit}`
  if (waiting && !waiting.decision) await updateRef(engine, [kept!, waiting.commit])
  const outcome = await store.decideReview({
    run: run.id, phase: phase.id, decision, by: engine.redact(by), comments: engine.redact(comments),
    ...(decision === 'reject' && { classification: rejection(run, phase, engine.redact(by), engine.redact(comments)) }),
  })
  if (outcome.type === 'not-waiting') return outcome
  if (outcome.type === 'already-decided') {
    const { type, by: first, at } = outcome.review.decision!
    return { type: 'already-decided', state: outcome.state, decision: type, by: first, at: iso(at) }
  }
  // Another review may have taken its place: then it stays.
  await updateRef(engine, ['-d', reviewRef(engine, { run, phase }), outcome.review.commit], true)
  if (decision === 'approve') return await carryOut(engine, run, phase, options.signal)
  await writeSummary(store, engine.layout, run.id, branchOf(engine, run), hasReviewCommand(engine.config))
  const title = decision === 'reject' ? (await store.phase(run.id, phase.id))?.title : undefined
  return { type: 'decided', state: outcome.state, ...(title !== undefined && { class: 'review_rejected', title }) }
}

/** Takes the approved work over now. Where somebody else works on the run, they do, or whoever works on it next. */
async function carryOut(engine: Engine, run: RunRecord, phase: PhaseRecord, signal: AbortSignal): Promise<ReviewOutcome> {
  const orphans = await engine.store.orphans((owner) => isAlive(engine.runtime, owner))
  // What its builder did has to be saved, and what is left of it ended, before anybody works in its worktree: a run does that first.
  if (orphans.some((orphan) => orphan.run === run.id)) return { type: 'decided', state: 'QUEUED', reason: 'a crash left an attempt of the run open, which the next run ends first' }
  const unlimited = { tokens: Number.POSITIVE_INFINITY, cost: Number.POSITIVE_INFINITY }
  const result = await executePhase(engine, { run: run.id, phase: phase.id, requeueFailed: false, session: 'review', rules: engine.config.drain, remaining: unlimited, signal })
  await engine.summaries.flush()
  switch (result.type) {
    case 'infrastructure': throw reviewNotCarriedOutError(run.id, phase.id, result.message)
    case 'not-claimed': case 'builder-paused': return { type: 'decided', state: 'QUEUED', reason: result.reason }
    case 'ended': {
      const { state, commit, classification, reason } = result
      return {
        type: 'decided', state, ...(commit !== undefined && { commit }), ...(classification && { class: classification.class, title: classification.title }),
        ...(reason !== undefined && { reason }),
      }
    }
  }
}

async function updateRef({ repository }: Engine, args: readonly string[], quietly = false): Promise<void> {
  await repository.git({ cwd: repository.root, gitDir: repository.commonDir, args: ['update-ref', ...args], ...(quietly && { allow: [0, 1, 128] }) })
}

/** What a rejected phase fails with: so its next attempt, if there is one, reads why. */
function rejection(run: RunRecord, phase: PhaseRecord, by: string, comments: string): Classification {
  const failureClass = 'review_rejected'
  const [first = ''] = comments.trim().split('\n')
  return {
    class: failureClass, fingerprint: fingerprintOf({ class: failureClass, tool: 'review', template: `${run.family}/${phase.id}` }), confidence: 'high', blame: 'phase',
    title: `rejected by ${by}${first === '' ? '' : `: ${first}`}`, evidence: comments.trim() === '' ? [] : comments.trim().split('\n'), action: { type: 'fail' }, classifier: 'review',
  }
}

async function find(store: Store, of: { run: string; phase: string }): Promise<{ run: RunRecord; phase: PhaseRecord }> {
  const runs = await store.runs()
  const run = runs.find((one) => one.id === of.run)
  if (!run) throw runUnknownError(of.run, nearest(of.run, runs.map((one) => one.id)), runs.map((one) => one.id))
  const phase = await store.phase(run.id, of.phase)
  if (phase) return { run, phase }
  const known = (await store.phases({ run: run.id })).map((one) => one.id)
  throw phaseUnknownError(run.id, of.phase, nearest(of.phase, known), known)
}

function checkRequest({ decision, by, comments }: ReviewDecisionRequest): void {
  if (!['approve', 'reject', 'more'].includes(decision)) throw reviewInvalidError('the verdict', decision, 'decide with approve, reject or more')
  if (typeof by !== 'string' || by.trim() === '') throw reviewInvalidError('by', by, 'say who decides')
  if (comments !== undefined && typeof comments !== 'string') throw reviewInvalidError('the comments', comments, 'write them as a text')
}
