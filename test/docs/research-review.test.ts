import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/plugins/research-review.md')

test('does what it says, step by step', () => followDocs('docs/plugins/research-review.md', { runs: 8, excerpts: 6, imports: true }))

test.run()
