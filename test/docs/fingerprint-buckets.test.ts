import { suite } from 'uvu'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/plugins/fingerprint-buckets.md')

test('does what it says, step by step', () => followDocs('docs/plugins/fingerprint-buckets.md', { runs: 3, excerpts: 3, imports: true }))

test.run()
