import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { PluginApi } from '../../../core/index.ts'
import type { FailureInput } from '../../../core/model/failure.ts'
import { runHook } from '../../../core/testing/index.ts'
import { exclude, findRunner } from '../../../plugins/optional-dependencies/runners.ts'
import { defaultPlugins, optionalDependencies } from '../../../plugins/index.ts'

/** A folder with these files; removed at the end. */
const folders: string[] = []
function folderWith(files: Record<string, string>): string {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'optional-')))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  return folder
}
const clean = () => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true }))

const pytestCheck = { name: 'tests', argv: ['python3', '-m', 'pytest', '-q', '--junitxml={report}'] }
const missing = (module: string) => `ModuleNotFoundError: No module named '${module}'`
const collection = (file: string, module: string) => ({ code: 'collection-error', path: file, message: missing(module) })
const section = (file: string, module: string, chain: string[] = [file]) =>
  `${'_'.repeat(20)} ERROR collecting ${file} ${'_'.repeat(20)}\nImportError while importing test module '/w/${file}'.\n${chain.map((one, index) => `${one}:${index + 1}: in <module>\n    import x\n`).join('')}E   ${missing(module)}\n`
/** As pytest prints it around the sections. */
const printed = (...sections: string[]) => `${'='.repeat(20)} ERRORS ${'='.repeat(20)}\n${sections.join('')}${'='.repeat(20)} short test summary info ${'='.repeat(20)}\n${'!'.repeat(9)} Interrupted: 1 error during collection ${'!'.repeat(9)}\n1 error in 0.22s\n`

async function ask(failure: Partial<FailureInput>, options: { files?: Record<string, string>; plugin?: Parameters<typeof optionalDependencies>[0]; check?: { name: string; argv: string[]; cwd?: string } } = {}) {
  const projectRoot = folderWith(options.files ?? {})
  const { answer } = await runHook(optionalDependencies(options.plugin ?? { python: ['praw'], node: ['snoowrap'] }), 'classifyFailure', {
    projectRoot, repositoryRoot: projectRoot, checks: [options.check ?? pytestCheck], failure: { stage: 'delta', check: 'tests', ...failure },
  })
  return answer
}
const argsOf = (answer: Awaited<ReturnType<typeof ask>>) => (answer?.action?.type === 'retry-checks' ? answer.action.args : undefined)
const skippedOf = (answer: Awaited<ReturnType<typeof ask>>) => (answer?.action?.type === 'retry-checks' ? answer.action.skipped : undefined)

const plugin = suite('optionalDependencies')
plugin.after(clean)

plugin('is on by default, and says what is wrong with its options', async () => {
  assert.ok(defaultPlugins.some((one) => one.name === 'optionalDependencies'))
  for (const [options, message] of [[{ python: ['praw>=7'] }, /optionalDependencies[\s\S]*without a version/], [{ pyhton: [] }, /optionalDependencies[\s\S]*pyhton/], [{ imports: { x: 'a-b' } }, /name of a module/]] as const) {
    try {
      await runHook(optionalDependencies(options as never), 'classifyFailure')
      assert.unreachable()
    } catch (error) {
      assert.match(String((error as Error).message), message)
    }
  }
})

for (const stage of ['baseline', 'delta'] as const) {
  plugin(`leaves out what praw is missing for, at stage ${stage}, with the permanent fix and its place`, async () => {
    const code = stage === 'baseline' ? 'broken-base' : 'collection-error'
    const answer = await ask({ stage, problems: [{ ...collection('tests/test_a.py', 'praw'), code }, { ...collection('tests/test_b.py', 'praw'), code }] }, {
      files: { 'tests/test_a.py': '"""Posts."""\nimport os\nimport praw\n', 'tests/test_b.py': 'from praw import Reddit\n' },
    })
    assert.is(answer?.class, 'missing_dependency')
    assert.equal(argsOf(answer), ['--ignore=tests/test_a.py', '--ignore=tests/test_b.py'])
    assert.equal(skippedOf(answer), [
      { file: 'tests/test_a.py', reason: 'praw is not installed, and is optional (the options of optionalDependencies)', fix: 'praw = pytest.importorskip("praw") in the place of line 3 of tests/test_a.py' },
      { file: 'tests/test_b.py', reason: 'praw is not installed, and is optional (the options of optionalDependencies)', fix: 'praw = pytest.importorskip("praw") before line 1 of tests/test_b.py' },
    ])
  })
}

plugin('takes the test file from the output where the import is elsewhere, and counts from the folder of the check', async () => {
  const answer = await ask({ output: printed(section('tests/test_a.py', 'praw', ['tests/test_a.py', 'feeds/reddit.py'])), problems: [{ code: 'broken-base', path: 'api/feeds/reddit.py', message: 'Python module praw is missing' }], stage: 'baseline' }, {
    files: { 'api/tests/test_a.py': 'from feeds.reddit import x\n', 'api/feeds/reddit.py': 'import praw\n' }, check: { ...pytestCheck, cwd: 'api' },
  })
  assert.equal(argsOf(answer), ['--ignore=tests/test_a.py'])
  assert.is(skippedOf(answer)?.[0]?.file, 'api/tests/test_a.py')
})

plugin('anything else that cannot be loaded blocks, and is what the failure is called by', async () => {
  const output = printed(section('tests/test_a.py', 'praw'), section('tests/test_b.py', 'feeds.gone'))
  const answer = await ask({ output, problems: [collection('tests/test_a.py', 'praw'), collection('tests/test_b.py', 'feeds.gone')] })
  assert.equal([answer?.class, answer?.cause?.module, answer?.action], ['import_crash', 'feeds.gone', undefined])
  const silent = await ask({ problems: [collection('tests/test_a.py', 'praw'), collection('tests/test_b.py', 'feeds.gone')] })
  assert.equal([silent?.class, silent?.title, silent?.action], ['collection_error', `tests/test_b.py cannot be loaded: ${missing('feeds.gone')}`, undefined])
  assert.is(await ask({ problems: [collection('tests/test_b.py', 'feeds.gone')] }), undefined)
  assert.is(await ask({ problems: [{ code: 'collection-error', path: 'tests/test_b.py', message: 'SyntaxError: invalid syntax' }] }), undefined)
  // Of that name the project has a module itself, of which a part is missing.
  assert.is(await ask({ problems: [collection('tests/test_a.py', 'praw')] }, { files: { 'src/praw.py': '' } }), undefined)
  assert.is(await ask({ problems: [collection('tests/test_a.py', 'praw')] }, { plugin: {} }), undefined)
})

plugin('a test that imports for itself is deselected', async () => {
  const answer = await ask({ problems: [{ code: 'failing-test', path: 'tests/test_a.py', message: `tests/test_a.py::TestX::test_y: ${missing('praw')}` }] })
  assert.equal(argsOf(answer), ['--deselect=tests/test_a.py::TestX::test_y'])
  assert.match(skippedOf(answer)![0]!.reason, /^TestX::test_y: praw is not installed/)
})

plugin('a required package that is missing is the fault of the project', async () => {
  const files = { 'pyproject.toml': '[project]\ndependencies = ["requests"]\n', 'package.json': '{"dependencies":{"zod":"4"}}' }
  for (const stage of ['baseline', 'delta'] as const) {
    const answer = await ask({ stage, output: section('tests/test_a.py', 'requests'), problems: [collection('tests/test_a.py', 'requests')] }, { files })
    assert.equal([answer?.class, answer?.blame, answer?.title, answer?.action], ['missing_dependency', 'project', 'requests is not installed, and the project requires it (pyproject.toml, project.dependencies)', undefined])
  }
  const unknown = await ask({ output: "Error: Cannot find module 'zod'\nRequire stack:\n- /w/a.js\n    at x (/w/a.js:1:1)\n" }, { files, check: { name: 'tests', argv: ['sh', '-c', 'make test | tee log'] } })
  assert.equal([unknown?.class, unknown?.blame], ['missing_dependency', 'project'])
})

plugin('says why something cannot be left out', async () => {
  const named = await ask({ problems: [collection('tests/test_a.py', 'praw')] }, { check: { name: 'tests', argv: ['pytest', 'tests/test_a.py'] } })
  assert.match(named!.title!, /the command names tests\/test_a\.py itself/)
  const conftest = await ask({ problems: [collection('tests/conftest.py', 'praw')] })
  assert.match(conftest!.title!, /tests\/conftest\.py is loaded for every test below it/)
  assert.equal([named!.action, conftest!.action], [undefined, undefined])
})

plugin('what the phase declares itself does not count, what the base declared does', async () => {
  const root = folderWith({ 'pyproject.toml': '[project]\n', 'tests/test_a.py': 'import praw\n' })
  const event = { projectRoot: root, repositoryRoot: root, checks: [pytestCheck] }
  const asked: unknown[] = []
  // One plugin, as in a run: its tap of beforePhase is called before the classifier.
  const instance = optionalDependencies()
  const both = { ...instance, apply: async (api: PluginApi, options: unknown) => {
    let before: ((event: never, context: never) => unknown) | undefined
    await instance.apply({ ...api, hooks: { ...api.hooks, beforePhase: { tap: (handler: never) => void (before = handler) }, classifyFailure: { tap: (handler: (event: never, context: never) => unknown) =>
      api.hooks.classifyFailure.tap(async (failure, context) => {
        await before!({ ...failure, checkArguments: () => undefined } as never, context as never)
        writeFileSync(path.join(root, 'pyproject.toml'), '[project.optional-dependencies]\nreddit = ["praw"]\n')
        const answer = await handler(failure as never, context as never)
        asked.push(answer)
        return answer as undefined
      }) } } } as unknown as PluginApi, options)
  } }
  await runHook(both, 'classifyFailure', { ...event, failure: { stage: 'delta', problems: [collection('tests/test_a.py', 'praw')] } })
  assert.equal(asked, [undefined])
  const later = await runHook(optionalDependencies(), 'classifyFailure', { ...event, failure: { stage: 'delta', problems: [collection('tests/test_a.py', 'praw')] } })
  assert.is(later.answer?.action?.type, 'retry-checks')
})

plugin('what was learned is left out from the start, while the module is missing and the files are as they were', async () => {
  const root = folderWith({ 'tests/test_a.py': 'from feeds import x\n', 'feeds.py': 'import praw\n', 'runs/x': '' })
  const runsDir = path.join(root, 'runs')
  const probes: (readonly string[])[] = []
  let there = false
  const api: Partial<PluginApi> = {
    layout: { runsDir, projectDir: runsDir, buildHistory: path.join(runsDir, 'BUILD_HISTORY.md'), pluginDir: (one) => path.join(runsDir, one) },
    exec: async (request) => {
      probes.push(request.command as string[])
      writeFileSync(request.stdoutPath!, JSON.stringify({ praw: there }))
      return { ended: 'exit', exitCode: 0, signal: null, durationMs: 1, logPath: request.logPath, tail: '' }
    },
  }
  const checks = [{ ...pytestCheck, env: { PATH: '/bin' } }]
  const event = { projectRoot: root, repositoryRoot: root, checks }
  const before = async () => (await runHook(optionalDependencies({ python: ['praw'] }), 'beforePhase', event, api)).said.checkArguments
  assert.equal([await before(), probes.length], [[], 0])
  await runHook(optionalDependencies({ python: ['praw'] }), 'classifyFailure', { ...event, failure: { stage: 'baseline', output: section('tests/test_a.py', 'praw', ['tests/test_a.py', 'feeds.py']), problems: [collection('tests/test_a.py', 'praw')] } }, api)
  const [asked] = await before()
  assert.equal([asked?.check, asked?.args, asked?.skipped.map((one) => one.file)], ['tests', ['--ignore=tests/test_a.py'], ['tests/test_a.py']])
  assert.equal([probes[0]?.slice(0, 2), probes[0]?.slice(3)], [['python3', '-c'], ['praw']])
  there = true
  assert.equal(await before(), [])
  there = false
  writeFileSync(path.join(root, 'feeds.py'), 'try:\n    import praw\nexcept ImportError:\n    praw = None\n')
  assert.equal(await before(), [])
})
plugin.run()

const runners = suite('runners')
runners.after(clean)

const scripts = { unit: 'NODE_ENV=test jest --ci', test: 'vitest run', mocha: 'mocha', node: 'node --test', chained: 'tsc && jest' }
const cases: readonly [argv: string[], args: string[] | string][] = [
  [['python3', '-m', 'pytest', '-q'], ['--ignore=a.test.js']],
  [['.venv/bin/pytest'], ['--ignore=a.test.js']],
  [['uv', 'run', 'pytest', '{exclude}', 'tests'], ['--ignore=a.test.js']],
  [['sh', '-c', 'python3 -m pytest -q'], ['--ignore=a.test.js']],
  [['npx', 'vitest', 'run'], ['--exclude=a.test.js']],
  [['npm', 'test'], ['--', '--exclude=a.test.js']],
  [['npm', 'run', 'test', '--', '--reporter=junit'], ['--exclude=a.test.js']],
  [['pnpm', 'test'], ['--exclude=a.test.js']],
  [['npm', 'run', 'unit'], ['--', '--testPathIgnorePatterns=/generated/', '--testPathIgnorePatterns=/a\\.test\\.js$']],
  [['yarn', 'mocha'], ['--ignore=a.test.js']],
  [['node_modules/.bin/mocha'], ['--ignore=a.test.js']],
  [['sh', '-c', 'cd x && pytest'], /several commands/.source],
  [['npm', 'run', 'chained'], /the script chained has several commands/.source],
  [['cargo', 'test'], /no test runner that this plugin knows/.source],
  [['node', '--test', 'test/*.js'], /put \{exclude\} before them/.source],
]
for (const [argv, expected] of cases) {
  runners(argv.join(' '), () => {
    const root = folderWith({ 'package.json': JSON.stringify({ scripts, jest: { testPathIgnorePatterns: ['/generated/'] } }) })
    const found = findRunner({ name: 'tests', argv }, root)
    const result = found.type === 'none' ? found : exclude(found.runner, argv, { files: ['a.test.js'], tests: [] })
    if (typeof expected === 'string') assert.match(result.type === 'none' ? result.reason : '', new RegExp(expected))
    else assert.equal(result.type === 'args' ? result.args : result.reason, expected)
  })
}

runners('files that Vitest, Jest, Mocha and node:test could not load are found in what they print', async () => {
  const files = { 'test/a.test.js': "const s = require('snoowrap')\n", 'src/b.js': '', 'package.json': '{}' }
  const outputs: Record<string, string> = {
    vitest: " FAIL  test/a.test.js [ test/a.test.js ]\nError: Failed to resolve import \"snoowrap\" from \"src/b.js\". Does the file exist?\n  Plugin: vite:import-analysis\n",
    jest: "FAIL test/a.test.js\n  ● Test suite failed to run\n\n    Cannot find module 'snoowrap' from 'src/b.js'\n\n    Require stack:\n      src/b.js\n      test/a.test.js\n",
    mocha: "\nError: Cannot find module 'snoowrap'\nRequire stack:\n- ROOT/src/b.js\n- ROOT/test/a.test.js\n- ROOT/node_modules/mocha/lib/x.js\n    at a (ROOT/src/b.js:1:1)\n",
  }
  for (const [name, text] of Object.entries(outputs)) {
    const answer = await ask({ output: text.replaceAll('ROOT/', ''), problems: [{ code: 'broken-base', path: 'src/b.js', message: 'Node package snoowrap is missing' }], causes: [{ tool: name, class: 'missing_dependency', title: 'Node package snoowrap is missing', template: 'x', evidence: [], module: 'snoowrap', file: 'src/b.js', confidence: 'high' }] }, { files, check: { name: 'tests', argv: [name] } })
    assert.equal(skippedOf(answer)?.map((one) => one.file), ['test/a.test.js'], name)
    assert.match(skippedOf(answer)![0]!.fix!, /try \{ snoowrap = require\('snoowrap'\) \} catch \{\} in the place of line 1 of test\/a\.test\.js/)
  }
})

runners('what a module is called is no pattern', async () => {
  const odd = 'snoowrap/(b+)+['
  const answer = await ask({
    output: ` FAIL  test/a.test.js [ test/a.test.js ]\nError: Failed to resolve import "${odd}" from "src/b.js". Does the file exist?\n`,
    problems: [{ code: 'broken-base', path: 'test/a.test.js', message: `Cannot find module '${odd}'` }],
  }, { files: { 'test/a.test.js': "import 'x'\n", 'package.json': '{}' }, check: { name: 'tests', argv: ['vitest'] } })
  assert.equal(skippedOf(answer)?.map((one) => one.file), ['test/a.test.js'])
})

runners('of a JUnit report of node:test the files are read: one that needs what is missing was not loaded, any other failed by itself', async () => {
  const files = {
    'test/detour.test.js': "import test from 'node:test'\nimport {\n  posts,\n} from '../src/reddit.js'\n", 'src/reddit.js': "export { default as posts } from 'snoowrap/posts'\n",
    'test/guarded.test.js': "async function load() {\n  return await import('snoowrap')\n}\nimport type { X } from 'snoowrap'\n", 'test/exits.test.js': "import '../src/none.js'\nprocess.exit(1)\n",
  }
  const check = { name: 'tests', argv: ['node', '--test', '--test-reporter=junit', '--test-reporter-destination={report}'] }
  const failed = (file: string) => ({ code: 'failing-test', path: file, message: `${file}: test failed` })
  const answer = await ask({ problems: Object.keys(files).filter((file) => file.startsWith('test/')).map(failed) }, { files, check })
  assert.equal(skippedOf(answer)?.map((one) => one.file), ['test/detour.test.js'])
  assert.is(await ask({ problems: [failed('test/guarded.test.js'), failed('test/exits.test.js')] }, { files, check }), undefined)

  // And before the first run: what node would run, and no file beside.
  const root = folderWith({ ...files, 'scripts/reddit.js': "import 'snoowrap'\n", 'lib/a.test.js': "import 'snoowrap'\n" })
  const before = async (argv: string[], env: Record<string, string> = {}) => (await runHook(optionalDependencies({ node: ['snoowrap'] }), 'beforePhase', { projectRoot: root, repositoryRoot: root, checks: [{ name: 'tests', argv, env }] })).said.checkArguments.flatMap((one) => one.skipped.map(({ file }) => file))
  assert.equal(await before(check.argv), ['lib/a.test.js', 'test/detour.test.js'])
  assert.equal(await before(['node', '--test', '{exclude}', 'test/']), ['test/detour.test.js'])
  assert.equal(await before(['node', '--import', 'tsx', '--test']), [], 'a hook may find what node does not')
  for (const [name, value] of [['NODE_OPTIONS', '--enable-source-maps --import=tsx'], ['NODE_PATH', '/opt/modules']] as const) assert.equal(await before(check.argv, { [name]: value }), [])
  assert.equal((await before(check.argv, { NODE_OPTIONS: '--enable-source-maps' })).length, 2)
})

runners('node leaves out exactly the files named, of both kinds of module, and reports them as skipped', async () => {
  const root = folderWith({
    'a.test.js': "const { test } = require('node:test'); require('snoowrap'); test('a', () => {})\n",
    'b/a.test.mjs': "import { test } from 'node:test'; import 'snoowrap'; test('b', () => {})\n",
    'a.test.mjs': "import { test } from 'node:test'; test('c', () => {})\n",
    'd.test.ts': "import { test } from 'node:test'; import 'snoowrap'; test('d', (x: unknown) => {})\n",
  })
  const argv = ['node', '--test', '--test-reporter=tap']
  const found = findRunner({ name: 'tests', argv }, root)
  assert.is(found.type, 'found')
  const excluded = found.type === 'found' && exclude(found.runner, argv, { files: ['a.test.js', 'b/a.test.mjs', 'd.test.ts'], tests: [] })
  const args = excluded && excluded.type === 'args' ? excluded.args : []
  const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', ...args], { cwd: root, env: { PATH: process.env['PATH'] } })
  assert.equal([...stdout.matchAll(/^(?:not )?ok \d+ - (.*)$/gm)].map((match) => match[1]), ['a.test.js # SKIP', 'c', 'b/a.test.mjs # SKIP', 'd.test.ts # SKIP'])
})
runners.run()
