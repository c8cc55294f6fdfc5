import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pytest } from '../../../../core/checks/formats/pytest.ts'
import { fixture, lines, read, reportOf } from '../../../support/checks.ts'

const test = suite('pytest text')
const project = { projectDir: '/tmp/fx/py', files: ['tests/test_ok.py', 'tests/test_import.py', 'tests/test_syntax.py'] }
const failing = [
  'error tests/test_ok.py::test_teardown', 'error tests/test_ok.py::test_with_fixture', 'failed tests/test_ok.py::TestCart::test_total',
  'failed tests/test_ok.py::test_control', 'failed tests/test_ok.py::test_is_small[2]',
]

test('all forms of output name the same failing tests', () => {
  for (const name of ['pytest.txt', 'pytest-verbose.txt', 'pytest-quiet.txt', 'pytest-quiet-notb.txt', 'pytest-summary-all.txt']) {
    const found = lines(read(pytest, fixture(name), project)).filter((line) => !/^(passed|skipped)/.test(line))
    assert.equal(found.toSorted(), failing, name)
  }
})

test('-v and -rA name the tests that pass as well', () => {
  for (const name of ['pytest-verbose.txt', 'pytest-summary-all.txt']) {
    assert.ok(lines(read(pytest, fixture(name), project)).includes('passed tests/test_ok.py::test_is_small[1]'), name)
  }
})

test('collection errors, short and long', () => {
  for (const name of ['pytest-collection.txt', 'pytest-collection-quiet.txt']) {
    assert.equal(reportOf(read(pytest, fixture(name), project)).collectionErrors, [
      { file: 'tests/test_import.py', message: "ModuleNotFoundError: No module named 'shop_missing'", module: 'shop_missing' },
      { file: 'tests/test_syntax.py', message: 'SyntaxError: invalid syntax' },
    ], name)
  }
})

test('a conftest that cannot be imported', () => {
  const text = "ImportError while loading conftest '/tmp/fx/py/tests/conftest.py'.\ntests/conftest.py:1: in <module>\n    import praw\nE   ModuleNotFoundError: No module named 'praw'\n"
  assert.equal(reportOf(read(pytest, text, project)).collectionErrors, [{ file: 'tests/conftest.py', message: "ModuleNotFoundError: No module named 'praw'", module: 'praw' }])
})

test('what a test prints costs no more than its length', () => {
  const text = `tests/test_ok.py::test_a PASSED [ 50%]\n${'::'.repeat(1_000_000)}!\n${'_ '.repeat(1_000_000)}\ntests/test_ok.py::test_b${' '.repeat(4_000)} PASSED [100%]\n===== 2 passed in 0.01s =====\n`
  assert.equal(lines(read(pytest, text, project)).length, 2)
})

test('green, coloured, distributed and empty runs', () => {
  assert.equal(lines(read(pytest, fixture('pytest-green-quiet.txt'))), [])
  assert.equal(lines(read(pytest, fixture('pytest-none.txt'))), [])
  assert.equal(lines(read(pytest, '\u001b[31mno tests ran\u001b[0m in 0.01s\n')), [])
  assert.equal(lines(read(pytest, '[gw1] [ 50%] PASSED tests/test_ok.py::test_adds \n1 passed in 75.20s (0:01:15)\n')), ['passed tests/test_ok.py::test_adds'])
})

test('what was cut short, refused, or names less than it counts is a problem', () => {
  const problem = (text: string) => {
    const result = read(pytest, text)
    return result.type === 'problem' ? result.problem : 'a report'
  }
  assert.match(problem(''), 'cut short')
  assert.match(problem(fixture('pytest.txt').slice(0, 900)), 'cut short')
  assert.match(problem('ERROR: usage: pytest [options]\nERROR: file or directory not found: test_x\n'), 'refused to start: file or directory not found')
  assert.match(problem('..F\n1 failed, 2 passed in 0.10s\n'), 'does not name them')
  assert.match(problem('INTERNALERROR> Traceback\n1 passed in 0.10s\n'), 'internal error')
})

test.run()
