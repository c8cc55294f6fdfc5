import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/learning.md')

test('does what it says, step by step', () => followDocs('docs/learning.md', { runs: 4, excerpts: 3, git: false }))

test.run()
