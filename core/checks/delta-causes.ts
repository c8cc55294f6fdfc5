import { severityOf } from '../model/check.ts'
import type { CheckDelta, CheckResult } from '../model/check.ts'
import { emptyDelta, usableBase } from './comparison.ts'
import type { Comparison } from './comparison.ts'
import { describeList, unusableReason, whyUnusable } from './describe.ts'

type Cause = CheckResult['causes'][number]

/** Judges a check that says no more than its exit code, by the fingerprinted causes in its output. */
export function compareCauses(comparison: Comparison): CheckDelta {
  const { check, against, base, head, retry, baseRerun } = comparison
  const delta = emptyDelta(comparison)
  const known = usableBase(comparison) ? base : undefined
  if (head.exitCode === 0) {
    if (known && known.exitCode !== 0) delta.fixed = titles(known.causes, `${check}: exit code ${known.exitCode}`)
    return delta
  }
  const code = head.signal === null ? `exit code ${head.exitCode}` : `ended by ${head.signal}`
  const whole = `${check}: ${code}`
  const failedBefore = known !== undefined && known.exitCode !== 0
  const old = failedBefore ? head.causes.filter((cause) => has(known.causes, cause)) : []
  const candidates = against === 'none' ? head.causes : head.causes.filter((cause) => !old.includes(cause))
  const fails = against === 'none' || !failedBefore || candidates.length > 0

  if (fails && ranAndPassed(retry)) return flaky(delta, titles(candidates, whole))
  const excused = (cause: Cause) => against === 'baseline' && ((failedBefore && gone(retry, cause, known.causes)) || failsThere(baseRerun, cause))
  const persistent = candidates.filter((cause) => !excused(cause))
  delta.flaky = titles(candidates.filter((cause) => !persistent.includes(cause)))
  delta.warnings = delta.flaky.map((title) => `flaky: ${title}`)
  delta.preexisting = titles(against === 'none' ? persistent.filter((cause) => failedBefore && has(known.causes, cause)) : old)
  delta.newFailures = titles(persistent.filter((cause) => !(failedBefore && has(known.causes, cause))))
  if (failedBefore) delta.fixed = titles(known.causes.filter((cause) => head.causes.length > 0 && !has(head.causes, cause)))

  const failedBy = (type: 'blocked' | 'inconclusive', reason: string, count: number): CheckDelta =>
    ({ ...delta, verdict: { type, reason: `${check}: ${reason}` }, severity: severityOf(count) })
  const blocked = (reason: string, count: number) => failedBy('blocked', reason, count)
  const inconclusive = (reason: string) => failedBy('inconclusive', reason, 1)
  if (persistent.length > 0) return blocked(`${code}: ${describeList(titles(persistent))}`, persistent.length)
  // All causes were flaky, but something still made the command fail where it must not.
  if (against === 'none') return blocked(code, 1)
  if (failedBefore) {
    if (head.causes.length === 0 || known.causes.length === 0) {
      return inconclusive(`${code} here and ${known.exitCode} on the base, and the output does not tell whether for the same reason`)
    }
    if (head.signal !== known.signal) return inconclusive(`${code} here and ${known.signal === null ? `exit code ${known.exitCode}` : known.signal} on the base`)
    return delta
  }
  if (known) return candidates.length > 0 ? { ...delta } : blocked(`${code}; it passed on the base`, 1)
  return inconclusive(`${code}, and the baseline is inconclusive (${whyUnusable(base)})`)
}

function flaky(delta: CheckDelta, names: string[]): CheckDelta {
  return { ...delta, flaky: names, warnings: names.map((name) => `flaky: ${name}`) }
}

function titles(causes: readonly Cause[], otherwise?: string): string[] {
  if (causes.length === 0 && otherwise !== undefined) return [otherwise]
  return [...new Set(causes.map((cause) => cause.title))].toSorted()
}

function has(causes: readonly Cause[], cause: Cause): boolean {
  return causes.some((other) => other.fingerprint === cause.fingerprint)
}

function ranAndPassed(retry: CheckResult | undefined): boolean {
  return retry !== undefined && unusableReason(retry) === undefined && retry.exitCode === 0
}

/** A retry that failed in known ways only did not see this cause again. */
function gone(retry: CheckResult | undefined, cause: Cause, known: readonly Cause[]): boolean {
  if (retry === undefined || unusableReason(retry) !== undefined || retry.causes.length === 0) return false
  return !has(retry.causes, cause) && retry.causes.every((each) => has(known, each))
}

function failsThere(baseRerun: CheckResult | undefined, cause: Cause): boolean {
  return baseRerun !== undefined && unusableReason(baseRerun) === undefined && baseRerun.exitCode !== 0 && has(baseRerun.causes, cause)
}
