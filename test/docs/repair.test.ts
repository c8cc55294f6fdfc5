import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { repairKinds } from '../../core/model/repair.ts'
import { readPage } from '../support/doc-page.ts'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/repair.md')

test('names everything that is found', () => {
  const page = readPage('docs/repair.md')
  for (const kind of repairKinds) assert.match(page, new RegExp(`^\\| \`${kind}\``, 'm'))
})

test('does what it says, step by step', () => followDocs('docs/repair.md', { runs: 6, excerpts: 5, git: false }))

test.run()
