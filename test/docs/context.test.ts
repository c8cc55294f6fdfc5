import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/context.md')

test('does what it says, step by step', () => followDocs('docs/context.md', { runs: 6, excerpts: 5, git: false }))

test.run()
