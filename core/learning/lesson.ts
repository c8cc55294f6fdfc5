import { createHash } from 'node:crypto'
import { oneLine } from '../model/one-line.ts'
import type { RunHint } from '../model/learning.ts'
import type { Classification, Failure } from '../model/failure.ts'
import { longestEvidence, longestPath, longestTitle, mostEvidence, mostPaths } from './text.ts'

/** An attempt as far as it can teach something. */
export interface TaughtBy {
  number: number
  builderReached: boolean
  outcome?: string | undefined
  classification?: Classification | undefined
  failure?: Failure | undefined
}

/** What comes and goes with the machine, the account or the clock: that a later attempt passed says nothing of its change. */
const passing: ReadonlySet<string> = new Set([
  'flaky', 'timeout', 'oom', 'disk_full', 'network', 'rate_limit', 'auth', 'context_length', 'unknown', 'interrupted', 'budget_exhausted', 'plugin_error', 'preflight_failed',
])
/** Different failures of one phase that are kept, the latest. */
const mostPerPhase = 3

/**
 * What the failures of a phase that has passed have taught, oldest first: one lesson for each cause. Only a failure of work that a builder did counts,
 * with a cause that is sure. Pure; `redact` takes out secrets.
 */
export function lessonsOf(request: {
  phase: string
  attempts: readonly TaughtBy[]
  /** Files that the change which passed touched. */
  touched: readonly string[]
  /** Fixed heads of the phase's write scope. */
  scope: readonly string[]
  /** ISO 8601. */
  at: string
  redact(text: string): string
}): RunHint[] {
  const { phase, at, redact } = request
  const ordered = request.attempts.toSorted((one, other) => one.number - other.number)
  const passed = ordered.findLast((attempt) => attempt.outcome === 'complete')
  if (!passed) return []
  const paths = (list: readonly string[]) => list.slice(0, mostPaths).map((one) => oneLine(redact(one), longestPath))
  const byId = new Map<string, RunHint>()
  for (const { number, builderReached, classification, failure } of ordered) {
    if (number >= passed.number || !builderReached || !classification || !teaches(classification)) continue
    const title = oneLine(redact(classification.title), longestTitle)
    const evidence = classification.evidence.map((line) => oneLine(redact(line), longestEvidence)).filter((line) => line !== '' && line !== title)
    const check = failure?.check
    const id = lessonId(classification, check)
    byId.delete(id)
    byId.set(id, {
      id, class: oneLine(classification.class, longestPath), fingerprint: oneLine(classification.fingerprint, longestPath), title, evidence: evidence.slice(0, mostEvidence),
      ...(check !== undefined && { check: oneLine(check, longestPath) }), touched: paths(request.touched), scope: paths(request.scope), phase, failedAttempt: number, passedAttempt: passed.number, at,
    })
  }
  return [...byId.values()].slice(-mostPerPhase)
}

function teaches({ class: failureClass, confidence, blame }: Classification): boolean {
  return confidence !== 'low' && blame !== 'machine' && !passing.has(failureClass)
}

function lessonId({ class: failureClass, fingerprint }: Classification, check: string | undefined): string {
  return createHash('sha256').update(JSON.stringify([failureClass, fingerprint, check ?? null])).digest('hex').slice(0, 12)
}
