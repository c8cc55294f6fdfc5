import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareChecks } from '../../../core/checks/index.ts'
import type { TestCase } from '../../../core/model/check.ts'
import { brokenResult, comparison, resultOf, seeded, shuffled, testCase } from '../../support/checks.ts'

const test = suite('compareChecks')
const passing = testCase('a', 'passed', 'src/a.test.ts')
const failing = testCase('b', 'failed', 'src/b.test.ts')
const passes = { type: 'passed' }

test('failures that were there do not block; a new one does and is named', () => {
  assert.equal(compareChecks(comparison(resultOf([passing, failing]), resultOf([passing, failing]))).verdict, passes)
  const delta = compareChecks(comparison(resultOf([passing, failing]), resultOf([{ ...passing, status: 'error' }, failing])))
  assert.equal(delta.verdict, { type: 'blocked', reason: 'tests: test fails: a' })
  assert.equal([delta.newFailures, delta.preexisting, delta.severity], [['a'], ['b'], 'low'])
})

test('acceptance must pass, whatever it did on the base', () => {
  const delta = compareChecks(comparison(resultOf([failing]), resultOf([failing]), { against: 'none' }))
  assert.equal([delta.verdict.type, delta.preexisting, delta.newFailures], ['blocked', ['b'], []])
  assert.equal(compareChecks(comparison(resultOf([failing]), resultOf([{ ...failing, status: 'passed' }]), { against: 'none' })).fixed, ['b'])
})

test('a new failure that passes on the retry is flaky, a warning; one that fails again is not', () => {
  const head = resultOf([{ ...passing, status: 'failed' }])
  const passed = compareChecks(comparison(resultOf([passing]), head, { retry: resultOf([passing]) }))
  assert.equal([passed.verdict, passed.flaky, passed.warnings, passed.severity], [passes, ['a'], ['flaky: a'], 'none'])
  assert.is(compareChecks(comparison(resultOf([passing]), head, { retry: head })).verdict.type, 'blocked')
  assert.is(compareChecks(comparison(resultOf([passing]), head, { retry: resultOf([]) })).verdict.type, 'blocked', 'a retry that did not run the test')
  assert.is(compareChecks(comparison(resultOf([passing]), head, { retry: brokenResult('the report is missing') })).verdict.type, 'blocked')
})

test('one that fails on the base as well, when it runs there again, is flaky', () => {
  const head = resultOf([{ ...passing, status: 'failed' }])
  const delta = compareChecks(comparison(resultOf([passing]), head, { retry: head, baseRerun: head }))
  assert.equal([delta.verdict, delta.flaky], [passes, ['a']])
})

test('a test that passes at first and fails on the retry is told as flaky', () => {
  const head = resultOf([{ ...passing, status: 'failed' }, testCase('c', 'passed')])
  const delta = compareChecks(comparison(resultOf([passing]), head, { retry: resultOf([passing, testCase('c', 'failed')]) }))
  assert.equal([delta.verdict, delta.flaky], [passes, ['a', 'c']])
})

test('a test that disappeared or is skipped blocks outside the write scope and warns inside', () => {
  const inside = testCase('in', 'passed', 'scope/in.test.ts')
  const gone = compareChecks(comparison(resultOf([passing, inside]), resultOf([inside])))
  assert.equal([gone.verdict, gone.disappeared, gone.lost], [{ type: 'blocked', reason: 'tests: disappeared: a' }, ['a'], ['a']])
  const removed = compareChecks(comparison(resultOf([passing, inside]), resultOf([passing])))
  assert.equal([removed.verdict, removed.disappeared, removed.lost, removed.warnings], [passes, ['in'], [], ['disappeared: in']])
  const skipped = compareChecks(comparison(resultOf([passing, inside]), resultOf([{ ...passing, status: 'skipped' }, { ...inside, status: 'skipped' }])))
  assert.equal([skipped.verdict, skipped.newlySkipped, skipped.lost, skipped.warnings], [{ type: 'blocked', reason: 'tests: became skipped: a' }, ['a', 'in'], ['a'], ['became skipped: in']])
})

test('a collection error on head blocks, on the base too or not, unless it is explained', () => {
  const error = { file: 'tests/test_reddit.py', message: "No module named 'praw'", module: 'praw' }
  const broken = resultOf([passing], { report: { collectionErrors: [error] } })
  const nothingRan = compareChecks(comparison(resultOf([passing]), resultOf([], { report: { collectionErrors: [error] } })))
  assert.equal([nothingRan.disappeared, nothingRan.collectionErrors.length], [[], 1], 'that nothing else ran is not what is wrong')
  for (const base of [resultOf([passing]), broken]) {
    const delta = compareChecks(comparison(base, broken))
    assert.equal([delta.verdict, delta.severity], [{ type: 'blocked', reason: "tests: could not be loaded: tests/test_reddit.py (No module named 'praw')" }, 'low'])
  }
  const own = testCase('reddit', 'passed', error.file)
  const explained = compareChecks(comparison(resultOf([passing, own]), broken, { explains: ({ module }) => module === 'praw' }))
  assert.equal(explained.verdict, passes, 'nor are the tests of that file missed')
})

test('a broken report is a failure and never an empty delta; a broken baseline excuses nothing', () => {
  for (const reason of ['the report is missing', 'the report is stale', 'it was ended at its limit of 10m']) {
    assert.equal(compareChecks(comparison(resultOf([passing]), brokenResult(reason))).verdict, { type: 'blocked', reason: `tests: ${reason}` })
    const delta = compareChecks(comparison(brokenResult(reason), resultOf([failing])))
    assert.equal([delta.verdict.type, delta.newFailures], ['blocked', ['b']])
    assert.match(delta.warnings.join(), reason)
  }
  assert.is(compareChecks(comparison(undefined, resultOf([failing]))).verdict.type, 'blocked')
  assert.is(compareChecks(comparison(resultOf([failing]), resultOf([failing], { args: ['--ignore=x'] }))).verdict.type, 'blocked', 'other arguments')
  const cut = resultOf([passing], { ended: 'timeout', exitCode: null })
  assert.is(compareChecks(comparison(resultOf([passing]), cut)).verdict.type, 'blocked')
})

test('a non-zero exit with an all-green report is a failure; only the same confident cause on the base excuses it', () => {
  const causes = [{ fingerprint: 'v1-1', title: 'coverage is below 90 %' }]
  const head = resultOf([passing], { exitCode: 1 })
  assert.equal(compareChecks(comparison(resultOf([passing]), head)).verdict, { type: 'blocked', reason: 'tests: exit code 1 although every test of the report passed' })
  assert.is(compareChecks(comparison(head, head)).verdict.type, 'blocked', 'nothing says that the reason is the same')
  const known = resultOf([passing], { exitCode: 1, causes })
  assert.equal(compareChecks(comparison(known, known)).verdict, passes)
  assert.is(compareChecks(comparison(known, known, { against: 'none' })).verdict.type, 'blocked')
  assert.is(compareChecks(comparison(resultOf([passing]), resultOf([passing], { exitCode: null, signal: 'SIGSEGV' }))).verdict.type, 'blocked')
})

test('severity counts persistent failures and collection errors', () => {
  const many = (count: number) => resultOf(Array.from({ length: count }, (_, index) => testCase(`t${index}`, 'failed')))
  for (const [count, severity] of [[1, 'low'], [4, 'medium'], [5, 'high'], [10, 'critical']] as const) assert.is(compareChecks(comparison(resultOf([]), many(count))).severity, severity)
})

const rounds = 300
function someTests(random: () => number): TestCase[] {
  const statuses = ['passed', 'passed', 'passed', 'failed', 'error', 'skipped'] as const
  return Array.from({ length: 1 + Math.floor(random() * 12) }, (_, index) => {
    const file = random() < 0.3 ? undefined : `${random() < 0.5 ? 'scope' : 'src'}/${index % 4}.test.ts`
    return testCase(`t${index}`, statuses[Math.floor(random() * statuses.length)]!, file)
  })
}

test('law: identical reports of base and head never block', () => {
  for (let seed = 1; seed <= rounds; seed += 1) {
    const result = resultOf(someTests(seeded(seed)))
    const delta = compareChecks(comparison(result, result))
    assert.equal([delta.verdict, delta.newFailures, delta.flaky, delta.fixed, delta.severity], [passes, [], [], [], 'none'], `seed ${seed}`)
  }
})

test('law: one new failing test always blocks, unless its retry passes', () => {
  for (let seed = 1; seed <= rounds; seed += 1) {
    const tests = someTests(seeded(seed))
    const added = testCase('new', seed % 2 ? 'failed' : 'error', seed % 3 ? 'scope/new.test.ts' : undefined)
    const base = resultOf(tests)
    const head = resultOf([...tests, added])
    assert.equal(compareChecks(comparison(base, head)).newFailures, ['new'], `seed ${seed}`)
    assert.is(compareChecks(comparison(base, head, { retry: head })).verdict.type, 'blocked', `seed ${seed}`)
    assert.is(compareChecks(comparison(base, head, { retry: resultOf([...tests, { ...added, status: 'passed' }]) })).verdict.type, 'passed', `seed ${seed}`)
  }
})

test('law: the order of tests does not matter', () => {
  for (let seed = 1; seed <= rounds; seed += 1) {
    const random = seeded(seed)
    const [base, head] = [someTests(random), someTests(random)]
    const ordered = compareChecks(comparison(resultOf(base), resultOf(head)))
    assert.equal(compareChecks(comparison(resultOf(shuffled(base, random)), resultOf(shuffled(head, random)))), ordered, `seed ${seed}`)
  }
})

test('law: a report without tests that exits non-zero never passes', () => {
  const empty = resultOf([], { exitCode: 5 })
  for (const base of [undefined, empty, resultOf([passing]), brokenResult('x'), resultOf([], { exitCode: 5, causes: [{ fingerprint: 'f', title: 't' }] })]) {
    for (const against of ['baseline', 'none'] as const) {
      assert.is(compareChecks(comparison(base, { ...empty, causes: base?.causes ?? [] }, { against })).verdict.type, 'blocked')
    }
  }
})

test.run()
