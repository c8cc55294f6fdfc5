import type { SkippedFile } from '../model/failure.ts'
import type { Attempt } from './attempt.ts'

/** Of one reason so many files are named; the receipt has them all. */
const mostNamed = 8

/** Puts on record which files a check left out. One warning for each reason, so that ten files that lack one package are one sentence. */
export function noteSkipped(attempt: Attempt, { check, skipped }: { check: string; skipped: readonly SkippedFile[] }): void {
  for (const one of skipped) attempt.skipped.push({ check, ...one })
  for (const [reason, alike] of Map.groupBy(skipped, (one) => one.reason)) {
    const files = [...new Set(alike.map((one) => one.file))]
    attempt.warnings.push(`check ${check} skipped ${listed(files)}: ${reason}${fixOf(alike)}`)
  }
}

/** `a`, `a and b`, `a, b and c`, `a, b, … and 12 more`. */
function listed(files: readonly string[]): string {
  const named = files.slice(0, files.length > mostNamed + 1 ? mostNamed : undefined)
  const rest = files.length - named.length
  const last = rest > 0 ? `${rest} more` : named.pop()!
  return named.length === 0 ? last : `${named.join(', ')} and ${last}`
}

function fixOf(alike: readonly SkippedFile[]): string {
  const fixes = [...new Set(alike.flatMap((one) => one.fix ?? []))]
  const others = fixes.length === 1 ? '' : fixes.length === 2 ? ', and alike in the other' : `, and alike in the other ${fixes.length - 1}`
  return fixes.length === 0 ? '' : `; for good: ${fixes[0]}${others}`
}
