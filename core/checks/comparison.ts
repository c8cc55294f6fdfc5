import type { CheckDelta, CheckReport, CheckResult, CollectionError, TestCase } from '../model/check.ts'
import { unusableReason } from './describe.ts'

/** All that a verdict is made of. Paths are relative to the project root. */
export interface Comparison {
  check: string
  against: 'baseline' | 'none'
  /** The check on the tree that the phase starts from; absent where it did not run. */
  base?: CheckResult
  /** The check on the candidate tree. */
  head: CheckResult
  /** The second execution on the candidate: of the whole check, or of the new failures. */
  retry?: CheckResult
  /** The second execution on the base, for failures outside the diff's reach. */
  baseRerun?: CheckResult
  /** Whether the phase may change this file. */
  inWriteScope(file: string): boolean
  /** How often each test was flaky before. */
  flakeHistory: ReadonlyMap<string, number>
  /** Whether a plugin (an optional dependency) explains this collection error. */
  explains?(error: CollectionError): boolean
}

/** The base's report, where it may excuse anything: it ran to its end, was read, and with the same arguments. */
export function usableBase({ base, head }: Pick<Comparison, 'base' | 'head'>): CheckReport | undefined {
  if (!base || unusableReason(base) !== undefined || !base.report) return undefined
  if (JSON.stringify(base.args) !== JSON.stringify(head.args) || base.report.hasTests !== head.report?.hasTests) return undefined
  return base.report
}

export function emptyDelta({ check, against }: Pick<Comparison, 'check' | 'against'>): CheckDelta {
  return {
    check, against, verdict: { type: 'passed' }, newFailures: [], preexisting: [], flaky: [], fixed: [], disappeared: [], newlySkipped: [], lost: [],
    collectionErrors: [], warnings: [], severity: 'none',
  }
}

export function isFailing(test: TestCase | undefined): boolean {
  return test?.status === 'failed' || test?.status === 'error'
}
