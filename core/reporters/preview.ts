import type { AutopackEvent } from '../model/events.ts'
import { capLines } from './caps.ts'
import { padEnd, shortPath } from './format.ts'
import type { Style } from './style.ts'
import { formatTable } from './table.ts'

const labelWidth = 10

/** What `--dry-run` prints: each run with its phases in order, and the rules that would hold. */
export function previewLines(event: Extract<AutopackEvent, { type: 'drain-previewed' }>, options: { style: Style; columns: number; cwd: string }): string[] {
  const { style, columns, cwd } = options
  const fact = (label: string, text: string) => style.dim(padEnd(label, labelWidth)) + text
  const runs = event.runs.flatMap((run) => [
    style.bold(run.run),
    ...[['plan', run.source], ['base', run.base], ['branch', run.branch]].map(([label, text]) => `  ${fact(label!, text!)}`),
    ...formatTable(run.phases.map((phase) => [phase.phase, phase.builder, paint(phase.action, style)]), { indent: 2 }),
    '',
  ])
  return [
    ...runs,
    ...(event.checks.length > 0 ? [fact('checks', event.checks.join(', '))] : []),
    ...capLines(event.caps, columns - labelWidth).map((line, index) => fact(index === 0 ? 'caps' : '', line)),
    fact('runs dir', shortPath(event.runsDir, cwd)),
    '',
    'A dry run: nothing was written.',
  ]
}

function paint(action: string, style: Style): string {
  return action === 'would run' ? style.green(action) : style.dim(action)
}
