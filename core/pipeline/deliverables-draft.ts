import type { Problem } from '../model/failure.ts'
import type { DeliverablesEvent } from '../model/plugin.ts'
import { nearest } from '../nearest.ts'
import type { DeliverablesReport } from './deliverables.ts'
import type { ReviewRequest } from './review-request.ts'

/** A report while the taps of `validateDeliverables` work on it. */
export interface DeliverablesDraft {
  /** This part of the event. `problems` is what has been found so far. */
  readonly event: Pick<DeliverablesEvent, 'deliverables' | 'problems' | 'existing' | 'problem' | 'accept' | 'review'>
  /** The report with what the taps said, and their requests for a review. */
  result(): DeliverablesReport & { reviews: ReviewRequest[] }
}

/** `plugin` says whose tap is running. */
export function draftDeliverables(report: DeliverablesReport, plugin: () => string): DeliverablesDraft {
  let { deliverables, problems } = report
  const reviews: ReviewRequest[] = []
  const pathOf = (path: string) => deliverables.find((one) => one.relative === path || one.raw === path)?.relative ?? path
  const settle = (path: string, satisfied: boolean) => {
    deliverables = deliverables.map((one) => (one.relative === path ? { ...one, satisfied } : one))
  }
  return {
    event: {
      get deliverables() {
        return deliverables
      },
      get problems(): readonly Problem[] {
        return problems
      },
      existing: report.existing,
      problem(problem) {
        const path = problem.path === undefined ? undefined : pathOf(problem.path)
        problems = [...problems, path === undefined ? problem : { ...problem, path }]
        if (path !== undefined) settle(path, false)
      },
      accept(given) {
        const path = pathOf(given)
        const known = [...new Set([...deliverables.map((one) => one.relative), ...problems.flatMap((problem) => problem.path ?? [])])]
        if (!known.includes(path)) {
          const near = nearest(given, known)
          throw new Error(`event.accept was called with ${JSON.stringify(given)}, which the report does not have${near === undefined ? '' : `: did you mean ${JSON.stringify(near)}?`}`)
        }
        problems = problems.filter((problem) => problem.path !== path)
        settle(path, true)
      },
      review({ reason, data }) {
        // What cannot be kept is the plugin's mistake, and told as one.
        const kept: unknown = data === undefined ? undefined : JSON.parse(JSON.stringify(data))
        reviews.push({ plugin: plugin(), reason, ...(kept !== undefined && { data: kept }) })
      },
    },
    result: () => ({ deliverables, problems, existing: report.existing, reviews }),
  }
}
