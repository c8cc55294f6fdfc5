import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { classDefaults, classifyBuiltIn } from '../../../core/failure/index.ts'
import { classificationSchema, failureSchema, pipelineClasses, toolClasses } from '../../../core/model/failure.ts'
import type { FailureInput } from '../../../core/model/failure.ts'

const test = suite('classifyBuiltIn')
const classify = (failure: Partial<FailureInput>) => classifyBuiltIn(failureSchema.parse({ stage: 'delta', message: '', ...failure }), { projectRoot: '/w' })

test('every built-in class has its defaults', () => {
  assert.equal(Object.keys(classDefaults).toSorted(), [...toolClasses, ...pipelineClasses].toSorted())
})

test('what fails before the builder is to blame on the project', () => {
  for (const stage of ['workspace', 'baseline', 'preflight'] as const) assert.is(classify({ stage, output: 'make: *** [all] Error 2\n', message: 'it failed' }).blame, 'project', stage)
})

test('an answer is always whole', () => {
  for (const name of [...toolClasses, ...pipelineClasses, 'state_lock', undefined]) {
    for (const output of ['', 'Error: boom']) assert.not.throws(() => classificationSchema.parse(classify({ ...(name && { class: name }), output, message: 'it failed' })), undefined, String(name))
  }
})

test('an empty output is unknown, of low confidence, and all of them are one', () => {
  const answer = classify({ stage: 'checks', message: 'tests: exit code 1' })
  assert.equal([answer.class, answer.fingerprint, answer.confidence, answer.title], ['unknown', 'unknown', 'low', 'tests: exit code 1'])
})

test('what a builder says went wrong goes before a line of its log about something else', () => {
  const warning = '[warning] Model metadata for `gpt-5.1` not found. Defaulting to fallback metadata; this can degrade performance and cause issues.'
  const busy = classify({ stage: 'build', class: 'rate_limit', message: 'Selected model is at capacity. Please try a different model.', output: `${warning}\nSelected model is at capacity. Please try a different model.\n` })
  assert.equal([busy.class, busy.title], ['rate_limit', 'Codex: Selected model is at capacity. Please try a different model.'])
  const other = classify({ stage: 'build', class: 'rate_limit', message: 'Come back later', output: `Error: cannot find module 'x'\n` })
  assert.equal([other.class, other.title], ['rate_limit', 'Come back later'])
})

test('a deliverable that has the name of its phase is no other phase\'s', () => {
  const missing = (phase: string) => {
    const path = `src/${phase}.py`
    const problems = [{ path, code: 'missing', message: `deliverable ${path} is missing` }]
    return classifyBuiltIn(failureSchema.parse({ stage: 'deliverables', class: 'deliverables_validation_failed', message: '', problems }), { projectRoot: '/w', run: 'importer-20260105', phase }).fingerprint
  }
  assert.not.equal(missing('importer-csv'), missing('importer-xml'))
  assert.equal(missing('importer-csv'), missing('importer-csv'))
})

test('a test that has the name of its phase is no other phase\'s; the name in what it says is', () => {
  const failing = (phase: string, id: string) => {
    const problems = [{ code: 'failing-test', message: `${id}: ${phase} is wrong` }]
    return classifyBuiltIn(failureSchema.parse({ stage: 'delta', message: '', problems }), { projectRoot: '/w', run: 'importer-20260105', phase }).fingerprint
  }
  assert.not.equal(failing('importer-csv', 'importer-csv.mjs'), failing('importer-xml', 'importer-xml.mjs'))
  assert.equal(failing('importer-csv', 'all parts'), failing('importer-xml', 'all parts'))
})

test('new failing tests of a report name the cause, whatever the output shows', () => {
  const failing = (id: string, message = '1 == 2') => ({ code: 'failing-test', message: `${id}: ${message}`, path: 'test/a.test.js' })
  const output = 'not ok 1 - was broken before\n  ---\n  error: x\n  ...\n'
  const one = classify({ output, problems: [failing('adds')] })
  assert.equal([one.class, one.title, one.blame, one.confidence], ['test_failed', 'adds: 1 == 2', 'phase', 'high'])
  assert.is.not(one.fingerprint, classify({ output, problems: [failing('totals')] }).fingerprint)
  assert.is(classify({ problems: [failing('b'), failing('a')] }).fingerprint, classify({ problems: [failing('a'), failing('b')] }).fingerprint, 'in any order')
  const shared = (...ids: string[]) => classify({ problems: ids.map((id) => failing(id, 'no database at port 4711')) }).fingerprint
  assert.is(shared('a', 'b', 'c'), shared('d', 'e', 'f', 'g'), 'many tests with one message have one cause')
})

test('tests that are gone or skipped are named, and counted', () => {
  const titled = (code: string, ...ids: string[]) => classify({ output: 'ok 1\n1..279\n', problems: ids.map((id) => ({ code, message: id })) })
  const skipped = titled('skipped-test', 'adds')
  assert.equal([skipped.class, skipped.title], ['test_failed', 'Test adds is skipped now'])
  assert.is(titled('disappeared-test', 'adds', 'totals', 'sums').title, 'Test adds disappeared (and 2 more)')
})

test('a long message does not push the count out of a title', () => {
  const problems = ['a', 'b', 'c'].map((id) => ({ code: 'failing-test', message: `${id}: ${'long '.repeat(100)}` }))
  assert.match(classify({ problems }).title, /^a: long .*… \(and 2 more\)$/)
})

test('a file that cannot be loaded is the cause before any test, and the same as in an output', () => {
  const answer = classify({ problems: [{ code: 'failing-test', message: 'a: b' }, { code: 'collection-error', path: 'tests/test_x.py', message: "ModuleNotFoundError: No module named 'praw'" }] })
  assert.equal([answer.class, answer.title], ['missing_dependency', 'Python module praw is missing'])
  const output = "Traceback (most recent call last):\n  File \"/w/y.py\", line 1, in <module>\nModuleNotFoundError: No module named 'praw'\n"
  assert.is(classify({ output }).fingerprint, answer.fingerprint)
  assert.is(classify({ problems: [{ code: 'collection-error', message: 'suite is broken' }] }).class, 'collection_error')
  // As a JUnit report of Vitest has it: a file of the project's own is no dependency, and one module is one bucket wherever it was printed.
  const own = "Cannot find module './zoo.js' imported from test/zoo.test.js"
  const reported = classify({ problems: [{ code: 'collection-error', path: 'test/zoo.test.js', message: own }] })
  assert.equal([reported.class, reported.confidence], ['import_crash', 'high'])
  assert.is(reported.fingerprint, classify({ output: `Error: ${own}\n` }).fingerprint)
  assert.is(classify({ problems: [{ code: 'collection-error', path: 'test/a.test.js', message: "Cannot find package 'snoowrap' imported from test/a.test.js" }] }).title, 'Node package snoowrap is missing')
})

test('a module that keeps several test files from being loaded is the cause, and not each of them', () => {
  const output = (file: string) => `==== ERRORS ====\n____ ERROR collecting ${file} ____\n${file}:1: in <module>\n    from shop import prices\nsrc/shop/prices.py:7: in <module>\n    raise RuntimeError("no prices")\nE   RuntimeError: no prices\n==== short test summary info ====\nERROR ${file} - RuntimeError: no prices\n`
  const reported = (path: string, printed = output(path)) => classify({ output: printed, problems: [{ code: 'collection-error', path, message: 'RuntimeError: no prices' }] })
  const one = reported('tests/test_cart.py')
  assert.equal([one.title, one.fingerprint], ['RuntimeError in src/shop/prices.py: no prices', reported('tests/test_pay.py').fingerprint])
  assert.equal(one.evidence, ['____ ERROR collecting tests/test_cart.py ____', 'src/shop/prices.py:7: in <module>', '    raise RuntimeError("no prices")', 'E   RuntimeError: no prices'])
  assert.is(one.fingerprint, classify({ output: output('tests/test_cart.py') }).fingerprint, 'as the output alone has it')
  assert.match(reported('tests/test_cart.py', output('tests/test_other.py')).title, /tests\/test_cart\.py/, 'an output of another file says nothing of this one')
})

test('what the pipeline found is known by its problems, not by an output', () => {
  const missing = (path: string) => classify({ stage: 'deliverables', class: 'deliverables_validation_failed', message: `${path} is missing`, problems: [{ code: 'missing', path, message: 'is missing' }], output: 'Error: noise' })
  assert.equal([missing('docs/a.md').title, missing('docs/a.md').confidence], ['docs/a.md is missing', 'high'])
  assert.is.not(missing('docs/a.md').fingerprint, missing('docs/b.md').fingerprint)
})

test('a timeout is told by stage and check, not by how long it was', () => {
  const timeout = (message: string, check: string) => classify({ stage: 'checks', class: 'timeout', check, message }).fingerprint
  assert.is(timeout('it was ended at its limit of 10m', 'tests'), timeout('it was ended at its limit of 5m', 'tests'))
  assert.is.not(timeout('x', 'tests'), timeout('x', 'build'))
})

test('before the builder the project is to blame; afterwards a fault of code is the phase’s own', () => {
  const output = "Error: Cannot find module './gone'\n    at x (node:y:1:1)\nNode.js v24.0.0\n"
  assert.is(classify({ stage: 'baseline', output }).blame, 'project')
  assert.is(classify({ stage: 'delta', output }).blame, 'phase')
  assert.is(classify({ stage: 'preflight', class: 'preflight_failed', message: 'x', output }).blame, 'project')
})

test('a preflight and a class of one’s own are fingerprinted by what was printed', () => {
  const failed = (module: string, name = 'preflight_failed') => classify({ stage: 'preflight', class: name, message: 'x', output: `sh: 1: ${module}: not found` })
  assert.is.not(failed('a').fingerprint, failed('b').fingerprint)
  assert.is.not(failed('a').fingerprint, failed('a', 'state_lock').fingerprint)
  assert.is(failed('a').title, 'Command a is not installed')
})

test('a builder that ended badly and said nothing has no cause: low confidence, so that two of them open nothing', () => {
  const silent = classifyBuiltIn(failureSchema.parse({ stage: 'build', class: 'builder_error', message: 'node exited with code 3', output: '' }))
  assert.equal([silent.class, silent.confidence], ['builder_error', 'low'])
  const told = classifyBuiltIn(failureSchema.parse({ stage: 'build', class: 'builder_error', message: 'the builder threw', problems: [{ code: 'builder-threw', message: 'no key' }] }))
  assert.is(told.confidence, 'medium')
})

test.run()
