// One of two processes that decide every phase in REVIEW; prints how each decision went as JSON.
import { createRunLayout } from '../../../core/layout/layout.ts'
import { systemRuntime } from '../../../core/runtime.ts'
import { openStore } from '../../../core/store/open.ts'

const [runsDir = '', by = ''] = process.argv.slice(2)
const store = await openStore({ layout: createRunLayout({ runsDir, project: 'p' }), configDir: runsDir, project: 'p', runtime: systemRuntime(), isAlive: () => true, create: true })
const outcomes: Record<string, string> = {}
for (const phase of await store.phases()) {
  const result = await store.decideReview({ run: phase.run, phase: phase.id, decision: by === 'ann' ? 'approve' : 'reject', by, comments: '' })
  outcomes[phase.id] = result.type === 'already-decided' ? `told of ${result.review.decision?.by}` : result.type
}
await store.close()
process.stdout.write(JSON.stringify(outcomes))
