import type { DrainReport } from '../model/drain-report.ts'
import { formatDuration } from '../model/duration.ts'
import { formatDiffStat, formatUsage, padEnd, plainLine, plural, shortPath, textWidth, truncate } from './format.ts'
import { outcomeWord } from './outcome.ts'
import type { Style } from './style.ts'
import { formatTable, wrapText } from './table.ts'

export interface SummaryOptions {
  style: Style
  columns: number
  cwd: string
  /** What to type for another command. Default `autopack`. */
  program?: string
}

const labelWidth = 10

/** The end of a run: what was done, what was not and why, what it cost, why it stopped, where things are, what to type next. */
export function summaryLines(report: DrainReport, options: SummaryOptions): string[] {
  return [
    '',
    countLine(report, options.style),
    ...unfinishedLines(report, options),
    ...waitingLines(report, options),
    '',
    ...factLines(report, options),
    ...report.sections.flatMap((section) => ['', options.style.bold(section.title), ...section.lines.map((line) => `  ${line}`)]),
    ...nextLines(report, options),
  ]
}

function countLine(report: DrainReport, style: Style): string {
  const paint: Partial<Record<keyof DrainReport['counts'], (text: string) => string>> = { complete: style.green, failed: style.red, review: style.yellow, held: style.yellow }
  const parts = (Object.entries(report.counts) as [keyof DrainReport['counts'], number][])
    .filter(([name, count]) => count > 0 || name === 'complete')
    .map(([name, count]) => (count > 0 ? (paint[name] ?? ((text: string) => text)) : style.dim)(`${count} ${name}`))
  return `${parts.join(' · ')} ${style.dim(`in ${formatDuration(report.durationMs)}`)}`
}

/** One block for each phase that wants attention. */
function unfinishedLines(report: DrainReport, options: SummaryOptions): string[] {
  const { style } = options
  const rows = report.phases.filter((phase) => phase.state !== 'COMPLETE' || phase.warnings.length > 0)
  return rows.flatMap((phase) => {
    const failed = phase.state === 'FAILED'
    const complete = phase.state === 'COMPLETE'
    const word = padEnd(failed ? 'failed' : complete ? 'warning' : outcomeWord(phase.outcome), labelWidth)
    const facts = complete ? '' : [phase.class, phase.fingerprint].filter(Boolean).join(' · ')
    const texts = complete ? phase.warnings : [phase.title ?? phase.reason].filter((text): text is string => text !== undefined && text !== outcomeWord(phase.outcome))
    return [
      `  ${(failed ? style.red : style.yellow)(word)}${phase.run}/${phase.phase}${facts ? style.dim(`  ${facts}`) : ''}`,
      ...texts.flatMap((text) => wrapText(plainLine(text), Math.max(40, options.columns - labelWidth - 2)).map((line) => ' '.repeat(labelWidth + 2) + line)),
    ]
  })
}

/** Waiting phases that the screen names; the JSON has them all. */
const mostWaiting = 8

function waitingLines({ waiting }: DrainReport, { style, columns }: SummaryOptions): string[] {
  const lines = waiting.slice(0, mostWaiting).map((phase) => `  ${style.dim(padEnd(phase.why, labelWidth))}${truncate(`${phase.run}/${phase.phase}  ${plainLine(phase.reason)}`, Math.max(60, columns - labelWidth - 2))}`)
  const more = waiting.length - lines.length
  return more > 0 ? [...lines, `  ${style.dim(`${padEnd('', labelWidth)}and ${more} more: autopack status`)}`] : lines
}

function factLines(report: DrainReport, options: SummaryOptions): string[] {
  const { style, columns, cwd } = options
  const line = (label: string, text: string) => style.dim(padEnd(label, labelWidth)) + truncate(text, Math.max(60, columns - labelWidth))
  // A path is never cut: it is there to be copied.
  const place = (label: string, file: string) => style.dim(padEnd(label, labelWidth)) + shortPath(file, cwd)
  return [
    ...report.runs.map((run) =>
      line('run', `${run.id} · ${run.state} · ${plural(run.commits, 'commit')}${run.diffStat ? ` · ${formatDiffStat(run.diffStat)}` : ''}`),
    ),
    line('spent', formatUsage(report.usage)),
    ...wrapText(`${report.stop.reason}${report.stop.detail ? `: ${report.stop.detail}` : ''}`, Math.max(60, columns - labelWidth)).map(
      (text, index) => style.dim(padEnd(index === 0 ? 'stopped' : '', labelWidth)) + text,
    ),
    ...report.runs.map((run) => place('summary', run.summary)),
  ]
}

/** Beside each other where they fit; else each reason below its command, which is there to be copied whole. */
function nextLines(report: DrainReport, { style, columns, program = 'autopack' }: SummaryOptions): string[] {
  if (report.next.length === 0) return []
  const next = report.next.map(({ command, why }) => ({ command: command.replace(/^autopack /, () => `${program} `), why }))
  const widest = (texts: readonly string[]) => Math.max(...texts.map(textWidth))
  const fits = 4 + widest(next.map((step) => step.command)) + widest(next.map((step) => step.why)) <= Math.min(columns, 120)
  const steps = fits
    ? formatTable(next.map((step) => [style.cyan(step.command), style.dim(step.why)]), { indent: 2 })
    : next.flatMap((step) => [`  ${style.cyan(step.command)}`, `      ${style.dim(step.why)}`])
  return ['', style.bold('next'), ...steps]
}
