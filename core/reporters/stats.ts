import { formatDuration } from '../model/duration.ts'
import type { StatsOutput } from '../model/stats-output.ts'
import type { Rate, Spent } from '../model/telemetry.ts'
import { atLeast, formatCost, formatCount, plural } from './format.ts'
import { outcomeWord } from './outcome.ts'
import { formatKnown, formatRate, formatShare, zeroYieldWords } from './spent-lines.ts'
import type { Style } from './style.ts'
import { formatTable } from './table.ts'

/** Rows of a table that the screen has room for; the JSON has more. */
const mostClasses = 6
const mostChecks = 5
const mostDrains = 8

/** `autopack stats`: where the tokens went, what they brought, and whether that was to be expected. */
export function statsLines(stats: StatsOutput, style: Style): string[] {
  if (stats.total.attempts === 0) return ['No attempt has ended yet.']
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', style.bold(title), ...lines])
  return [
    headLine(stats, style),
    ...section('spent', spentTable(stats, stats.byOutcome.map((one) => ({ name: outcomeWord(one.outcome), ...one })), style)),
    ...section('failures', spentTable(stats, stats.byClass.slice(0, mostClasses).map((one) => ({ name: one.class, ...one })), style)),
    ...section('brought', broughtLines(stats)),
    ...section('brought nothing', nothingLines(stats, style)),
    ...section('expected, and how it came', expectedLines(stats, style)),
    ...section('slowest checks', formatTable(stats.slowestChecks.slice(0, mostChecks).map((one) => [one.check, one.family, formatDuration(one.durationMs)]), { indent: 2 })),
    ...section('drains', drainLines(stats, style)),
  ]
}

function headLine({ project, total, builderReached, drains, runs, since }: StatsOutput, style: Style): string {
  const facts = [
    `${plural(total.attempts, 'attempt')} in ${plural(drains.length, 'drain')}`, `${builderReached} reached the builder`,
    total.tokens === null ? 'tokens unknown' : `${atLeast(total.unknown > 0)}${formatCount(total.tokens)} tokens`, total.cost !== null && `${atLeast(total.unknown + total.unpriced > 0)}${(total.estimated ?? 0) > 0 ? '~' : ''}${formatCost(total.cost)}`,
    total.unknown > 0 && total.tokens !== null && `unknown of ${plural(total.unknown, 'attempt')}`, total.unpriced > 0 && `no price for ${plural(total.unpriced, 'attempt')}`, formatDuration(total.durationMs),
    runs.length > 0 && `of ${runs.join(', ')}`, since !== null && `since ${since.slice(0, 16).replace('T', ' ')}`,
  ]
  return `${style.bold(project)}  ${facts.filter((fact): fact is string => typeof fact === 'string').join(' · ')}`
}

/** Shares are of the tokens where they are known, else of the time. */
function spentTable({ total }: StatsOutput, parts: readonly (Spent & { name: string })[], style: Style): string[] {
  const byTokens = (total.tokens ?? 0) > 0
  const shareText = ({ tokens, durationMs }: Spent) => (!byTokens ? formatShare(durationMs, total.durationMs) : tokens === null ? undefined : formatShare(tokens, total.tokens!))
  return formatTable(
    parts.map((part) => [
      part.name, plural(part.attempts, 'attempt'), formatKnown.tokens(part), formatKnown.cost(part), formatDuration(part.durationMs),
      style.dim([shareText(part), part.unknown > 0 && byTokens && `unknown of ${part.unknown}`].filter((text): text is string => typeof text === 'string').join(', ')),
    ]),
    { indent: 2 },
  )
}

function broughtLines({ yield: brought }: StatsOutput): string[] {
  const { phases, testsFixed, testsBroken, deliverables, perMillionTokens, perMinute } = brought
  const counts = (of: Rate, format: (value: number) => string) => `phases ${format(of.phases)} · tests fixed ${format(of.testsFixed)} · deliverables ${format(of.deliverables)}`
  const rows = [
    ['in all', `${counts({ phases, testsFixed, deliverables }, formatCount)} · tests broken, and not kept, ${formatCount(testsBroken)}`],
    ...(perMillionTokens ? [['per million tokens', counts(perMillionTokens, formatRate)]] : []),
    ...(perMinute ? [['per minute', counts(perMinute, formatRate)]] : []),
  ]
  return formatTable(rows, { indent: 2 })
}

function nothingLines(stats: StatsOutput, style: Style): string[] {
  const { nothing } = stats.yield
  if (nothing.length === 0) return []
  const rows = spentTable(stats, nothing.map((one) => ({ name: zeroYieldWords[one.reason], ...one })), style)
  const { attempts, tokens, durationMs, ofTokens, ofTime } = stats.wasted
  const percent = (share: number | null) => (share === null ? '' : ` (${formatShare(share, 1)})`)
  return [...rows, `  in all ${plural(attempts, 'attempt')}: ${tokens === null ? 'tokens unknown' : `${formatCount(tokens)} tokens${percent(ofTokens)}`}, ${formatDuration(durationMs)}${percent(ofTime)}`]
}

function expectedLines({ estimates }: StatsOutput, style: Style): string[] {
  const rows = (['tokens', 'cost', 'duration'] as const).flatMap((name) => {
    const accuracy = estimates[name]
    if (!accuracy) return []
    return [[name, `off by ${Math.round(accuracy.smape * 100)} %`, accuracy.wasteRatio === null ? '' : `waste ratio ${formatRate(accuracy.wasteRatio)}`, plural(accuracy.attempts, 'attempt')]]
  })
  if (rows.length === 0) return []
  return [...formatTable(rows, { indent: 2 }), style.dim('  off by: symmetric mean absolute percentage error, 200 % at most; waste ratio: expected over actual')]
}

/** The trend: the latest drains, the oldest first. */
function drainLines({ drains }: StatsOutput, style: Style): string[] {
  return formatTable(
    drains.slice(-mostDrains).map((drain) => [
      drain.session, plural(drain.attempts, 'attempt'), plural(drain.phases, 'phase'), formatKnown.tokens(drain), formatKnown.cost(drain), formatDuration(drain.durationMs),
      style.dim(drain.wasted === null ? '' : `${formatShare(drain.wasted, 1)} brought nothing`),
    ]),
    { indent: 2 },
  )
}
