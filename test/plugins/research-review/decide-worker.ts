// One of two processes that decide every review of a folder; prints how each went as JSON.
import { readdirSync } from 'node:fs'
import { ResearchReviewWorkflow, ReviewDecision } from '../../../plugins/index.ts'

const [folder = '', by = ''] = process.argv.slice(2)
const workflow = new ResearchReviewWorkflow({}, { folder })
const outcomes: Record<string, string> = {}
for (const id of readdirSync(folder).filter((name) => /^review-\d+\.json$/.test(name)).map((name) => name.replace('.json', ''))) {
  try {
    workflow.manualReview(id, by === 'ann' ? ReviewDecision.APPROVED : ReviewDecision.REJECTED, by)
    outcomes[id] = 'won'
  } catch (error) {
    outcomes[id] = `told of ${/ by (\w+),/.exec((error as Error).message)?.[1]}`
  }
}
process.stdout.write(JSON.stringify(outcomes))
