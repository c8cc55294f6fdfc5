import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { causesOf, fingerprintOf, type Extractor } from '../../../core/failure/index.ts'
import { fixture, seeded } from '../../support/checks.ts'

const test = suite('causesOf')
const summary = (output: string, projectRoot = '/w') => causesOf(output, { projectRoot }).map((cause) => `${cause.class}: ${cause.title}`)

test('Python: missing modules, names, circular imports, syntax, crashes in the project’s own frame', () => {
  const traceback = (last: string, frame = '/w/app/main.py') => `Traceback (most recent call last):\n  File "${frame}", line 3, in load\n    x()\n  File "/usr/lib/python3.11/json/decoder.py", line 353, in raw_decode\n    y\n${last}\n`
  assert.equal(summary(traceback("ModuleNotFoundError: No module named 'praw'")), ['missing_dependency: Python module praw is missing'])
  assert.equal(summary(traceback("ModuleNotFoundError: No module named 'shop.cart'")), ['import_crash: Python module shop.cart is missing'])
  assert.equal(summary(traceback("ImportError: cannot import name 'total' from 'cart' (/w/cart.py)")), ['import_crash: total cannot be imported from cart'])
  assert.equal(summary(traceback("ImportError: cannot import name 'ay' from partially initialized module 'a' (most likely due to a circular import) (/w/a.py)")), ['import_crash: Circular import: a does not have ay yet'])
  assert.equal(summary('  File "/w/app/x.py", line 2\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'), ['syntax_error: SyntaxError in app/x.py: invalid syntax'])
  assert.equal(summary(traceback("json.decoder.JSONDecodeError: Expecting value: line 1 column 9 (char 8)")), ['crash: JSONDecodeError in app/main.py: Expecting value: line 1 column 9 (char 8)'])
})

test('Python: a file is the same one however the compiler was told of it', () => {
  const broken = (file: string) => `  File "${file}", line 2\n    def f(:\n          ^\nSyntaxError: invalid syntax\n`
  const causes = [broken('/w/app/x.py'), broken('app/x.py'), `*** Error compiling './app/x.py'...\n${broken('./app/x.py')}`].map((output) => causesOf(output, { projectRoot: '/w' })[0]!)
  assert.equal(causes.map((cause) => [cause.title, cause.file, cause.line]), causes.map(() => ['SyntaxError in app/x.py: invalid syntax', 'app/x.py', 2]))
  assert.is(new Set(causes.map(fingerprintOf)).size, 1)
})

test('Python: of chained exceptions the first is the cause', () => {
  const chained = 'Traceback (most recent call last):\n  File "/w/a.py", line 1, in f\nKeyError: \'id\'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "/w/b.py", line 2, in g\nRuntimeError: failed\n'
  assert.equal(summary(chained), ["crash: KeyError in a.py: 'id'"])
})

test('pytest: load errors come before the tests that fail', () => {
  assert.equal(summary(fixture('pytest-collection.txt'), '/tmp/fx/pycol'), [
    'missing_dependency: Python module shop_missing is missing', 'syntax_error: SyntaxError in tests/test_syntax.py: invalid syntax',
  ])
  const causes = causesOf(fixture('pytest.txt'))
  assert.is(causes.length, 4, 'what failed in a teardown is not a cause')
  assert.is(causes.find(({ test: id }) => id?.endsWith('test_total'))!.title, "tests/test_ok.py::TestCart::test_total fails: AssertionError: assert {'total': 43} == {'total': 42}", 'the whole message, not the one cut by the summary')
})

test('pytest: all forms of output give one failing test one fingerprint', () => {
  const find = (name: string) => causesOf(fixture(name)).find((cause) => cause.test === 'tests/test_ok.py::test_is_small[2]')
  const prints = ['pytest.txt', 'pytest-verbose.txt', 'pytest-quiet.txt', 'pytest-quiet-notb.txt', 'pytest-summary-all.txt'].map((name) => fingerprintOf(find(name)!))
  assert.is(new Set(prints).size, 1, prints.join())
})

test('Node: modules, exports, syntax, assertions', () => {
  const missing = (name: string) => `node:internal/modules/esm/resolve:873\n\nError [ERR_MODULE_NOT_FOUND]: Cannot find ${name} imported from /w/src/app.mjs\n    at x (node:internal/y:1:1)\n\nNode.js v24.1.0\n`
  assert.equal(summary(missing("package 'left-padder'")), ['missing_dependency: Node package left-padder is missing'])
  assert.equal(summary(missing("module '/w/src/gone.mjs'")), ['import_crash: Module src/gone.mjs does not exist, imported from src/app.mjs'])
  assert.equal(summary("Error: Cannot find module './gone'\nRequire stack:\n- /w/src/app.js\n    at x (node:internal/y:1:1)\n"), ['import_crash: Module ./gone does not exist, imported from src/app.js'])
  assert.equal(summary("file:///w/src/app.mjs:2\nimport { a } from './b.mjs'\n         ^\nSyntaxError: The requested module './b.mjs' does not provide an export named 'a'\n"), ['import_crash: ./b.mjs has no export a'])
  assert.equal(summary("/w/src/app.js:7\nconst = 3\n      ^\n\nSyntaxError: Unexpected token '='\n    at wrapSafe (node:internal/x:1:1)\n\nNode.js v24.1.0\n"), ["syntax_error: Syntax error in src/app.js: Unexpected token '='"])
  assert.equal(summary("node:assert:90\n\nAssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n43 !== 42\n\n    at Object.<anonymous> (/w/check.js:4:8)\n\nNode.js v24.1.0\n"), ['test_failed: AssertionError in check.js: Expected values to be strictly equal: 43 !== 42'])
  assert.equal(summary("AssertionError [ERR_ASSERTION]: due at the end of February\n+ actual - expected\n\n+ '03-03'\n- '02-28'\n     ^\n\n    at file:///w/check.mjs:4:8\n"), ["test_failed: AssertionError in check.mjs: due at the end of February + '03-03' - '02-28'"])
})

test('node:test in TAP: what could not be loaded first, then leaves, never parents or todo', () => {
  assert.equal(summary(fixture('node24.tap'), '/tmp/fx/js'), [
    'import_crash: Module lib/gone.mjs does not exist, imported from test/broken.test.mjs', "syntax_error: Syntax error in test/syntax.test.mjs: Unexpected token '='",
    'test_failed: Test "fails" fails: 43 == 42', 'test_failed: Test "is zero" fails: Expected values to be loosely deep-equal: { a: 1 } should loosely deep-equal { a: 2 }',
    'test_failed: Test "child # two" fails: boom',
  ])
})

test('node:test: its list of failing tests gives the fingerprints that its TAP gives', () => {
  const prints = (name: string) => causesOf(fixture(name), { projectRoot: '/tmp/fx/js' }).map(fingerprintOf)
  for (const version of [20, 24]) assert.equal(prints(`node${version}.spec.txt`), prints(`node${version}.tap`), `Node ${version}`)
})

test('a shell that does not find a program', () => {
  for (const line of ['sh: 1: tsc: not found', './deploy.sh: line 4: tsc: command not found', 'zsh: command not found: tsc']) assert.equal(summary(line), ['missing_dependency: Command tsc is not installed'], line)
})

test('where no tool is known, the first plain error line is read; where there is none, the last line, of low confidence', () => {
  const [cause] = causesOf('lint: 0 errors, 5 warnings\nok 1 - error handler returns 500\nError: state is locked\nmake: *** [all] Error 1\n')
  assert.equal([cause!.class, cause!.title, cause!.confidence], ['unknown', 'state is locked', 'medium'])
  const [nothing] = causesOf('all went well\nbye\n')
  assert.equal([nothing!.class, nothing!.title, nothing!.confidence], ['unknown', 'bye', 'low'])
  assert.equal(causesOf(' \n\u001b[0m\n'), [])
})

test('a test that passes when it is tried again is flaky, and another cause than the same failure for good', () => {
  const failed = "AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:\n\n43 !== 42\n\n    at Object.<anonymous> (/w/check.js:4:8)\n"
  const tap = "TAP version 13\nnot ok 1 - totals\n  ---\n  error: '1 == 2'\n  ...\n1..1\n"
  for (const [output, pass, other] of [[failed, '✓ totals (retry #1)', ''], [tap, '  ✓ totals (retry #1) 12ms', '  ✓ counts (retry #1) 12ms'], [tap, '✓ (retry #1)', 'ok 2 - totals']] as const) {
    const [once, again] = [causesOf(output)[0]!, causesOf(`${output}${pass}\n`)[0]!]
    assert.equal([once.class, again.class], ['test_failed', 'flaky'])
    assert.is.not(fingerprintOf(once), fingerprintOf(again))
    assert.is(fingerprintOf(causesOf(`${output}${other}\n`)[0]!), fingerprintOf(once), other)
  }
})

test('files of tests that ran side by side rank the same in any order', () => {
  const failed = (file: string, name: string) => `FAIL ${file}\n  ● ${name}\n\n    expect(received).toBe(expected)\n\n    Expected: 1\n    Received: 2\n\n`
  const ends = 'Test Suites: 2 failed, 2 total\n'
  const tests = (output: string) => causesOf(output).map((cause) => cause.test)
  const expected = ['second in a', 'first in a', 'one in b']
  assert.equal(tests(failed('a.test.js', expected[0]!) + failed('a.test.js', expected[1]!) + failed('b.test.js', expected[2]!) + ends), expected)
  assert.equal(tests(failed('b.test.js', expected[2]!) + failed('a.test.js', expected[0]!) + failed('a.test.js', expected[1]!) + ends), expected)
})

test('what a test logged, and what only says that a command failed, is not the cause', () => {
  const output = "stderr | a.test.js > logs\nError: only logged\n    at /w/a.test.js:9:38\n\n FAIL  a.test.js > logs\nAssertionError: expected 'left' to be 'right' // Object.is equality\n\n ❯ a.test.js:9:80\n⎯⎯⎯⎯⎯⎯⎯⎯[1/1]⎯\nmake: *** [Makefile:3: check] Error 1\n##[error]Process completed with exit code 2.\n"
  assert.equal(summary(output), ["test_failed: Test \"logs\" fails: AssertionError: expected 'left' to be 'right' // Object.is equality"])
})

test('an extractor of one’s own is asked', () => {
  const own: Extractor = { tool: 'tf', signs: ['x'], extract: () => [{ class: 'state_lock', title: 't', key: ['t'], at: 0 }] }
  assert.is(causesOf('x', {}, [own])[0]!.class, 'state_lock')
})

test('no text makes an extractor throw', () => {
  const pieces = ['Traceback (most recent call last):', '  File "x", line 1, in y', 'E   ImportError: z', 'not ok 1 - a', '  ---', '  ...', '____ a ____', 'Error: x', '# SyntaxError: x', "Cannot find module '", '\u001b[', '', '}', '    at a (b:1:1)', 'FAILED a::b - c']
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = seeded(seed)
    const text = Array.from({ length: 30 }, () => pieces[Math.floor(random() * pieces.length)]).join('\n')
    assert.not.throws(() => causesOf(text), undefined, `seed ${seed}`)
  }
})

test.run()
