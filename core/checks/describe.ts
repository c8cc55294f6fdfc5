import type { CheckResult, CollectionError } from '../model/check.ts'

/** Why an execution says nothing about the code; undefined where its report can be believed. */
export function unusableReason(result: CheckResult): string | undefined {
  if (result.reportProblem !== undefined) return result.reportProblem
  if (result.ended !== 'exit') return `it did not run to its end (${result.ended})`
  return result.report ? undefined : 'it has no report'
}

/** Why a baseline excuses nothing. */
export function whyUnusable(base: CheckResult | undefined): string {
  return base ? unusableReason(base) ?? 'it ran in another way' : 'it did not run'
}

/** The first three, and how many more. */
export function describeList(items: readonly string[], shown = 3): string {
  const unique = [...new Set(items)]
  const rest = unique.length - shown
  return `${unique.slice(0, shown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

export function describeCollectionError(error: CollectionError): string {
  return error.file === undefined ? error.message : `${error.file} (${error.message})`
}
