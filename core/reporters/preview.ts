import { formatDuration } from '../model/duration.ts'
import type { AutopackEvent } from '../model/events.ts'
import type { Comparison } from '../model/comparison.ts'
import type { Expected } from '../model/telemetry.ts'
import { capLines } from './caps.ts'
import { formatCost, formatCount, padEnd, plural, shortPath } from './format.ts'
import type { Style } from './style.ts'
import { formatTable } from './table.ts'

const labelWidth = 10

/** What `--dry-run` prints: each run with its phases in order, and the rules that would hold. */
export function previewLines(event: Extract<AutopackEvent, { type: 'drain-previewed' }>, options: { style: Style; columns: number; cwd: string }): string[] {
  const { style, columns, cwd } = options
  const fact = (label: string, text: string) => style.dim(padEnd(label, labelWidth)) + text
  // Read from top to bottom they need no numbers.
  const inTurn = event.runs.flatMap((run) => run.phases.flatMap((phase) => phase.order ?? [])).every((order, index) => order === index + 1)
  const runs = event.runs.flatMap((run) => (run.phases.some((phase) => phase.order !== undefined) || event.runs.length === 1
    ? [
        style.bold(run.run),
        ...[['plan', run.source], ['base', run.base], ['branch', run.branch]].map(([label, text]) => `  ${fact(label!, text!)}`),
        ...formatTable(run.phases.map((phase) => [...(inTurn ? [] : [phase.order === undefined ? '' : `${phase.order}.`]), phase.phase, phase.builder, paint(phase, style), ...(phase.expected ? [style.dim(`about ${costText(phase.expected)}`)] : [])]), { indent: 2 }),
        '',
      ]
    : []))
  const idle = event.runs.filter((run) => event.runs.length > 1 && run.phases.every((phase) => phase.order === undefined))
  return [
    ...runs,
    ...idle.slice(0, mostIdle).map((run) => `${style.bold(run.run)}  ${style.dim(reasonsText(run.phases))}`),
    ...(idle.length > mostIdle ? [style.dim(`and ${idle.length - mostIdle} more runs of which nothing would run`)] : []),
    ...(idle.length > 0 ? [''] : []),
    ...(event.checks.length > 0 ? [fact('checks', event.checks.join(', '))] : []),
    ...capLines(event.caps, columns - labelWidth).map((line, index) => fact(index === 0 ? 'caps' : '', line)),
    ...(event.expected.known > 0 ? [fact('expected', expectedText(event.expected))] : []),
    ...(event.comparison ? comparisonTexts(event.comparison).map((text, index) => fact(index === 0 ? 'compared' : '', text)) : []),
    fact('runs dir', shortPath(event.runsDir, cwd)),
    '',
    'A dry run: nothing was written.',
  ]
}

/** What the attempts of a first pass would cost: how many of them fail and are tried again nobody knows. */
function expectedText(expected: Expected): string {
  const of = expected.known < expected.phases ? `, of ${expected.known} of ${plural(expected.phases, 'phase')}` : ` for ${plural(expected.phases, 'phase')}`
  const unknown = expected.unknown > 0 && expected.tokens !== null ? `, tokens unknown of ${expected.unknown}` : ''
  return `about ${costText(expected)}${of}${unknown}, one attempt each, by what earlier ones took`
}

function comparisonTexts({ sessions, attemptsPerPhase, spent, loop, parked }: Comparison): string[] {
  if (loop.calls === 0) return ['nothing yet: no builder was called so far']
  const of = (calls: Comparison['spent']) => `${plural(calls.calls, 'builder call')} · ${costText(calls)}`
  return [
    `${plural(sessions, 'session')} so far took ${of(spent)}`,
    `a plain retry loop, up to ${attemptsPerPhase} attempts at each phase in each of them until it is done, would have taken about ${of(loop)}`,
    ...(parked.phases > 0 ? [`and on ${plural(parked.phases, 'phase')} that ${parked.phases === 1 ? 'was' : 'were'} parked and never tried, if they had failed like the others, ${of(parked)} more (an estimate)`] : []),
  ]
}

function costText({ tokens, cost, durationMs }: { tokens?: number | null; cost?: number | null; durationMs: number | null }): string {
  const parts = [typeof tokens === 'number' && `${formatCount(tokens)} tokens`, typeof cost === 'number' && formatCost(cost), durationMs !== null && formatDuration(durationMs)]
  return parts.filter((part): part is string => typeof part === 'string').join(' · ')
}

function paint({ action, order }: { action: string; order?: number }, style: Style): string {
  return order === undefined ? style.dim(action) : action === 'would run' ? style.green(action) : action
}

/** Runs of which nothing would run, and reasons of each, that are named. */
const mostIdle = 20
const mostReasons = 3

function reasonsText(phases: readonly { action: string }[]): string {
  const groups = [...Map.groupBy(phases, (phase) => phase.action)].toSorted((left, right) => right[1].length - left[1].length)
  const more = groups.length > mostReasons ? `, and ${groups.length - mostReasons} more reasons` : ''
  return groups.slice(0, mostReasons).map(([action, of]) => `${of.length} ${action}`).join(', ') + more
}
