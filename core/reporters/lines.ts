import type { CheckDelta } from '../model/check.ts'
import { formatDuration } from '../model/duration.ts'
import type { AutopackEvent } from '../model/events.ts'
import { grouped } from '../model/grouped.ts'
import type { Reporter } from '../model/plugin.ts'
import { formatDiffStat, formatUsage, padEnd, plainLine, plural, shellQuote, shortPath, textWidth, truncate } from './format.ts'
import { capLines } from './caps.ts'
import { outcomeWord, paintOutcome } from './outcome.ts'
import type { PhaseFinished } from './outcome.ts'
import type { Style } from './style.ts'
import { previewLines } from './preview.ts'
import { summaryLines } from './summary.ts'
import { wrapText } from './table.ts'

export interface LinesOptions {
  print(line: string): void
  style: Style
  /** Width of the terminal; Infinity where there is none: a log is for grep, nothing is cut or wrapped. */
  columns: number
  /** Paths below it are printed relative to it. */
  cwd: string
  /** All lines are about this run: its name need not stand in them. Default: that of a drain with one run. */
  run?: string
  /** What to type for another command. Default `autopack`. */
  program?: string
}

/** Width of the first column: what happened. */
const wordWidth = 10
const widestName = 32
/** A stage that took less than this last time is not worth a line. */
const worthTellingMs = 10_000

/** Plain lines for a log or a pipe: what began, what was judged, what it cost, and the end of the drain. Every line stands by itself. */
export function createLinesReporter(options: LinesOptions): Reporter {
  const { style, print } = options
  let nameWidth = 0
  let onlyRun = options.run
  /** Buckets of which it was told that they park something. */
  const parked = new Set<string>()
  /** The phase that was the first to have a warning: the same text once more would only hide what is new. */
  const warnings = new Map<string, string>()
  const head = (word: string, paint: (text: string) => string, of: { run: string; phase: string }) => {
    const name = of.run === onlyRun ? of.phase : `${of.run}/${of.phase}`
    nameWidth = Math.min(widestName, Math.max(nameWidth, textWidth(name)))
    return `${paint(padEnd(word, wordWidth))}${padEnd(name, nameWidth)}  `
  }
  const line = (start: string, text: string) => print((start + truncate(plainLine(text), Math.max(24, options.columns - textWidth(start)))).trimEnd())
  const detail = (text: string) => print(' '.repeat(wordWidth) + text)

  return {
    name: 'lines',
    event(event) {
      switch (event.type) {
        case 'run-imported':
          return importLines(event).forEach((text) => print(style.dim(padEnd('plan', wordWidth)) + text))
        case 'drain-started':
          // The name of the one run stands in the first line: it need not stand in every other.
          onlyRun = options.run ?? (event.runs.length === 1 ? event.runs[0] : undefined)
          return startLines(event, options).forEach(([word, text]) => print(style.dim(padEnd(word, wordWidth)) + text))
        case 'phase-started':
          return line(head('start', style.bold, event), `${event.attempt > 1 ? `attempt ${event.attempt} · ` : ''}${firstLine(event.goal)}`)
        case 'stage-started': {
          const waitsLong = event.stage === 'baseline' || event.stage === 'workspace' || (event.lastMs ?? 0) >= worthTellingMs
          // A commit that others were before.
          const told = (waitsLong || event.stage === 'commit') && (event.detail !== undefined || event.lastMs !== undefined)
          if (told) line(head(event.stage, style.dim, event), stageText(event))
          return
        }
        case 'prompt-written':
          if (event.cut.length > 0) line(head('prompt', style.dim, event), promptText(event))
          return
        case 'check-judged':
          // What a check that passed has to say comes with the phase, as a warning.
          if (event.delta.verdict.type !== 'passed') line(head('check', style.yellow, event), deltaText(event.delta))
          return
        case 'phase-finished':
          line(head(outcomeWord(event.outcome), (text) => paintOutcome(event.outcome, text, style), event), finishedText(event))
          return finishedDetails(event, warnings, options).forEach(detail)
        case 'notice':
          return noticeLines(event, options).forEach(print)
        case 'bucket-changed':
          return bucketLines(event, parked, options).forEach(print)
        case 'drain-finished':
          return summaryLines(event.report, options).forEach(print)
        case 'drain-previewed':
          return previewLines(event, options).forEach(print)
        case 'stage-finished': case 'progress':
          return
      }
    },
  }
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? ''
}

function importLines(event: Extract<AutopackEvent, { type: 'run-imported' }>): string[] {
  if (event.change === 'unchanged') return []
  if (event.change === 'new') return [`${event.run}: imported, ${plural(event.changes.length, 'phase')}`]
  return event.changes
    .filter((change) => change.type !== 'kept' || change.reason !== undefined)
    .map((change) => `${event.run}/${change.phase}: ${change.type}${change.fields?.length ? ` (${change.fields.join(', ')})` : ''}${change.reason ? `: ${change.reason}` : ''}`)
}

function startLines(event: Extract<AutopackEvent, { type: 'drain-started' }>, { columns, cwd }: LinesOptions): [string, string][] {
  const caps = capLines(event.caps, columns - wordWidth).map((line, index): [string, string] => [index === 0 ? 'caps' : '', line])
  const store = event.store ? [['store', `${event.store.kind} ${shortPath(event.store.location, cwd)} · ${event.store.id.slice(0, 12)}`] satisfies [string, string]] : []
  return [['session', `${event.session} · ${event.runs.length === 1 ? `run ${event.runs[0]}` : plural(event.runs.length, 'run')} · ${plural(event.phases, 'phase')}`], ...caps, ...store]
}

/** `tests, 12.3s last time`. */
export function stageText(event: { detail?: string; lastMs?: number }): string {
  return [event.detail?.replace(/ \(baseline\)$/, ''), event.lastMs === undefined ? undefined : `${formatDuration(event.lastMs)} last time`].filter(Boolean).join(', ')
}

/** `full at 20,000 tokens; left out: the contents of docs/a.md and 3 more`. What was nearest to staying comes first. */
function promptText({ cut, maxTokens }: Extract<AutopackEvent, { type: 'prompt-written' }>): string {
  return `full at some ${grouped(maxTokens)} tokens; left out: ${cut.at(-1)!.what}${cut.length > 1 ? ` and ${cut.length - 1} more` : ''}`
}

/** Why a check blocks, in numbers: the names come with the evidence. */
export function deltaText(delta: CheckDelta): string {
  const counts = [
    delta.newFailures.length > 0 && plural(delta.newFailures.length, 'new failure'),
    delta.collectionErrors.length > 0 && plural(delta.collectionErrors.length, 'collection error'),
    delta.disappeared.length > 0 && `${delta.disappeared.length} disappeared`,
    delta.newlySkipped.length > 0 && `${delta.newlySkipped.length} newly skipped`,
    delta.flaky.length > 0 && `${delta.flaky.length} flaky`,
    delta.fixed.length > 0 && `${delta.fixed.length} fixed`,
    delta.preexisting.length > 0 && `${delta.preexisting.length} failed before too`,
  ].filter((part) => part !== false)
  const blocking = delta.newFailures.length + delta.collectionErrors.length + delta.disappeared.length + delta.newlySkipped.length
  const reason = blocking === 0 && delta.verdict.type !== 'passed' ? [delta.verdict.reason] : []
  return `${delta.check} ${delta.verdict.type}: ${[...reason, ...counts].join(' · ')}`
}

function finishedText(event: PhaseFinished): string {
  const parts = [
    event.classification?.class,
    formatDuration(event.durationMs),
    event.diffStat && formatDiffStat(event.diffStat),
    formatUsage(event.usage),
    event.commit?.slice(0, 10),
  ]
  return parts.filter(Boolean).join(' · ')
}

/** Title and evidence of a failure, the reason of anything else, who approved it, say, and warnings. */
function finishedDetails(event: PhaseFinished, warnings: Map<string, string>, options: LinesOptions): string[] {
  const width = Math.max(40, options.columns - wordWidth)
  const { style } = options
  const details: string[] = []
  const title = event.classification?.title
  // What ends in the title says more than the title alone.
  const said = title !== undefined && event.reason?.endsWith(`: ${title}`) ? event.reason : (title ?? event.reason)
  if (said !== undefined && said !== outcomeWord(event.outcome)) details.push(...wrapText(plainLine(said), width))
  // Before the builder it was the base that failed: what the failure was is not yet why the phase was not tried.
  if (event.outcome === 'failed' && event.reason !== undefined && event.reason !== said) details.push(...wrapText(plainLine(event.reason), width))
  for (const evidence of event.classification?.evidence.slice(0, 3) ?? []) {
    const text = plainLine(evidence).trim()
    if (text !== '' && !saysTheSame(title ?? said, text)) details.push(style.dim(truncate(`| ${text}`, Math.min(width, 200))))
  }
  for (const warning of warningTexts(event, warnings)) details.push(...wrapText(`warning: ${warning}`, width).map(style.yellow))
  if (event.outcome === 'failed') details.push(style.dim(`${options.program ?? 'autopack'} show ${shellQuote(event.run)} ${shellQuote(event.phase)}`))
  return details
}

/** Warnings that no phase had before, and how many there are of the others. */
function warningTexts(event: PhaseFinished, known: Map<string, string>): string[] {
  const texts = event.warnings.map(plainLine)
  const again = texts.filter((text) => known.has(text))
  for (const text of texts) if (!known.has(text)) known.set(text, event.phase)
  const first = again[0] === undefined ? undefined : known.get(again[0])
  return [...texts.filter((text) => !again.includes(text)), ...(first === undefined ? [] : [`the same${again.length > 1 ? ` ${again.length}` : ''} as of ${first}`])]
}

/** Whether a title is this line of evidence, but for white space, a cut at its end and the count of others. */
function saysTheSame(title: string | undefined, evidence: string): boolean {
  const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim()
  const start = squeeze(title ?? '').replace(/ \(and \d+ more\)$/, '').replace(/…$/, '')
  return start !== '' && squeeze(evidence).startsWith(start)
}

/** What opened or closed and what that means; that one failure is being looked into is no news until it is known what comes of it. */
function bucketLines(event: Extract<AutopackEvent, { type: 'bucket-changed' }>, parked: Set<string>, { style, columns }: LinesOptions): string[] {
  const opens = event.state === 'open' || event.state === 'half-open'
  if (opens) parked.add(event.fingerprint)
  else if (!parked.delete(event.fingerprint)) return []
  const word = padEnd(opens ? 'parked' : 'released', wordWidth)
  const what = event.state === 'half-open' ? `${event.radius}, until a probe gets past this` : event.radius
  const text = opens ? `${what}: ${plainLine(event.title)} (${plural(event.members, 'phase')} so far; autopack explain ${event.fingerprint})` : `${event.fingerprint} is closed: ${plainLine(event.title)}`
  return wrapText(text, Math.max(40, columns - wordWidth)).map((line, index) => (index === 0 ? (opens ? style.yellow(word) : style.dim(word)) : ' '.repeat(wordWidth)) + line)
}

function noticeLines(event: Extract<AutopackEvent, { type: 'notice' }>, options: LinesOptions): string[] {
  const word = padEnd(event.level === 'warning' ? 'warning' : 'note', wordWidth)
  const about = event.run === undefined ? '' : `${event.run}${event.phase === undefined ? '' : `/${event.phase}`}: `
  return event.message.split('\n').flatMap((part, line) =>
    wrapText(plainLine(line === 0 ? about + part : part), Math.max(40, options.columns - wordWidth)).map((text, index) =>
      (line + index === 0 ? (event.level === 'warning' ? options.style.yellow(word) : options.style.dim(word)) : ' '.repeat(wordWidth)) + text,
    ),
  )
}
