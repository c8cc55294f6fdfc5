import { compareText } from '../model/compare-text.ts'
import type { AttemptTelemetry, Spent } from '../model/telemetry.ts'
import { totalTokens, unpricedPart } from '../model/usage.ts'
import { sumKnown } from './expected.ts'

type Paid = Pick<AttemptTelemetry, 'usage' | 'builderReached' | 'startedAt' | 'endedAt'>

/** What attempts cost together. What is unknown stays unknown: it is counted, and not added as 0. */
export function spentBy(attempts: readonly Paid[]): Spent {
  const estimated = attempts.filter(({ usage }) => usage !== 'unknown' && usage.costEstimated).length
  return {
    attempts: attempts.length,
    tokens: sumKnown(attempts.map(({ usage }) => totalTokens(usage))),
    cost: sumKnown(attempts.map(({ usage }) => (usage === 'unknown' ? undefined : usage.cost))),
    unpriced: attempts.filter(({ usage }) => unpricedPart(usage)).length,
    ...(estimated > 0 && { estimated }),
    unknown: attempts.filter((attempt) => attempt.builderReached && attempt.usage === 'unknown').length,
    durationMs: sumKnown(attempts.map((attempt) => attempt.endedAt - attempt.startedAt)) ?? 0,
  }
}

/** The same for each group, the dearest first: by tokens, then by time. */
export function spentByGroup<Attempt extends Paid, Name extends string>(attempts: readonly Attempt[], nameOf: (attempt: Attempt) => Name | undefined): (Spent & { name: Name })[] {
  const groups = [...Map.groupBy(attempts, nameOf)].flatMap(([name, members]) => (name === undefined ? [] : [{ name, ...spentBy(members) }]))
  return groups.sort((left, right) => (right.tokens ?? 0) - (left.tokens ?? 0) || right.durationMs - left.durationMs || compareText(left.name, right.name))
}
