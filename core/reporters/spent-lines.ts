import type { DrainReport } from '../model/drain-report.ts'
import { formatDuration } from '../model/duration.ts'
import type { Spent, ZeroYieldReason } from '../model/telemetry.ts'
import { formatCost, formatCount, formatUsage, plural } from './format.ts'
import { outcomeWord } from './outcome.ts'

/** What the drain cost, in all and by how its attempts ended. */
export function spentTexts({ usage, spend, counted }: Pick<DrainReport, 'usage' | 'spend' | 'counted'>): string[] {
  const unknown = spend.reduce((sum, one) => sum + one.unknown, 0)
  const unpriced = spend.reduce((sum, one) => sum + one.unpriced, 0)
  const notes = usage === 'unknown' ? [] : [unknown > 0 ? `unknown of ${plural(unknown, 'attempt')}` : undefined, unpriced > 0 && usage.cost === undefined ? `no price for ${plural(unpriced, 'attempt')}` : undefined]
  const all = [formatUsage(usage), ...notes].filter((part) => part !== undefined).join(' · ')
  const lines = spend.length < 2 ? [all] : [all, sharesText(spend.map((one) => ({ name: outcomeWord(one.outcome), ...one })))]
  return unknown + unpriced > 0 ? [...lines, `against the budgets: ${formatCount(counted.tokens)} tokens · ${formatCost(counted.cost)}, with what is assumed of ${plural(unknown + unpriced, 'attempt')}`] : lines
}

/** `complete 700k (58 %) · failed 500k (42 %)`: of the tokens where they are known, else of the time. */
export function sharesText(parts: readonly (Spent & { name: string })[]): string {
  const byTokens = parts.some((part) => (part.tokens ?? 0) > 0)
  const amount = (part: Spent) => (byTokens ? (part.tokens ?? 0) : part.durationMs)
  const total = parts.reduce((sum, part) => sum + amount(part), 0)
  return parts.map((part) => `${part.name} ${byTokens ? (part.tokens === null ? 'unknown' : formatCount(part.tokens)) : formatDuration(part.durationMs)} (${formatShare(amount(part), total)})`).join(' · ')
}

/** What was brought for it; what was broken was not kept. Undefined where it is nothing. */
export function yieldText(brought: DrainReport['yield']): string | undefined {
  const { phases, testsFixed, deliverables, perMillionTokens, perMinute } = brought
  if (phases === 0 && testsFixed === 0 && deliverables === 0) return undefined
  const counts = [plural(phases, 'phase'), testsFixed > 0 && `${plural(testsFixed, 'test')} fixed`, deliverables > 0 && plural(deliverables, 'deliverable')]
  const rates = [perMillionTokens && `${formatRate(perMillionTokens.phases)} phases per million tokens`, perMinute && `${formatRate(perMinute.phases * 60)} ${perMillionTokens ? '' : 'phases '}an hour`]
  return [...counts, ...rates].filter((part): part is string => typeof part === 'string').join(' · ')
}

/** Why attempts brought nothing, and how many. Undefined where each brought something. */
export function nothingText({ nothing }: DrainReport['yield']): string | undefined {
  if (nothing.length === 0) return undefined
  return `${plural(nothing.reduce((sum, one) => sum + one.attempts, 0), 'attempt')} brought nothing: ${nothing.map((one) => `${one.attempts} ${zeroYieldWords[one.reason]}`).join(', ')}`
}

/** What is said of attempts that brought nothing, behind their number. */
export const zeroYieldWords: Readonly<Record<ZeroYieldReason, string>> = {
  'without-builder': 'through without the builder',
  'timed-out': 'timed out',
  'before-builder': 'failed before the builder',
  'builder-failed': 'reached the builder and failed',
  'no-verdict': 'stopped, held or put off',
}

/** `58 %`, `<1 %`. */
export function formatShare(part: number, total: number): string {
  if (total === 0) return '0 %'
  const percent = (100 * part) / total
  return percent > 0 && percent < 1 ? '<1 %' : `${Math.round(percent)} %`
}

/** Two digits that count: `0.42`, `3.1`, `28`. */
export function formatRate(rate: number): string {
  return rate >= 10 ? formatCount(Math.round(rate)) : String(Number(rate.toPrecision(2)))
}

/** `700k`, `$1.20`, `≥$1.20` where a part is not known, or a dash where nothing is. */
export const formatKnown = {
  tokens: ({ tokens, unknown }: Pick<Spent, 'tokens' | 'unknown'>) => (tokens === null ? '-' : `${unknown > 0 ? '≥' : ''}${formatCount(tokens)}`),
  cost: ({ cost, unpriced, unknown, estimated = 0 }: Pick<Spent, 'cost' | 'unpriced' | 'unknown' | 'estimated'>) => (cost === null ? '-' : `${unpriced + unknown > 0 ? '≥' : ''}${estimated > 0 ? '~' : ''}${formatCost(cost)}`),
}
