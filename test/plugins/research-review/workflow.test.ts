import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { ResearchReviewWorkflow, ReviewDecision } from '../../../plugins/index.ts'
import type { WorkflowOptions } from '../../../plugins/index.ts'

const test = suite('ResearchReviewWorkflow')

const made: string[] = []
const newFolder = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'autopack-reviews-'))
  made.push(folder)
  return path.join(folder, 'reviews')
}
test.after(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

const { APPROVED, REJECTED, NEEDS_MORE_RESEARCH } = ReviewDecision
const research = { summary: 'Two carriers push.', confidence: 0.95, findings: ['Parcelo pushes', { title: 'Fastbox polls', sources: ['https://fastbox.example'] }], recommendations: ['Take Parcelo'], questions: ['What does it cost?'] }
const now = () => new Date('2026-11-22T10:00:00.000Z')
const codeOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return String((error as { code?: unknown }).code)
  }
  return 'nothing was thrown'
}

const places: [string, () => WorkflowOptions][] = [['in memory', () => ({})], ['in a folder', () => ({ folder: newFolder() })]]
for (const [place, options] of places) {
  test(`${place}: a person is required, so it is pending until one decides, and then for good`, () => {
    const workflow = new ResearchReviewWorkflow({}, { ...options(), now })
    const id = workflow.submitForReview(research)
    assert.is(workflow.canAutoReview(research), false)
    assert.equal(workflow.getReviewStatus(id), { id, status: 'pending', submittedAt: '2026-11-22T10:00:00.000Z', decision: null, reviewer: null })
    assert.equal(workflow.listPendingReviews().map((one) => [one.id, one.suggestion?.decision]), [[id, APPROVED]])
    assert.is(codeOf(() => workflow.exportReviewToBuildHistory(id)), 'review-pending')

    const result = workflow.manualReview(id, APPROVED, 'ann', 'go')
    assert.equal([result.reviewer, result.comments, result.approvedFindings, result.approvedRecommendations, result.timestamp], ['ann', 'go', ['Parcelo pushes', 'Fastbox polls'], ['Take Parcelo'], '2026-11-22T10:00:00.000Z'])
    assert.equal(workflow.listPendingReviews(), [])
    assert.equal([workflow.getReviewStatus(id).status, workflow.getReviewStatus(id).decision], ['completed', APPROVED])
    for (const decision of Object.values(ReviewDecision)) assert.throws(() => workflow.manualReview(id, decision, 'bob'), /is decided already: APPROVED by ann/)
    assert.is(workflow.getReviewStatus(id).reviewer, 'ann')
  })

  test(`${place}: without a person the rules decide at once`, () => {
    const workflow = new ResearchReviewWorkflow({ requireHumanReview: false, minFindingsRequired: 2 }, options())
    assert.is(workflow.canAutoReview(research), true)
    assert.equal(workflow.getReviewStatus(workflow.submitForReview(research)).decision, APPROVED)
    const few = workflow.getReview(workflow.submitForReview({ ...research, findings: ['one'] })).result
    assert.equal([few?.decision, few?.comments, few?.reviewer], [NEEDS_MORE_RESEARCH, '1 of 2 findings', 'auto'])
    assert.is(workflow.getReviewStatus(workflow.submitForReview({ ...research, confidence: 0.1 })).decision, REJECTED)
    assert.equal(workflow.listPendingReviews(), [])
  })

  test(`${place}: autoReview says what the rules would, and decides nothing`, () => {
    const workflow = new ResearchReviewWorkflow({}, options())
    const id = workflow.submitForReview(research)
    assert.is(workflow.autoReview(research).decision, APPROVED)
    assert.is(workflow.getReviewStatus(id).status, 'pending')
  })

  test(`${place}: what cannot be is refused`, () => {
    const workflow = new ResearchReviewWorkflow({}, options())
    const id = workflow.submitForReview(research, { id: 'mine' })
    assert.is(id, 'mine')
    assert.equal([
      codeOf(() => workflow.submitForReview(research, { id: 'mine' })), codeOf(() => workflow.submitForReview(research, { id: '../mine' })), codeOf(() => workflow.getReviewStatus('other')), codeOf(() => workflow.getReviewStatus('../mine')),
      codeOf(() => workflow.submitForReview({ ...research, confidence: 2 })), codeOf(() => workflow.manualReview('mine', 'approved' as never, 'ann')), codeOf(() => workflow.manualReview('mine', APPROVED, ' ')),
    ], ['review-exists', 'review-id', 'review-unknown', 'review-unknown', 'review-input', 'review-input', 'review-input'])
    assert.is(workflow.getReviewStatus('mine').status, 'pending')
  })

  test(`${place}: the older calls work on the same reviews`, () => {
    const workflow = new ResearchReviewWorkflow({}, options())
    const record = workflow.createReview({ title: 'Which carrier?', research })
    assert.equal(workflow.listPendingReviews().map((one) => one.title), ['Which carrier?'])
    const decided = workflow.submitDecision(record, { decision: REJECTED, reviewer: 'ann', approvedFindings: ['Parcelo pushes'] })
    assert.equal([decided.status, decided.result?.approvedFindings, workflow.getReviewStatus(record.id).decision], ['completed', ['Parcelo pushes'], REJECTED])
    assert.is(codeOf(() => workflow.manualReview(record.id, APPROVED, 'bob')), 'review-decided')
    const id = workflow.submitForReview(research)
    workflow.manualReview(id, APPROVED, 'ann')
    assert.is(codeOf(() => workflow.submitDecision(id, { decision: REJECTED, reviewer: 'bob' })), 'review-decided')
  })
}

test('one JSON file a review, read by whoever opens the folder, and nothing else is left in it', () => {
  const folder = newFolder()
  const first = new ResearchReviewWorkflow({}, { folder, now })
  const id = first.submitForReview(research, { id: 'survey-1', run: 'r', phase: 'survey', attempt: 1, title: 'Which carrier?' })
  const record = new ResearchReviewWorkflow({}, { folder }).createReview({ id: 'other' })
  new ResearchReviewWorkflow({}, { folder }).submitDecision(record, { decision: NEEDS_MORE_RESEARCH, reviewer: 'bob' })
  first.manualReview(id, APPROVED, 'ann')
  assert.equal(readdirSync(folder).sort(), ['other.json', 'survey-1.json'])
  const stored = JSON.parse(readFileSync(path.join(folder, 'survey-1.json'), 'utf8')) as Record<string, unknown>
  assert.equal(Object.keys(stored).sort(), ['attempt', 'id', 'phase', 'research', 'result', 'run', 'status', 'submittedAt', 'suggestion', 'title', 'version'])
  assert.is(first.getReviewStatus('other').decision, NEEDS_MORE_RESEARCH)
})

test('a decision that a crash left beside its record counts, and is put into it', () => {
  const folder = newFolder()
  const workflow = new ResearchReviewWorkflow({}, { folder })
  workflow.createReview({ id: 'a' })
  const pending = readFileSync(path.join(folder, 'a.json'), 'utf8')
  workflow.manualReview('a', REJECTED, 'ann')
  // As it lies between the two steps.
  writeFileSync(path.join(folder, '.a.decision'), readFileSync(path.join(folder, 'a.json')))
  writeFileSync(path.join(folder, 'a.json'), pending)
  assert.is(workflow.getReviewStatus('a').decision, REJECTED)
  assert.is(codeOf(() => workflow.manualReview('a', APPROVED, 'bob')), 'review-decided')
  assert.equal([readdirSync(folder), (JSON.parse(readFileSync(path.join(folder, 'a.json'), 'utf8')) as { status: string }).status], [['a.json'], 'completed'])
})

test('a file that is no record is named', () => {
  const folder = newFolder()
  new ResearchReviewWorkflow({}, { folder }).createReview({ id: 'a' })
  writeFileSync(path.join(folder, 'a.json'), '{}')
  assert.is(codeOf(() => new ResearchReviewWorkflow({}, { folder }).getReview('a')), 'review-record')
})

test('two processes decide the same reviews: one wins each, the other is told', async () => {
  const folder = newFolder()
  const workflow = new ResearchReviewWorkflow({}, { folder })
  const ids = Array.from({ length: 40 }, (_, index) => workflow.createReview({ id: `review-${index}` }).id)
  const worker = path.join(import.meta.dirname, 'decide-worker.ts')
  const [ann, bob] = await Promise.all(['ann', 'bob'].map(async (by) => JSON.parse((await promisify(execFile)(process.execPath, [worker, folder, by])).stdout) as Record<string, string>))
  for (const id of ids) {
    const { reviewer } = workflow.getReviewStatus(id)
    assert.equal([ann![id], bob![id]], reviewer === 'ann' ? ['won', 'told of ann'] : ['told of bob', 'won'])
  }
  assert.equal(readdirSync(folder).sort(), ids.map((id) => `${id}.json`).sort())
})

test('the entry of the build history', () => {
  const workflow = new ResearchReviewWorkflow({}, { now })
  const forged = workflow.createReview({ id: 'forged', run: 'r', research: { ...research, summary: '<!-- review r/survey-1 -->' } })
  workflow.manualReview(forged.id, APPROVED, 'ann')
  assert.not.match(workflow.exportReviewToBuildHistory(forged.id), /<!-- review r\/survey-1/, 'that would stand for the other entry')
  const id = workflow.submitForReview(research, { id: 'survey-1', run: 'r', phase: 'survey', attempt: 1, title: 'Which carrier?' })
  workflow.manualReview(id, APPROVED, 'ann', 'go\nnow')
  assert.is(workflow.exportReviewToBuildHistory(id), `## Research review: r/survey
<!-- review r/survey-1 -->

Which carrier?

- decision: APPROVED by ann, 2026-11-22T10:00:00.000Z
- attempt: 1
- confidence: 0.95
- comments: go
  now

Two carriers push.

### Findings

- Parcelo pushes (approved)
- Fastbox polls (approved): https://fastbox.example

### Recommendations

- Take Parcelo (approved)

### Open questions

- What does it cost?
`)
})

test.run()
