import type { ReviewDecisionRecord } from './record.ts'
import { titleOf } from './research.ts'
import type { ResearchItem } from './research.ts'
import type { ReviewResult } from './result.ts'

/** Tells an entry from another, so that none is written twice. */
export const entryMark = (record: Pick<ReviewDecisionRecord, 'id' | 'run'>): string => `<!-- review ${record.run === undefined ? '' : `${record.run}/`}${record.id} -->`

/** The entry of a decided review in BUILD_HISTORY.md. Ends with a newline. */
export function historyEntry(record: ReviewDecisionRecord, result: ReviewResult): string {
  const { research, run, phase, attempt } = record
  const heading = `## ${research ? 'Research review' : 'Review'}: ${record.run === undefined ? record.title : `${run}/${phase}`}`
  const lines = [
    '',
    ...(record.run === undefined ? [] : [`${record.title}`, '']),
    `- decision: ${result.decision} by ${result.reviewer}, ${result.timestamp}`,
    ...(attempt === undefined ? [] : [`- attempt: ${attempt}${record.commit === undefined ? '' : `, commit ${record.commit.slice(0, 12)}`}`]),
    ...(research ? [`- confidence: ${research.confidence}`] : []),
    ...(result.comments === '' ? [] : [`- comments: ${indented(result.comments)}`]),
    ...(research?.summary === undefined ? [] : ['', research.summary.trim()]),
    ...list('Findings', research?.findings, result.approvedFindings),
    ...list('Recommendations', research?.recommendations, result.approvedRecommendations),
    ...(research?.questions?.length ? ['', '### Open questions', '', ...research.questions.map((question) => `- ${indented(question)}`)] : []),
  ]
  return `${withoutMarks(heading)}\n${entryMark(record)}\n${withoutMarks(lines.join('\n'))}\n`
}

/** What builders wrote must not hold the mark of another entry, which would then be taken for written. */
const withoutMarks = (text: string): string => text.replaceAll('<!--', '&lt;!--')

function list(title: string, items: readonly ResearchItem[] | undefined, approved: readonly string[]): string[] {
  if (!items?.length) return []
  return ['', `### ${title}`, '', ...items.map((one) => `- ${indented(titleOf(one))}${approved.includes(titleOf(one)) ? ' (approved)' : ''}${sourcesOf(one)}`)]
}

const sourcesOf = (one: ResearchItem): string => (typeof one === 'string' || !one.sources?.length ? '' : `: ${one.sources.join(', ')}`)
const indented = (text: string): string => text.trim().replace(/\n/g, '\n  ')
