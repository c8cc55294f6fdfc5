import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/landing.md')

test('does what it says, step by step', () => followDocs('docs/landing.md', { runs: 6, excerpts: 5, imports: true }))

test.run()
