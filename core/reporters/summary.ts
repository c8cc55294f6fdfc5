import type { DrainReport } from '../model/drain-report.ts'
import { formatDuration } from '../model/duration.ts'
import { formatDiffStat, padEnd, plainLine, plural, shortPath, textWidth, truncate } from './format.ts'
import { outcomeWord } from './outcome.ts'
import { formatShare, nothingText, spentTexts, yieldText } from './spent-lines.ts'
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
    ...report.sections.flatMap((section) => ['', options.style.bold(section.title), ...section.lines.map((line) => `  ${plainLine(line)}`)]),
    ...nextLines(report, options),
  ]
}

function countLine(report: DrainReport, style: Style): string {
  const paint: Partial<Record<keyof DrainReport['counts'], (text: string) => string>> = { complete: style.green, failed: style.red, review: style.yellow, held: style.yellow }
  const parts = (Object.entries(report.counts) as [keyof DrainReport['counts'], number][])
    .filter(([name, count]) => count > 0 || name === 'complete')
    .map(([name, count]) => (count > 0 ? (paint[name] ?? ((text: string) => text)) : style.dim)(`${count} ${name === 'executing' ? 'executing elsewhere' : name}`))
  return `${parts.join(' · ')} ${style.dim(`in ${formatDuration(report.durationMs)}`)}`
}

/** Blocks of phases that want attention, and runs, that the screen has room for; the JSON has them all. */
const mostBlocks = 8
const mostRuns = 6
const mostSummaries = 3

interface Block { word: string; paint: (text: string) => string; names: string[]; facts: string; texts: string[] }

/** One block for each phase that wants attention; those of one fingerprint share theirs, and so do those with the same warnings. */
function unfinishedLines(report: DrainReport, options: SummaryOptions): string[] {
  const blocks = new Map<string, Block>()
  for (const phase of report.phases.filter((one) => one.state !== 'COMPLETE' || one.warnings.length > 0)) {
    const name = `${phase.run}/${phase.phase}`
    const key = phase.state === 'COMPLETE' ? `warnings ${phase.warnings.join('\n')}` : phase.state === 'FAILED' && phase.fingerprint !== undefined ? phase.fingerprint : `phase ${name}`
    const known = blocks.get(key)
    if (known) known.names.push(name)
    else blocks.set(key, { ...blockOf(phase, options.style), names: [name] })
  }
  const failures = report.phases.filter((one) => one.state === 'FAILED').length
  const failed = (block: Block) => Number(block.word === 'failed')
  const shown = [...blocks.values()].sort((left, right) => failed(right) - failed(left) || right.names.length - left.names.length).slice(0, mostBlocks)
  const more = blocks.size - shown.length
  return [...shown.flatMap((block) => blockLines(block, failures, options)), ...(more > 0 ? [`  ${options.style.dim(`${padEnd('', labelWidth)}and ${more} more: ${options.program ?? 'autopack'} status`)}`] : [])]
}

function blockOf(phase: DrainReport['phases'][number], style: Style): Omit<Block, 'names'> {
  if (phase.state === 'COMPLETE') return { word: 'warning', paint: style.yellow, facts: '', texts: phase.warnings }
  const failed = phase.state === 'FAILED'
  return {
    word: failed ? 'failed' : outcomeWord(phase.outcome), paint: failed ? style.red : style.yellow, facts: [phase.class, phase.fingerprint].filter(Boolean).join(' · '),
    texts: [phase.title ?? phase.reason].filter((text): text is string => text !== undefined && text !== outcomeWord(phase.outcome)),
  }
}

function blockLines({ word, paint, names, facts, texts }: Block, failures: number, { style, columns }: SummaryOptions): string[] {
  const share = names.length > 1 && names.length < failures ? `${formatShare(names.length, failures)} of the failures` : ''
  const said = [facts, share].filter(Boolean).join(' · ')
  return [
    `  ${paint(padEnd(word, labelWidth))}${andOthers(names)}${said ? style.dim(`  ${said}`) : ''}`,
    ...texts.flatMap((text) => wrapText(plainLine(text), Math.max(40, columns - labelWidth - 2)).map((line) => ' '.repeat(labelWidth + 2) + line)),
  ]
}

/** Waiting phases that the screen names; the JSON has them all. */
const mostWaiting = 8

/** Those that wait for the same reason share a line. */
function waitingLines({ waiting }: DrainReport, { style, columns, program = 'autopack' }: SummaryOptions): string[] {
  const groups = [...Map.groupBy(waiting, ({ why, reason }) => `${why} ${reason}`).values()]
  const shown = groups.slice(0, mostWaiting)
  const lines = shown.map((phases) => {
    const text = `${andOthers(phases.map(({ run, phase }) => `${run}/${phase}`))}  ${plainLine(phases[0]!.reason)}`
    return `  ${style.dim(padEnd(phases[0]!.why, labelWidth))}${truncate(text, Math.max(60, columns - labelWidth - 2))}`
  })
  const more = waiting.length - shown.flat().length
  return more > 0 ? [...lines, `  ${style.dim(`${padEnd('', labelWidth)}and ${more} more: ${program} status`)}`] : lines
}

/** `one`, `one and 3 others`. */
function andOthers(names: readonly string[]): string {
  return names.length > 1 ? `${names[0]!} and ${plural(names.length - 1, 'other')}` : names[0]!
}

function factLines(report: DrainReport, options: SummaryOptions): string[] {
  const { style, columns, cwd } = options
  const line = (label: string, text: string) => style.dim(padEnd(label, labelWidth)) + truncate(text, Math.max(60, columns - labelWidth))
  const wrapped = (label: string, text: string | undefined) => (text === undefined ? [] : wrapText(text, Math.max(60, columns - labelWidth)).map((part, index) => style.dim(padEnd(index === 0 ? label : '', labelWidth)) + part))
  // A path is never cut: it is there to be copied.
  const place = (label: string, file: string) => style.dim(padEnd(label, labelWidth)) + shortPath(file, cwd)
  // Those with work in them first.
  const runs = report.runs.toSorted((left, right) => Number(right.commits > 0) - Number(left.commits > 0)).slice(0, mostRuns)
  const more = report.runs.length - runs.length
  const tried = report.spend.reduce((sum, one) => sum + one.attempts, 0)
  return [
    ...runs.map((run) => line('run', `${run.id} · ${run.state} · ${plural(run.commits, 'commit')}${run.diffStat ? ` · ${formatDiffStat(run.diffStat)}` : ''}`)),
    ...(more > 0 ? [line('', `and ${plural(more, 'other run')}: ${options.program ?? 'autopack'} status`)] : []),
    ...spentTexts(report).map((text, index) => line(index === 0 ? 'spent' : '', text)),
    // Of one attempt everything was said above.
    ...(tried > 1 ? [...wrapped('brought', yieldText(report.yield)), ...wrapped(report.yield.phases > 0 ? '' : 'brought', nothingText(report.yield))] : []),
    ...(report.command === 'drain' && tried > 0 ? wrapped('go/no-go', isToldBelow(report) ? report.goNoGo.verdict : `${report.goNoGo.verdict}: ${report.goNoGo.reason}`) : []),
    ...wrapped('stopped', `${report.stop.reason}${report.stop.detail ? `: ${report.stop.detail}` : ''}`),
    ...runs.slice(0, mostSummaries).map((run) => place('summary', run.summary)),
  ]
}

/** A plugin's section may have the criteria one by one. */
function isToldBelow({ sections }: DrainReport): boolean {
  return sections.some((section) => /\bno-go\b/.test(section.title))
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
