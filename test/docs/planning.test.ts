import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/planning.md')

test('does what it says, step by step', () => followDocs('docs/planning.md', { runs: 2, excerpts: 2, git: false }))

test.run()
