import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/limits.md')

test('does what it says, step by step', () => followDocs('docs/limits.md', { runs: 4, excerpts: 4 }))

test.run()
