import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/limits.md')

test('does what it says, step by step', () => followDocs('docs/limits.md', { runs: 3, excerpts: 3 }))

test.run()
