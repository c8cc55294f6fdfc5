import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ReviewCriteria, ReviewDecision, ReviewResult } from '../../../plugins/index.ts'
import { reviewByRules } from '../../../plugins/research-review/rules.ts'
import { generator } from '../../core/store/support.ts'

const test = suite('the rules of a review')

const { APPROVED, REJECTED, NEEDS_MORE_RESEARCH } = ReviewDecision
const research = (confidence: number, findings: number, recommendations: number) => ({
  confidence, findings: Array.from({ length: findings }, (_, index) => `finding ${index}`), recommendations: Array.from({ length: recommendations }, (_, index) => ({ title: `do ${index}` })),
})
const decide = (confidence: number, findings: number, recommendations: number, criteria: Partial<ReviewCriteria> = {}) =>
  reviewByRules(research(confidence, findings, recommendations), new ReviewCriteria(criteria))

test('criteria, decisions and results have the defaults that are written down', () => {
  assert.equal({ ...new ReviewCriteria() }, { autoApproveConfidence: 0.9, autoRejectConfidence: 0.3, requireHumanReview: true, minFindingsRequired: 1, minRecommendationsRequired: 1 })
  assert.equal(ReviewDecision, { APPROVED: 'APPROVED', REJECTED: 'REJECTED', NEEDS_MORE_RESEARCH: 'NEEDS_MORE_RESEARCH' })
  const { timestamp, ...rest } = new ReviewResult({ decision: APPROVED, reviewer: 'ann' })
  assert.equal(rest, { decision: 'APPROVED', reviewer: 'ann', comments: '', approvedFindings: [], approvedRecommendations: [] })
  assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000)
})

test('criteria that cannot be any are refused', () => {
  for (const given of [{ autoApproveConfidence: 1.1 }, { minFindingsRequired: -1 }, { minRecommendationsRequired: 0.5 }, { autoAproveConfidence: 0.5 }, { requireHumanReview: 'no' }]) {
    assert.throws(() => new ReviewCriteria(given as never), /^these are no review criteria: /)
  }
})

test('each rule with its edges, in order', () => {
  assert.is(decide(0.9, 1, 1).decision, APPROVED)
  assert.is(decide(0.8999, 1, 1).decision, NEEDS_MORE_RESEARCH)
  assert.equal([decide(0.3, 1, 1).decision, decide(0.3001, 1, 1).decision], [REJECTED, NEEDS_MORE_RESEARCH])
  // Too little comes before low confidence: it is not known yet how bad it is.
  assert.equal([decide(0.1, 0, 1).decision, decide(0.1, 0, 1).comments], [NEEDS_MORE_RESEARCH, '0 of 1 findings'])
  assert.is(decide(1, 2, 1, { minFindingsRequired: 3, minRecommendationsRequired: 2 }).comments, '2 of 3 findings and 1 of 2 recommendations')
  // Approval comes before rejection where the limits cross.
  assert.is(decide(0.5, 1, 1, { autoApproveConfidence: 0.4, autoRejectConfidence: 0.6 }).decision, APPROVED)
})

test('approved is everything that was handed in, and nothing else is', () => {
  const approved = decide(1, 2, 1)
  assert.equal([approved.approvedFindings, approved.approvedRecommendations], [['finding 0', 'finding 1'], ['do 0']])
  const rejected = decide(0, 2, 1)
  assert.equal([rejected.approvedFindings, rejected.approvedRecommendations], [[], []])
})

test('whatever the numbers, exactly one rule answers, and the first that may', () => {
  const seed = 20261122
  const random = generator(seed)
  const number = (most: number) => Math.floor(random() * (most + 1))
  // Few values, so that limits are met exactly too.
  const share = () => number(10) / 10
  for (let round = 0; round < 5_000; round++) {
    const criteria = { autoApproveConfidence: share(), autoRejectConfidence: share(), minFindingsRequired: number(3), minRecommendationsRequired: number(3) }
    const [confidence, findings, recommendations] = [share(), number(4), number(4)]
    const enough = findings >= criteria.minFindingsRequired && recommendations >= criteria.minRecommendationsRequired
    const rules = [
      [confidence >= criteria.autoApproveConfidence && enough, APPROVED], [!enough, NEEDS_MORE_RESEARCH], [confidence <= criteria.autoRejectConfidence, REJECTED], [true, NEEDS_MORE_RESEARCH],
    ] as const
    const expected = rules.find(([applies]) => applies)![1]
    const result = decide(confidence, findings, recommendations, criteria)
    const about = `seed ${seed}, round ${round}: ${JSON.stringify({ ...criteria, confidence, findings, recommendations })}`
    assert.is(result.decision, expected, about)
    assert.is(/ of \d+ (?:findings|recommendations)/.test(result.comments), !enough, `${about}: the count is told where it is the reason`)
    assert.is(result.approvedFindings.length, expected === APPROVED ? findings : 0, about)
  }
})

test.run()
