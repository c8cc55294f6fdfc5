import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scopeStubKinds } from '../../plugins/scope-stubs/kinds.ts'
import { readPage } from '../support/doc-page.ts'
import { followDocs } from '../support/follow-docs.ts'

const test = suite('docs/plugins/scope-stubs.md')
const page = readPage('docs/plugins/scope-stubs.md')

test('lists every kind, in order, and which are made when asked', () => {
  const rows = [...page.matchAll(/^\| `([\w.-]+)` \| (.*?) \| .* \|$/gm)].map(([, name, matches]) => [name, matches!.endsWith(', when asked')])
  assert.equal(rows, scopeStubKinds.map((kind) => [kind.name, kind.onlyWhenAsked === true]))
})

test('does what it says, step by step', () => followDocs('docs/plugins/scope-stubs.md', {
  runs: 4, excerpts: 2,
  // The files that stand in the page behind the first command belong to the repository's top too.
  order: (steps) => [...steps.filter((step) => step.type === 'file'), ...steps.filter((step) => step.type !== 'file')],
}))

test.run()
