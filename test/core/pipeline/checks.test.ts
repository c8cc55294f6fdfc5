import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { affectedChecks, planChecks } from '../../../core/pipeline/checks.ts'

const test = suite('checks that a phase can affect')

const planned = planChecks(
  { checks: [{ name: 'all', run: ['a'], format: 'exit-code' }, { name: 'web', run: ['w'], format: 'exit-code', unaffectedBy: ['docs/', './packages/core'] }] },
  { checks: [{ name: 'own', run: ['o'], format: 'exit-code', unaffectedBy: ['docs'] }] },
)
const leftOut = (write: string[], prefix = '', repairs: string[] = []) => affectedChecks(planned, { repairs }, write, prefix).leftOut

test('one is left out only where the whole write scope lies in folders that it is unaffected by', () => {
  assert.equal(leftOut(['docs/a.md', 'packages/core/', 'docs/**/*.md']), ['web'])
  for (const write of [[], ['docs/a.md', 'src/a.ts'], ['docs2/a.md'], ['packages/'], ['packages/*/a.ts'], ['packages/{core,web}/a.ts'], ['**/docs/a.md'], ['doc']]) assert.equal(leftOut(write), [], write.join())
})

test('folders count from the project root; what the phase is there to mend always runs', () => {
  assert.equal(leftOut(['shop/docs/a.md'], 'shop/'), ['web'])
  assert.equal(leftOut(['docs/a.md'], 'shop/'), [])
  assert.equal(leftOut(['docs/a.md'], '', ['web']), [])
})

test('the order stays, and a check of the phase itself', () => {
  assert.equal(affectedChecks(planned, { repairs: [] }, ['docs/'], '').checks.map((check) => check.spec.name), ['all', 'own'])
})

test.run()
