import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { definePlugin } from '../../core/index.ts'
import type { DeliverablesEvent } from '../../core/index.ts'
import { reviewCommand } from './command.ts'
import { reviewCriteriaSchema } from './criteria.ts'
import { exportReview, syncReviews, workflowIn } from './files.ts'
import { mergeResearch } from './research.ts'
import type { Research } from './research.ts'
import { ReviewDecision } from './result.ts'

export { ReviewCriteria } from './criteria.ts'
export type { Research, ResearchItem } from './research.ts'
export type { ReviewDecisionRecord } from './record.ts'
export { ReviewDecision, ReviewResult } from './result.ts'
export { ResearchReviewWorkflow } from './workflow.ts'
export type { NewReview, ReviewStatus, WorkflowOptions } from './workflow.ts'

/** Options of `researchReview`. All may be left out. */
export const researchReviewOptions = z.strictObject({
  /** Name of the findings file among the deliverables, which may have something in front of it; or a pattern for its path. */
  findings: z.string().trim().min(1, { error: 'expected the name of a file, such as findings.json' }).default('findings.json'),
  /** See ReviewCriteria. */
  criteria: reviewCriteriaSchema.prefault({}),
})

const kinds = { [ReviewDecision.REJECTED]: 'research_rejected', [ReviewDecision.NEEDS_MORE_RESEARCH]: 'needs_more_research' } as const

/**
 * Research is reviewed before anything is built on it: phases of kind `research` wait in REVIEW until somebody decides, or rules do. On by default;
 * `without('researchReview')` removes it.
 */
export const researchReview = definePlugin({
  name: 'researchReview',
  apiVersion: 1,
  options: researchReviewOptions.prefault({}),
  apply(api, options) {
    // Loaded when there is research: every command loads this file.
    const findingsFile = () => import('./findings-file.ts')
    const reviewer = { api, criteria: options.criteria }

    api.hooks.beforePhase.tap(async (event) => {
      if (event.phase.kind !== 'research') return
      const [{ findingsMatcher }, { earlierResearch, howToWrite }] = await Promise.all([findingsFile(), import('./prompt.ts')])
      const file = event.deliverables.find(findingsMatcher(options.findings))
      if (file !== undefined) event.context(howToWrite(file, options.criteria))
      if (event.attempt > 1) {
        const earlier = (await api.phases.reviews({ run: event.run, phase: event.phase.id })).at(-1)
        const block = earlier && earlierResearch(earlier)
        if (block) event.context(block)
      }
    }, { brief: true, readOnly: true })

    api.hooks.validateDeliverables.tap(async (event, { signal }) => {
      if (event.phase.kind !== 'research') return
      const read = await readResearch(event, (await findingsFile()), options.findings, signal)
      // What is not there or not JSON has been told by the core; where anything is wrong the phase fails, and there is nothing to decide.
      if (read.type === 'failed' || event.problems.length > 0) return
      const { research } = read
      const workflow = workflowIn(undefined, options.criteria)
      if (!research || !workflow.canAutoReview(research)) {
        const reason = research ? `${counted(research.findings.length, 'finding')} and ${counted(research.recommendations.length, 'recommendation')} with confidence ${research.confidence}` : 'research without a findings file'
        event.review({ reason, data: { ...(research && { research, suggestion: brief(workflow.autoReview(research)) }) } })
        return
      }
      const place = await api.phases.reviewPlace({ run: event.run, phase: event.phase.id, attempt: event.attempt })
      const kept = workflowIn(place.dir, options.criteria)
      const title = event.phase.goal.trim().split('\n')[0]!
      const id = kept.hasReview(place.id) ? place.id : kept.submitForReview(redacted(research, api.redact), { id: place.id, run: event.run, phase: event.phase.id, attempt: event.attempt, title })
      exportReview(reviewer, { dir: place.dir, id })
      const { decision, comments } = kept.autoReview(research)
      if (decision !== ReviewDecision.APPROVED) event.problem({ code: kinds[decision], message: decision === ReviewDecision.REJECTED ? `the research is rejected: ${comments}` : `more research is needed: ${comments}` })
    }, { brief: true })

    api.hooks.classifyFailure.tap(({ failure, phase }) => {
      const problem = failure.problems.find((one) => one.code === kinds.REJECTED || one.code === kinds.NEEDS_MORE_RESEARCH)
      if (problem === undefined || failure.stage !== 'deliverables' || failure.problems.length > 1) return undefined
      return {
        class: problem.code, title: problem.message, blame: 'phase', confidence: 'high', evidence: [], template: phase.id,
        // What the rules ask for, the next attempt reads in its prompt.
        action: problem.code === kinds.NEEDS_MORE_RESEARCH ? { type: 'retry' } : { type: 'fail' },
      }
    })

    api.hooks.afterDrain.tap(async () => {
      syncReviews(reviewer, await api.phases.reviews())
    })

    api.provide({ commands: [reviewCommand(options.criteria)] })
  },
})

type ReadResearch = { type: 'failed' } | { type: 'read'; research: Research | undefined }

async function readResearch(event: DeliverablesEvent, { findingsMatcher, parseFindings }: typeof import('./findings-file.ts'), name: string, signal: AbortSignal): Promise<ReadResearch> {
  const files = event.deliverables.filter((one) => findingsMatcher(name)(one.relative))
  const found: Research[] = []
  let failed = false
  for (const { relative, satisfied } of files) {
    if (!satisfied) {
      failed = true
      continue
    }
    const parsed = parseFindings(relative, await readFile(path.join(event.repositoryRoot, relative), { encoding: 'utf8', signal }))
    if (parsed.type === 'research') found.push(parsed.research)
    else {
      failed = true
      for (const problem of parsed.problems) event.problem(problem)
    }
  }
  if (failed) return { type: 'failed' }
  return { type: 'read', research: found.length === 0 ? undefined : mergeResearch(found) }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const brief = ({ decision, comments }: { decision: ReviewDecision; comments: string }) => ({ decision, comments })
const redacted = (research: Research, redact: (text: string) => string): Research =>
  JSON.parse(JSON.stringify(research), (_key, value: unknown) => (typeof value === 'string' ? redact(value) : value)) as Research
