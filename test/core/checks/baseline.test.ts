import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { baselineBlocks, baselineKey } from '../../../core/checks/index.ts'
import { modulePaths } from '../../../core/checks/baseline.ts'
import type { BaselineJudgement } from '../../../core/checks/index.ts'
import type { CollectionError } from '../../../core/model/check.ts'
import { brokenResult, exitOf, resultOf, testCase } from '../../support/checks.ts'

const test = suite('baseline')
const input = { tree: 't1', argv: ['npm', 'test'], args: [], env: { PATH: '/bin', CI: '1' }, setupKey: 's' }

test('the key depends on all that decides the result, and on nothing of the attempt', () => {
  const key = baselineKey(input)
  assert.match(key, /^[0-9a-f]{64}$/)
  assert.is(baselineKey({ ...input, env: { CI: '1', PATH: '/bin', AUTOPACK_ATTEMPT_ID: 'x' } }), key)
  for (const other of [{ tree: 't2' }, { argv: ['npm', 'test', '-q'] }, { args: ['-q'] }, { env: { PATH: '/bin' } }, { setupKey: '' }, { reading: ['junit'] }]) {
    assert.is.not(baselineKey({ ...input, ...other }), key, JSON.stringify(other))
  }
})

const judge = (error: CollectionError, more: Partial<BaselineJudgement> = {}) =>
  baselineBlocks({
    check: 'tests', kind: 'project', base: resultOf([testCase('a', 'passed')], { report: { collectionErrors: [error] } }), causes: [],
    inWriteScope: (file) => file.startsWith('scope/'), repairs: [], ...more,
  })

test('a load error on the base blocks unless its file or module lies in the write scope', () => {
  const outside = { file: 'tests/test_x.py', message: "No module named 'praw'", module: 'praw' }
  assert.is(judge(outside)!.reason, "tests is broken on the base, outside what this phase may change: tests/test_x.py (No module named 'praw')")
  assert.is(judge({ ...outside, file: 'scope/test_x.py' }), undefined)
  assert.is(judge({ ...outside, module: 'scope.reddit' }), undefined, 'the module is what the phase is there to write')
  assert.is(judge({ file: 'test/a.test.js', message: 'm', module: '../scope/b' }), undefined)
  assert.is(judge(outside, { repairs: ['tests'] }), undefined)
  assert.is(judge(outside, { explains: ({ module }) => module === 'praw' }), undefined)
})

test('a cause without a place blocks for a check of the project, not for acceptance', () => {
  assert.ok(judge({ message: 'SyntaxError' }))
  assert.is(judge({ message: 'SyntaxError' }, { kind: 'phase' }), undefined)
})

test('plain failures and a green base never block', () => {
  const base = (result: BaselineJudgement['base'], causes: BaselineJudgement['causes'] = []) =>
    baselineBlocks({ check: 'tests', kind: 'project', base: result, causes, inWriteScope: () => false, repairs: [] })
  assert.is(base(resultOf([testCase('a', 'failed')])), undefined)
  assert.is(base(exitOf(0)), undefined)
  const cause = { tool: 'python', class: 'import_crash', title: "cannot import 'x'", template: 't', evidence: [], file: 'src/x.py', confidence: 'high' as const }
  assert.ok(base(exitOf(1), [cause]))
  assert.is(base(exitOf(1), [{ ...cause, class: 'test_failed' }]), undefined)
  assert.is(base(exitOf(1), [{ ...cause, confidence: 'low' }]), undefined)
})

test('a command that cannot be started blocks for a check of the project', () => {
  const base = { ...brokenResult('the program "pytst" is not installed'), ended: 'spawn-failed' as const, exitCode: null }
  const judged = (kind: 'project' | 'phase') => baselineBlocks({ check: 'tests', kind, base, causes: [], inWriteScope: () => true, repairs: [] })
  assert.is(judged('project')?.reason, 'tests cannot run on the base: the program "pytst" is not installed')
  assert.is(judged('phase'), undefined, 'the phase may be there to bring it')
})

test('a check of the project without a result on the base blocks, unless the phase can mend what breaks it', () => {
  const judged = (base: BaselineJudgement['base'], more: Partial<BaselineJudgement> = {}) =>
    baselineBlocks({ check: 'tests', kind: 'project', base, causes: [], inWriteScope: (file) => file.startsWith('scope/'), repairs: [], ...more })
  const broken = brokenResult('the TAP output has neither a plan nor a test (exit code 1)')
  assert.is(judged(broken)?.reason, 'tests says nothing on the base: the TAP output has neither a plan nor a test (exit code 1); a phase that is there to mend it has `repairs: [tests]`')
  assert.ok(judged({ ...broken, exitCode: 0 }), 'a green exit without a report as well')
  assert.is(judged(broken, { kind: 'phase' }), undefined)
  assert.is(judged(broken, { repairs: ['tests'] }), undefined)
  const cause = { tool: 'node', class: 'syntax_error', title: "Unexpected token '='", template: 't', evidence: [], file: 'scope/a.js', confidence: 'high' as const }
  assert.is(judged(broken, { causes: [cause] }), undefined)
  assert.ok(judged(broken, { causes: [{ ...cause, file: 'other/a.js' }] }))
  const endless = { ...exitOf(1), exitCode: null, ended: 'timeout' as const }
  assert.match(judged(endless)!.reason, /^tests says nothing on the base: it did not run to its end \(timeout\); /)
})

test('where a module would be written', () => {
  assert.ok(modulePaths('shop.cart', 'tests/test_cart.py').includes('src/shop/cart.py'))
  assert.ok(modulePaths('../src/cart', 'test/cart.test.js').includes('src/cart.ts'))
  assert.ok(modulePaths('lib/gone.mjs', undefined).includes('lib/gone.mjs'))
  assert.equal(modulePaths('left-padder', 'src/app.mjs'), [], 'a bare name is a package')
})

test.run()
