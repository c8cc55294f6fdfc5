import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/drain.md')

test('does what it says, step by step', () => followDocs('docs/drain.md', { runs: 7, excerpts: 6, imports: true }))

test.run()
