import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { isWithinReach, judgeCheck, nextStep } from '../../../core/checks/index.ts'
import type { CheckResult } from '../../../core/model/check.ts'
import { brokenResult, comparison, exitOf, resultOf, testCase } from '../../support/checks.ts'

const test = suite('judgeCheck')
const passed = testCase('cart adds', 'passed', 'test/cart/add.test.ts')
const failed = { ...passed, status: 'failed' as const }

/** Executions that answer with these results, and a record of what was asked. */
function executions(retry?: CheckResult, rerun?: CheckResult) {
  const asked: string[] = []
  return {
    asked,
    retry: async (tests: readonly string[]) => { asked.push(`retry ${tests.join()}`); return retry! },
    rerunOnBase: async (tests: readonly string[]) => { asked.push(`base ${tests.join()}`); return rerun! },
  }
}

test('what passes is not executed again', async () => {
  const run = executions()
  const { delta } = await judgeCheck(comparison(resultOf([passed]), resultOf([passed])), [], run)
  assert.equal([delta.verdict.type, run.asked], ['passed', []])
})

test('a new failure is retried once, by name', async () => {
  const run = executions(resultOf([passed]))
  const { delta, retry } = await judgeCheck(comparison(resultOf([passed]), resultOf([failed])), ['src/cart/add.ts'], run)
  assert.equal([delta.verdict.type, delta.flaky, run.asked], ['passed', ['cart adds'], ['retry cart adds']])
  assert.ok(retry)
})

test('one out of reach that fails twice is rerun on the base; one within reach is not', async () => {
  const flaky = executions(resultOf([failed]), resultOf([failed]))
  assert.is((await judgeCheck(comparison(resultOf([passed]), resultOf([failed])), ['docs/guide.md'], flaky)).delta.verdict.type, 'passed')
  assert.equal(flaky.asked, ['retry cart adds', 'base cart adds'])
  const steady = executions(resultOf([failed]), resultOf([passed]))
  assert.is((await judgeCheck(comparison(resultOf([passed]), resultOf([failed])), ['docs/guide.md'], steady)).delta.verdict.type, 'blocked')
  const near = executions(resultOf([failed]))
  await judgeCheck(comparison(resultOf([passed]), resultOf([failed])), ['src/cart/total.ts'], near)
  assert.equal(near.asked, ['retry cart adds'])
})

test('a test that the base does not have is never rerun there, nor is one of acceptance', async () => {
  const fresh = executions(resultOf([failed]))
  await judgeCheck(comparison(resultOf([]), resultOf([failed])), ['docs/guide.md'], fresh)
  const acceptance = executions(resultOf([failed]))
  await judgeCheck(comparison(resultOf([passed]), resultOf([failed]), { against: 'none' }), ['docs/guide.md'], acceptance)
  assert.equal([fresh.asked, acceptance.asked], [['retry cart adds'], ['retry cart adds']])
})

test('broken reports and lost tests are not retried; an exit-code check is, as a whole', () => {
  assert.is(nextStep(comparison(resultOf([passed]), brokenResult('the report is missing')), []).type, 'done')
  assert.is(nextStep(comparison(resultOf([passed]), resultOf([])), []).type, 'done')
  assert.equal(nextStep(comparison(exitOf(0), exitOf(1, 'A')), []), { type: 'retry', tests: [] })
})

test('two tests of one name are retried by that name', () => {
  assert.equal(nextStep(comparison(resultOf([]), resultOf([testCase('x', 'failed'), testCase('x #2', 'failed')])), []), { type: 'retry', tests: ['x'] })
})

test('more failures than a command line takes are retried by running the whole check', () => {
  const many = (count: number) => resultOf(Array.from({ length: count }, (_, index) => testCase(`test ${index}`, 'failed')))
  const named = (count: number) => { const step = nextStep(comparison(resultOf([]), many(count)), []); return step.type === 'retry' ? step.tests.length : step.type }
  assert.equal([named(200), named(201)], [200, 0])
})

test('reach: own file, a name in common, a folder in common', () => {
  assert.ok(isWithinReach(passed, ['test/cart/add.test.ts']))
  assert.ok(isWithinReach(passed, ['lib/cart.ts']))
  assert.ok(isWithinReach({ id: 'x', message: 'at src/ledger.ts:4' }, ['src/ledger.ts']))
  assert.not(isWithinReach(passed, ['src/index.ts', 'docs/guide.md']))
})

test.run()
