import type { PhaseReview } from '../../core/index.ts'
import type { ReviewCriteria } from './criteria.ts'
import { titleOf } from './research.ts'
import type { ResearchItem } from './research.ts'
import { researchOf } from './files.ts'

/** What a builder has to know to write a findings file. */
export function howToWrite(file: string, { minFindingsRequired, minRecommendationsRequired }: Pick<ReviewCriteria, 'minFindingsRequired' | 'minRecommendationsRequired'>) {
  const example = {
    summary: 'What came out, in a few sentences.', confidence: 0.8,
    findings: [{ title: 'One finding in a sentence', detail: 'Anything more.', sources: ['https://example.org/page', 'src/file.ts'] }],
    recommendations: [{ title: 'What to do about it' }], questions: ['What is still open?'],
  }
  return {
    title: 'The findings file', path: file,
    text: [
      'JSON of this form. `confidence` (0 a guess, 1 proven), `findings` and `recommendations` are required; a finding or recommendation may also be a plain text.', '',
      '```json', JSON.stringify(example, undefined, 2), '```', '',
      `Expected are at least ${minFindingsRequired} findings and ${minRecommendationsRequired} recommendations. Be honest about the confidence: somebody decides by it.`,
    ].join('\n'),
  }
}

/** Of the research before, as much as helps: the next attempt starts from a clean tree. */
const mostItems = 30

/** What was handed in before and not approved, for the next attempt to go on from. */
export function earlierResearch(review: PhaseReview): { title: string; text: string } | undefined {
  const research = researchOf(review)
  if (!research || (review.decision?.type !== 'more' && review.decision?.type !== 'reject')) return undefined
  const list = (items: readonly ResearchItem[]) => items.slice(0, mostItems).flatMap((one) => {
    if (typeof one === 'string') return [`- ${one}`]
    return [`- ${titleOf(one)}${one.sources?.length ? ` (${one.sources.join(', ')})` : ''}`, ...(one.detail === undefined ? [] : [`  ${one.detail.trim().replace(/\n/g, '\n  ')}`])]
  })
  return {
    title: `Findings of attempt ${review.attempt}, which were ${review.decision.type === 'more' ? 'not enough' : 'rejected'}`,
    text: [
      ...(research.summary === undefined ? [] : [research.summary.trim(), '']),
      `Confidence ${research.confidence}.`, '', 'Findings:', ...list(research.findings), '', 'Recommendations:', ...list(research.recommendations),
      ...(research.questions?.length ? ['', 'Open questions:', ...research.questions.map((question) => `- ${question}`)] : []),
    ].join('\n'),
  }
}
