import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../../../../core/checks/formats/tap.ts'
import { fixture, lines, read, reportOf } from '../../../support/checks.ts'

const test = suite('tap')
const project = { projectDir: '/tmp/fx/js', files: ['test/math.test.mjs', 'test/broken.test.mjs', 'test/syntax.test.mjs', 'test/script.test.mjs'] }
const problemOf = (text: string) => {
  const result = read(tap, text)
  return result.type === 'problem' ? result.problem : `a report of ${result.report.tests.length} tests`
}

test('node:test of both versions: leaves with their parents, skip and todo, one name twice', () => {
  for (const name of ['node20-math.tap', 'node24-math.tap']) {
    assert.equal(lines(read(tap, fixture(name), project)), [
      'passed adds', 'passed adds #2', 'failed fails', 'skipped skipped', 'skipped todo', 'passed cart > totals', 'failed cart > empty > is zero',
      'passed parent > child one', 'failed parent > child # two',
    ], name)
  }
})

test('node:test: the file of a failing test, and its message', () => {
  const failing = reportOf(read(tap, fixture('node24-math.tap'), project)).tests.find((each) => each.id === 'fails')!
  assert.equal({ file: failing.file, message: failing.message }, { file: 'test/math.test.mjs', message: '43 == 42' })
})

test('node:test: a file that cannot be imported or parsed is a collection error; a file without tests is one test', () => {
  for (const name of ['node20.tap', 'node24.tap']) {
    const report = reportOf(read(tap, fixture(name), project))
    assert.equal(report.collectionErrors.map((error) => [error.file, error.module]), [['test/broken.test.mjs', 'lib/gone.mjs'], ['test/syntax.test.mjs', undefined]], name)
    assert.ok(report.tests.some((each) => each.id === 'test/script.test.mjs' && each.status === 'passed'), name)
  }
})

test('versions 12 and 13, a plan at the end, noise between the lines, CRLF', () => {
  assert.equal(lines(read(tap, 'ok 1 adds\r\nprinted by a test\r\nnot ok 2 fails\r\nok\r\n1..3\r\n')), ['passed adds', 'failed fails', 'passed test 3'])
})

test('directives count when they are not escaped', () => {
  const text = '1..4\nok 1 - a # SKIP no network\nnot ok 2 - b # TODO\nok 3 - issue \\# skip this\nnot ok 4 - c # time=12ms\n'
  assert.equal(lines(read(tap, text)), ['skipped a', 'skipped b', 'passed issue # skip this', 'failed c'])
})

test('children in braces, and a parent that fails by itself', () => {
  const braces = '1..1\nnot ok 1 - outer {\n    1..2\n    ok 1 - x\n    not ok 2 - y\n}\n'
  assert.equal(lines(read(tap, braces)), ['passed outer > x', 'failed outer > y'])
  const alone = '# Subtest: outer\n    ok 1 - x\n    1..1\nnot ok 1 - outer\n1..1\n'
  assert.equal(lines(read(tap, alone)), ['passed outer > x', 'failed outer'])
})

test('nothing in a YAML block is a test', () => {
  assert.equal(lines(read(tap, '1..1\nnot ok 1 - a\n  ---\n  error: |-\n    boom\n    not ok 2 - looks like one\n    1..9\n  ...\n')), ['failed a'])
})

test('a run that was cut short is a problem', () => {
  assert.match(problemOf('TAP version 13\nok 1 - a\n'), 'has no plan')
  assert.match(problemOf('1..3\nok 1 - a\n'), 'plans 3 tests and has 1')
  assert.match(problemOf('1..1\nok 1 - a\nok 2 - b\n'), 'plans 1 tests and has 2')
  assert.match(problemOf('1..2\nok 1 - a\nBail out! database is gone\n'), 'bailed out: database is gone')
  assert.match(problemOf(''), 'neither a plan nor a test')
  assert.match(problemOf('node: bad option\n'), 'neither a plan nor a test')
  assert.is(problemOf('1..0 # skip nothing to do\n'), 'a report of 0 tests')
})

test('what a test prints is no subtest, however far it is indented, and a name of blanks costs no more than its length', () => {
  assert.equal(lines(read(tap, `1..1\n${' '.repeat(40_000_000)}ok 1 - not one\nok 1 - a${' '.repeat(500_000)}b (5 ms)\n`, project)).map((line) => line.replace(/ {2,}/, ' … ')), ['passed a … b'])
})

test.run()
