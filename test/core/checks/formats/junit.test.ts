import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { junit } from '../../../../core/checks/formats/junit.ts'
import { fixture, lines, read, reportOf } from '../../../support/checks.ts'

const test = suite('junit')
const python = { projectDir: '/tmp/fx/py', files: ['tests/test_ok.py', 'tests/test_import.py', 'tests/test_syntax.py'] }
const pytestTests = [
  'passed tests/test_ok.py::test_adds', 'passed tests/test_ok.py::test_is_small[1]', 'failed tests/test_ok.py::test_is_small[2]',
  'failed tests/test_ok.py::TestCart::test_total', 'skipped tests/test_ok.py::TestCart::test_later', 'skipped tests/test_ok.py::test_expected',
  'error tests/test_ok.py::test_with_fixture', 'error tests/test_ok.py::test_teardown', 'failed tests/test_ok.py::test_control',
]

test('pytest: ids are node ids that pytest takes back, in both families of its XML', () => {
  for (const name of ['pytest.junit.xml', 'pytest-xunit1.junit.xml']) assert.equal(lines(read(junit, { [name]: fixture(name) }, python)), pytestTests, name)
})

test('pytest: files that cannot be imported or parsed are collection errors with their module', () => {
  assert.equal(reportOf(read(junit, { a: fixture('pytest-collection.junit.xml') }, python)), {
    format: 'junit', hasTests: true, tests: [],
    collectionErrors: [
      { file: 'tests/test_import.py', message: "ModuleNotFoundError: No module named 'shop_missing'", module: 'shop_missing' },
      { file: 'tests/test_syntax.py', message: 'SyntaxError: invalid syntax' },
    ],
  })
})

test('pytest run in a folder of the project, and no tests at all', () => {
  const moved = { projectDir: '/p', cwd: 'backend', files: ['backend/tests/test_ok.py'] }
  assert.is(lines(read(junit, { a: fixture('pytest-green.junit.xml') }, moved))[0], 'passed backend/tests/test_ok.py::test_adds')
  assert.equal(lines(read(junit, { a: fixture('pytest-none.junit.xml') }, python)), [])
})

test('where only the text says why, a line that announces values is told with them', () => {
  const messageOf = (text: string) => reportOf(read(junit, { a: `<testsuite><testcase classname="utils" name="etag"><failure>${text}</failure></testcase></testsuite>` })).tests[0]?.message
  const difference = "\n+ actual - expected\n\n+ 'W/8-O2'\n- '8-O2'\n\n\n      + expected - actual\n\n      -W/8-O2\n      +8-O2\n      \nAssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n    at Context.&lt;anonymous&gt; (test/utils.js:8:12)"
  assert.is(messageOf(`Expected values to be strictly equal:${difference}`), "Expected values to be strictly equal: + 'W/8-O2' - '8-O2' -W/8-O2 +8-O2", 'as mocha writes it')
  assert.is(messageOf('Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: 10\nReceived: 7\n\n  3 | it(\n&gt; 4 | expect(a)\n    at Object.toBe (a.test.js:4:5)'), 'Error: expect(received).toBe(expected) // Object.is equality Expected: 10 Received: 7', 'as jest-junit writes it')
  assert.is(messageOf('expected 200 "OK", got 404 "Not Found"\nError: more\n    at x (y.js:1:1)'), 'expected 200 "OK", got 404 "Not Found"')
})

test('node:test: nested suites, todo as skipped, two tests of one name, a file without tests', () => {
  const files = ['test/math.test.mjs', 'test/broken.test.mjs', 'test/syntax.test.mjs', 'test/script.test.mjs']
  const on24 = read(junit, { a: fixture('node24.junit.xml') }, { projectDir: '/tmp/fx/js', files })
  assert.equal(lines(on24), [
    'failed test/broken.test.mjs', 'passed test/math.test.mjs > adds', 'passed test/math.test.mjs > adds #2', 'failed test/math.test.mjs > fails',
    'skipped test/math.test.mjs > skipped', 'skipped test/math.test.mjs > todo', 'passed test/math.test.mjs > cart > totals',
    'failed test/math.test.mjs > cart.empty > is zero', 'passed test/math.test.mjs > parent > child one', 'failed test/math.test.mjs > parent > child # two',
    'passed test/script.test.mjs', 'failed test/syntax.test.mjs',
  ])
  assert.is(reportOf(on24).tests[1]!.file, 'test/math.test.mjs')
  const on20 = lines(read(junit, { a: fixture('node20.junit.xml') }, { projectDir: '/tmp/fx/js', files }))
  assert.ok(on20.includes('failed cart > empty > is zero') && on20.includes('failed test/broken.test.mjs'), on20.join('\n'))
})

test('Jest: a suite that failed to run is a collection error', () => {
  const report = reportOf(read(junit, { a: fixture('jest.junit.xml') }))
  assert.equal(report.tests.map((each) => `${each.status} ${each.id}`), ['passed cart adds', 'failed cart totals', 'skipped cart later'])
  assert.equal(report.collectionErrors, [{ file: 'test/broken.test.js', message: "Cannot find module '../lib/gone' from 'test/broken.test.js'", module: '../lib/gone' }])
})

test('Jest without suite errors as tests: the suite that counts an error and names none', () => {
  const xml = '<testsuites><testsuite name="undefined" file="test/broken.test.js" errors="1" tests="0"/><testsuite name="ok" errors="0"><testcase name="a"/></testsuite></testsuites>'
  const report = reportOf(read(junit, { a: xml }))
  assert.equal(report.collectionErrors.map((error) => error.file), ['test/broken.test.js'])
  assert.is(report.tests.length, 1)
})

test('Vitest: file and name; a file that does not load', () => {
  const report = reportOf(read(junit, { a: fixture('vitest.junit.xml') }, { files: ['test/cart.test.ts', 'test/broken.test.ts'] }))
  assert.equal(report.tests.map((each) => `${each.status} ${each.id} ${each.file}`), [
    'passed test/cart.test.ts > cart > adds test/cart.test.ts', 'failed test/cart.test.ts > cart > totals test/cart.test.ts', 'skipped test/cart.test.ts > cart > later test/cart.test.ts',
  ])
  assert.equal(report.collectionErrors, [{ file: 'test/broken.test.ts', message: 'Failed to resolve import "../lib/gone" from "test/broken.test.ts". Does the file exist?', module: '../lib/gone' }])
})

test('gotestsum: subtests, and a package that does not build', () => {
  const report = reportOf(read(junit, { a: fixture('gotestsum.junit.xml') }))
  assert.equal(report.tests.map((each) => `${each.status} ${each.id}`), [
    'passed example.com/shop/cart > TestAdds', 'failed example.com/shop/cart > TestTotal/two_items', 'failed example.com/shop/cart > TestTotal',
  ])
  assert.match(report.collectionErrors[0]!.message, 'example.com/shop/broken [build failed]')
})

test('Surefire: several files, reruns, and the source file of a class in a module', () => {
  const names = ['TEST-com.example.CartTest.xml', 'TEST-com.example.OtherTest.xml']
  const sources = Object.fromEntries(names.map((name) => [`shop/target/surefire-reports/${name}`, fixture(name)]))
  const report = reportOf(read(junit, sources, { files: ['shop/src/test/java/com/example/CartTest.java'] }))
  assert.equal(report.tests.map((each) => `${each.status} ${each.id}`), [
    'failed com.example.CartTest > totals', 'passed com.example.CartTest > passes', 'error com.example.CartTest > errors',
    'passed com.example.CartTest > flickers', 'skipped com.example.CartTest > ignored', 'passed com.example.OtherTest > passes',
  ])
  assert.is(report.tests[0]!.file, 'shop/src/test/java/com/example/CartTest.java')
})

test('parameters of a test that look like a duration are kept', () => {
  const names = ['test_waits[5s]', 'test_waits[10s]', 'test_red[\\x1b[31m]']
  const cases = names.map((name) => `<testcase classname="tests.test_a" name="${name}"/>`).join('')
  const result = read(junit, { 'r.xml': `<testsuites><testsuite name="pytest">${cases}</testsuite></testsuites>` }, { files: ['tests/test_a.py'] })
  assert.equal(lines(result), names.map((name) => `passed tests/test_a.py::${name}`))
})

test('ids keep nothing that changes: paths of the checkout, temporary paths, addresses, durations', () => {
  const xml = (dir: string, tmp: string, address: string, ms: number) =>
    `<testsuite name="s"><testcase classname="io" name="reads ${dir}/data/a.txt from ${tmp}/x &lt;object at ${address}&gt; (${ms} ms)"/></testsuite>`
  const one = lines(read(junit, { a: xml('/w/one', '/tmp/abc123', '0x7f03bb5fa4d0', 12) }, { projectDir: '/w/one' }))
  const two = lines(read(junit, { a: xml('/w/two', '/var/folders/zz/q', '0x55d0c0ffee', 7) }, { projectDir: '/w/two' }))
  assert.equal(one, two)
  assert.equal(one, ['passed io > reads data/a.txt from {temporary} <object at 0x…>'])
})

test('tests of one name do not swap when their order does', () => {
  const xml = (first: string, second: string) => `<testsuite><testcase classname="c" name="n">${first}</testcase><testcase classname="c" name="n">${second}</testcase></testsuite>`
  assert.equal(lines(read(junit, { a: xml('', '<failure/>') })), lines(read(junit, { a: xml('<failure/>', '') })))
})

test('control characters and references to them are passed over, as are CDATA and a byte order mark', () => {
  const xml = '\uFEFF<testsuite><testcase classname="c" name="bell \u0007&#x1b;[31m&#0; end"><failure><![CDATA[<b>]]></failure></testcase></testsuite>'
  assert.equal(lines(read(junit, { a: xml })), ['failed c > bell [31m end'])
})

test('what is cut short, empty, not XML or something else is a problem that names the file', () => {
  const whole = fixture('pytest.junit.xml')
  for (const [text, reason] of [[whole.slice(0, whole.length / 2), 'not well-formed'], ['', 'empty'], ['{"tests": 1}', 'not well-formed'], ['<html/>', 'root element is <html>']] as const) {
    const result = read(junit, { 'out/report.xml': text })
    assert.is(result.type, 'problem', text.slice(0, 20))
    assert.match(result.type === 'problem' ? result.problem : '', 'out/report.xml')
    assert.match(result.type === 'problem' ? result.problem : '', reason)
  }
})

test('truncating a report anywhere never yields a report', () => {
  const whole = fixture('pytest.junit.xml').trimEnd()
  for (let length = 0; length < whole.length; length += 37) assert.is(read(junit, { a: whole.slice(0, length) }).type, 'problem', `cut at ${length}`)
})

test.run()
