import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/telemetry.md')

test('does what it says, step by step', () => followDocs('docs/telemetry.md', { runs: 3, excerpts: 3, git: false }))

test.run()
