import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareChecks } from '../../../core/checks/index.ts'
import { brokenResult, comparison, exitOf } from '../../support/checks.ts'

const test = suite('compareChecks by exit code')
const typeOf = (...[base, head, more]: Parameters<typeof comparison>) => compareChecks(comparison(base, head, more)).verdict.type

test('exit 0 passes, and fixes what the base had', () => {
  assert.is(typeOf(exitOf(0), exitOf(0)), 'passed')
  assert.equal(compareChecks(comparison(exitOf(1, 'A'), exitOf(0))).fixed, ['A'])
})

test('causes of the base are excused, new ones block', () => {
  assert.is(typeOf(exitOf(1, 'A'), exitOf(1, 'A')), 'passed')
  assert.is(typeOf(exitOf(1, 'A', 'B'), exitOf(2, 'A')), 'passed')
  const delta = compareChecks(comparison(exitOf(1, 'A'), exitOf(1, 'A', 'B')))
  assert.equal([delta.verdict, delta.newFailures, delta.preexisting], [{ type: 'blocked', reason: 'tests: exit code 1: B' }, ['B'], ['A']])
  assert.is(typeOf(exitOf(0), exitOf(1, 'A')), 'blocked')
  assert.is(typeOf(exitOf(0), exitOf(1)), 'blocked', 'without a cause as well: it passed on the base')
})

test('no confident cause on both sides is inconclusive', () => {
  for (const [base, head] of [[exitOf(1), exitOf(1)], [exitOf(1, 'A'), exitOf(1)], [exitOf(1), exitOf(1, 'A')]] as const) {
    assert.not.equal(typeOf(base, head), 'passed')
  }
  assert.is(typeOf(exitOf(1), exitOf(1)), 'inconclusive')
  assert.is(typeOf(undefined, exitOf(1)), 'inconclusive')
  assert.is(typeOf(exitOf(1, 'A'), { ...exitOf(1, 'A'), exitCode: null, signal: 'SIGSEGV' }), 'inconclusive', 'the same cause, and another end')
  assert.is(typeOf(brokenResult('timeout'), exitOf(1)), 'inconclusive')
  assert.is(typeOf(brokenResult('timeout'), exitOf(1, 'A')), 'blocked', 'an inconclusive baseline excuses nothing')
})

test('acceptance must exit 0', () => {
  assert.is(typeOf(exitOf(1, 'A'), exitOf(1, 'A'), { against: 'none' }), 'blocked')
  assert.is(typeOf(exitOf(1), exitOf(1), { against: 'none' }), 'blocked')
})

test('a retry that passes makes it flaky; one that fails in another way does not', () => {
  const delta = compareChecks(comparison(exitOf(0), exitOf(1, 'A'), { retry: exitOf(0) }))
  assert.equal([delta.verdict.type, delta.flaky], ['passed', ['A']])
  assert.is(typeOf(exitOf(0), exitOf(1, 'A'), { retry: exitOf(1, 'B') }), 'blocked')
  assert.is(typeOf(exitOf(1, 'A'), exitOf(1, 'A', 'B'), { retry: exitOf(1, 'A') }), 'passed', 'only the known cause is left')
  assert.is(typeOf(exitOf(1), exitOf(1), { against: 'none', retry: exitOf(0) }), 'passed')
})

test.run()
