import type { DecisionOutput, ReviewOutput, ReviewShowOutput } from './outputs.ts'
import { titleOf } from './research.ts'
import type { ResearchItem } from './research.ts'
import { ReviewDecision } from './result.ts'

/** A name as a shell takes it. */
const word = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)
const names = ({ run, phase }: { run: string; phase: string }): string => `${word(run)} ${word(phase)}`
/** Text of a builder, harmless on a terminal. */
const plain = (text: string): string => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')

const labelWidth = 12
const fact = (label: string, text: string): string => label.padEnd(labelWidth) + text.split('\n').map(plain).join(`\n${' '.repeat(labelWidth)}`)

const words: Record<ReviewDecision, string> = { [ReviewDecision.APPROVED]: 'approve', [ReviewDecision.REJECTED]: 'reject', [ReviewDecision.NEEDS_MORE_RESEARCH]: 'more' }

export function listLines(reviews: readonly ReviewOutput[], all: boolean): string[] {
  if (reviews.length === 0) return [all ? 'There are no reviews.' : 'Nothing waits for a review.']
  const lines = reviews.flatMap((review) => [
    `${review.run}/${review.phase}  ${review.decision ? `${review.decision.decision} by ${plain(review.decision.reviewer)}, ${review.decision.at.slice(0, 10)}` : `waits since ${review.requestedAt.slice(0, 16).replace('T', ' ')}`}`,
    ...(review.reasons.length > 0 ? [`  ${plain(review.reasons.join('; '))}`] : []),
    ...(review.decision || !review.suggestion ? [] : [`  the rules would say: ${words[review.suggestion.decision]} (${review.suggestion.comments})`]),
  ])
  const waiting = reviews.find((review) => !review.decision)
  return waiting ? [...lines, '', `next  autopack review show ${names(waiting)}`] : lines
}

export function showLines({ review, research, requests }: ReviewShowOutput): string[] {
  const { decision, suggestion } = review
  const others = requests.filter((one) => one.plugin !== 'researchReview')
  return [
    `${review.run}/${review.phase}  ${decision ? decision.decision : 'waits for a review'}`,
    plain(review.goal.trim()), '',
    fact('asked for', `${review.requestedAt.slice(0, 16).replace('T', ' ')}, attempt ${review.attempt}`),
    ...review.reasons.map((reason) => fact('reason', reason)),
    ...others.filter((one) => one.data !== undefined).map((one) => fact(one.plugin, JSON.stringify(one.data, undefined, 2))),
    ...(decision ? [fact('decided', `${decision.decision} by ${decision.reviewer}, ${decision.at}`), ...(decision.comments === '' ? [] : [fact('comments', decision.comments)])] : []),
    ...(research
      ? [
          fact('confidence', String(research.confidence)),
          ...(suggestion && !decision ? [fact('rules', `would say ${words[suggestion.decision]}: ${suggestion.comments}`)] : []),
          ...(research.summary === undefined ? [] : ['', plainLines(research.summary)]),
          ...items('Findings', research.findings), ...items('Recommendations', research.recommendations), ...items('Open questions', research.questions ?? []),
        ]
      : ['', 'There is no findings file: look at what was changed.']),
    '',
    `next  autopack show ${names(review)} --diff`,
    ...(decision ? [] : (['approve', 'reject', 'more'] as const).map((verb) => `      autopack review ${verb} ${names(review)}${verb === 'more' ? ' --comments "…"' : ''}`)),
  ]
}

const plainLines = (text: string): string => text.trim().split('\n').map(plain).join('\n')

function items(title: string, list: readonly ResearchItem[]): string[] {
  if (list.length === 0) return []
  return ['', title, ...list.flatMap((one, index) => {
    const start = `${String(index + 1).padStart(3)}. `
    const under = (text: string) => text.trim().split('\n').map((line) => `     ${plain(line)}`)
    if (typeof one === 'string') return [`${start}${plain(one)}`]
    return [
      `${start}${plain(titleOf(one))}${one.confidence === undefined ? '' : ` (confidence ${one.confidence})`}`,
      ...(one.detail === undefined ? [] : under(one.detail)), ...(one.sources ?? []).flatMap((source) => under(`- ${source}`)),
    ]
  })]
}

export function decisionLines(output: DecisionOutput): string[] {
  const { run, phase, state } = output
  const name = `${run}/${phase}`
  const next = (command: string) => `next  ${command}`
  switch (output.decision) {
    case ReviewDecision.APPROVED:
      if (state === 'COMPLETE') return [`${name} is approved and complete${output.commit === null ? '' : `: commit ${output.commit.slice(0, 12)}`}.`, next(`autopack run ${word(run)}`)]
      if (state === 'FAILED') return [`${name} is approved, and failed on the way to the branch: ${plain(output.title ?? output.reason ?? 'see its attempt')}`, next(`autopack show ${names(output)}`)]
      return [`${name} is approved; it goes to the branch with the next run${output.reason === null ? '' : ` (${plain(output.reason)})`}.`, next(`autopack run ${word(run)}`)]
    case ReviewDecision.REJECTED: return [`${name} is rejected: it has failed.`, next(`autopack requeue ${names(output)} --reason '…'`)]
    case ReviewDecision.NEEDS_MORE_RESEARCH: return [`${name} is queued again, with the comments in its prompt.`, next(`autopack run ${word(run)}`)]
  }
}
