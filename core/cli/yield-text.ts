import { formatDuration } from '../model/duration.ts'
import type { Estimate, ZeroYieldReason } from '../model/telemetry.ts'
import { formatCost, formatCount, plural } from '../reporters/format.ts'
import { zeroYieldWords } from '../reporters/spent-lines.ts'
import type { AttemptRecord } from '../store/store.ts'
import { zeroYieldReason } from '../telemetry/yield.ts'

/** Why an attempt brought nothing; undefined where it brought something, and while it runs. */
export function zeroYieldOf({ outcome, builderReached, yield: brought = { testsFixed: 0, testsBroken: 0, deliverables: 0 }, classification }: AttemptRecord): ZeroYieldReason | undefined {
  return outcome === undefined ? undefined : zeroYieldReason({ outcome, builderReached, yield: brought, ...(classification && { class: classification.class }) })
}

/** What an attempt that ended brought, or why nothing. */
export function broughtText(attempt: AttemptRecord): string {
  const reason = zeroYieldOf(attempt)
  const { testsFixed = 0, testsBroken = 0, deliverables = 0 } = attempt.yield ?? {}
  const parts = [
    attempt.outcome === 'complete' || attempt.outcome === 'review' ? 'the phase' : undefined, testsFixed > 0 ? `${plural(testsFixed, 'test')} fixed` : undefined,
    deliverables > 0 ? plural(deliverables, 'deliverable') : undefined, testsBroken > 0 ? `${plural(testsBroken, 'test')} broken` : undefined,
  ]
  return reason === undefined ? parts.filter((part) => part !== undefined).join(' · ') : `nothing: ${zeroYieldWords[reason]}`
}

/** What an attempt was expected to cost. */
export function expectedText({ basis, attempts, tokens, cost, durationMs }: Estimate): string {
  const parts = [tokens === undefined ? 'tokens unknown' : `${formatCount(tokens)} tokens`, cost === undefined ? undefined : formatCost(cost), formatDuration(durationMs)]
  return `${parts.filter((part) => part !== undefined).join(' · ')}, as ${plural(attempts, 'earlier attempt')} of the ${basis} took`
}
