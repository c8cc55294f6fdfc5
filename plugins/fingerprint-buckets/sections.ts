import type { BucketReport, BucketSummary, DrainReport } from '../../core/index.ts'

export const phases = (count: number): string => (count === 1 ? '1 phase' : `${count} phases`)
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
const percent = (share: number): string => `${Math.round(share * 100)} %`
const minute = (time: string): string => time.replace('T', ' ').replace(/:\d\d\.\d+Z$/, ' UTC')
/** Without the version: enough to tell one from another, and to type. */
const short = (fingerprint: string): string => fingerprint.replace(/^v\d+-/, '').slice(0, 7)

function spentText({ tokens, unknown }: BucketSummary['spent']): string {
  if (tokens === null) return unknown > 0 ? 'unknown' : '0'
  const text = tokens >= 1_000_000 ? `${(tokens / 1_000_000).toFixed(1)} M` : tokens >= 1_000 ? `${Math.round(tokens / 1_000)} k` : String(tokens)
  return unknown > 0 ? `${text} +?` : text
}

/** What failed in one drain alone. */
export function ofSession(report: BucketReport, session: string): BucketReport {
  const buckets = report.buckets.filter((bucket) => bucket.state !== 'closed' || bucket.trend.some((drain) => drain.session === session))
  return { ...report, buckets }
}

/** A line for each bucket of a drain, and one more for what it parks. */
export function bucketLines(buckets: readonly BucketSummary[]): string[] {
  return buckets.slice(0, 10).flatMap((bucket) => [
    `${short(bucket.fingerprint)}  ${times(bucket.count)} (${percent(bucket.share)})  ${bucket.class}: ${oneLine(bucket.title)}`,
    ...(bucket.radius === null ? [] : [`         ${bucket.state}: parks ${phases(bucket.parked)} of ${bucket.radius}; released by ${bucket.release}`]),
  ])
}

function oneLine(text: string, longest = 110): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line
}

export function runLines(report: BucketReport): string[] {
  const titles = new Map(report.buckets.map((bucket) => [bucket.fingerprint, `${bucket.class}: ${oneLine(bucket.title)}`]))
  return report.runs.slice(0, 10).map((run) => `${run.run}  ${short(run.fingerprint)} (${percent(run.share)} of ${run.failures})  ${titles.get(run.fingerprint) ?? ''}`.trimEnd())
}

export function goNoGoLines({ verdict, attempts, criteria }: DrainReport['goNoGo']): string[] {
  const names = { 'import-time-failures': 'import-time failures', 'collection-share': 'failed at collection', 'phases-with-events': 'phases with events' }
  const value = (one: (typeof criteria)[number]) => (one.name === 'import-time-failures' ? String(one.value) : percent(one.value))
  return [`${verdict}, by ${attempts} charged attempts`, ...criteria.map((one) => `${one.met ? 'met' : 'not met'}  ${names[one.name]}: ${value(one)}`)]
}

/** A table that a person can act on, within 80 columns: what parks something comes first; below the figures of each bucket what it is. */
export function tableLines(report: BucketReport): string[] {
  const head = ['bucket', 'count', 'share', 'state', 'parked', 'tokens', 'runs', 'blame']
  const rows = report.buckets.map((bucket) => [
    short(bucket.fingerprint), String(bucket.count), percent(bucket.share), bucket.state === 'closed' ? '' : bucket.state, bucket.parked === 0 ? '' : String(bucket.parked),
    spentText(bucket.spent), String(bucket.runs.length), bucket.blame,
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]!.length)))
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
  return lines.flatMap((line, index) => (index === 0 ? [line] : [line, ' '.repeat(9) + oneLine(`${report.buckets[index - 1]!.class}: ${report.buckets[index - 1]!.title}`, 71)]))
}

/** What an open bucket parks, since when, and what would release it. */
export function bucketDetails(bucket: BucketSummary): string[] {
  const fact = (label: string, text: string) => `  ${label.padEnd(8)}${text}`
  return [
    `${bucket.fingerprint}  ${bucket.class}: ${oneLine(bucket.title)}`,
    fact('state', `${bucket.state}${bucket.parkedSince === null ? '' : ` since ${minute(bucket.parkedSince)}`}${bucket.parkedBy ? `, parked by ${bucket.parkedBy.by}: ${bucket.parkedBy.reason}` : ''}`),
    fact('parks', `${phases(bucket.parked)} of ${bucket.radius ?? ''}; blame ${bucket.blame}`),
    fact('seen', `${times(bucket.count)} in ${phases(bucket.phases.length)} of ${bucket.runs.length === 1 ? `run ${bucket.runs[0]}` : `${bucket.runs.length} runs`}, ${minute(bucket.firstSeen)} to ${minute(bucket.lastSeen)}`),
    ...(bucket.trend.length > 1 ? [fact('trend', bucket.trend.slice(-8).map((drain) => drain.failures).join(' → '))] : []),
    fact('release', `${bucket.release ?? ''}`),
  ]
}
