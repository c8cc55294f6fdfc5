import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkLayers } from './layers.ts'
import { makeProject } from './project.ts'
import { readSource } from './source-text.ts'

const test = suite('the layering check')

async function check(files: Record<string, string>): Promise<string[]> {
  await using project = await makeProject({ git: false, files })
  return checkLayers(project.dir).map(({ file, line, message }) => `${file}:${line}: ${message}`)
}

async function onlyProblem(files: Record<string, string>): Promise<string> {
  const problems = await check(files)
  assert.is(problems.length, 1, problems.join('\n') || 'no problem found')
  return problems[0]!
}

test('accepts imports that point down', async () => {
  assert.equal(
    await check({
      'core/model/a.ts': `import { z } from 'zod'\nimport './b.ts'\n`,
      'core/errors.ts': `import type { A } from './model/a.ts'\n`,
      'core/pipeline/phase.ts': `import '../checks/run.ts'\nexport * from '../store/store.ts'\nconst later = () => import('../process/spawn.ts')\n`,
      'core/index.ts': `export * from './drain/drain.ts'\n`,
      'core/cli/bin.ts': `import '../../plugins/index.ts'\nconsole.log('../nowhere')\n`,
      'core/testing/index.ts': `import '../index.ts'\n`,
      'plugins/index.ts': `export * from './one/index.ts'\n`,
      'plugins/one/index.ts': `import '../../core/index.ts'\nimport './part.ts'\n`,
      'presets/strict.ts': `import '../core/index.ts'\nimport '../plugins/one/index.ts'\n`,
      'docs/examples/app/autopack.config.ts': `import 'autopack/builders'\nimport './local.ts'\n`,
      'autopack.config.ts': `import 'autopack'\n`,
      'test/a.test.ts': `import '../core/cli/bin.ts'\ntest.run()\n`,
    }),
    [],
  )
})

test('names file, line and rule of an import that points up', async () => {
  assert.is(await onlyProblem({ 'core/store/a.ts': `import 'zod'\nimport { x } from\n  '../pipeline/phase.ts'\n` }), 'core/store/a.ts:2: core/store imports up: core/pipeline/phase.ts')
})

test('counts type-only, dynamic and re-exporting imports', async () => {
  const problems = await check({ 'core/model/a.ts': `import type { E } from '../errors.ts'\nexport { e } from '../errors.ts'\nconst f = () => import('../errors.ts')\ntype T = import('../errors.ts').E\n` })
  assert.equal(problems.map((problem) => problem.split(':')[1]), ['1', '2', '3', '4'])
})

test('keeps the tables of languages out of the core', async () => {
  assert.match(await onlyProblem({ 'core/drain/a.ts': `// 1.toLocaleString() is told of only\nexport const a = (one: number) => one.toLocaleString('en-US')\n`, 'plugins/one/a.ts': `export const b = 'a'.localeCompare('b')\n` }), 'core/drain/a.ts:2: the tables of all languages')
})

test('keeps siblings apart', async () => {
  assert.match(await onlyProblem({ 'core/checks/a.ts': `import '../failure/extract.ts'\n` }), "core/checks imports its sibling's internals: core/failure/extract.ts")
})

test('keeps plugins and presets to the public API', async () => {
  assert.match(await onlyProblem({ 'plugins/one/index.ts': `import '../../core/store/store.ts'\n` }), 'a plugin imports the public API')
  assert.match(await onlyProblem({ 'plugins/one/index.ts': `import '../two/index.ts'\n` }), 'a plugin imports the public API')
  assert.match(await onlyProblem({ 'presets/strict.ts': `import '../core/model/plan.ts'\n` }), 'a preset imports plugins')
  assert.match(await onlyProblem({ 'core/config/load.ts': `import '../../plugins/index.ts'\n` }), 'only core/cli puts core and the built-in plugins together')
  assert.match(await onlyProblem({ 'plugins/one/index.ts': `import 'autopack'\n` }), `import by path, not 'autopack'`)
})

test('keeps examples and the own config to the package name', async () => {
  assert.match(await onlyProblem({ 'docs/examples/app/autopack.config.ts': `import '../../../core/index.ts'\n` }), `examples import 'autopack'`)
  assert.match(await onlyProblem({ 'autopack.config.ts': `import './core/index.ts'\n` }), `imports 'autopack'`)
})

test('finds an unknown folder, and an import that leaves core', async () => {
  assert.match(await onlyProblem({ 'core/utils/a.ts': `import '../model/a.ts'\n` }), 'core/utils has no place in the layers')
  assert.match(await onlyProblem({ 'core/model/a.ts': `import '../../test/support/run.ts'\n` }), 'nothing of ours outside core')
})

test('finds what prints, but not in comments, strings or reporters', async () => {
  assert.is(
    await onlyProblem({
      'core/store/a.ts': `// console.log\nconst text = 'console.log(1)' + \`console.log(\${1})\`\nconst pattern = /['"\`]/\nprocess.stdout.write(text)\n`,
      'core/reporters/plain.ts': 'process.stdout.write(1)\n',
    }),
    'core/store/a.ts:4: only core/cli and core/reporters write to the terminal: emit an event, or return the text',
  )
})

test('finds a literal runs dir, but not in comments', async () => {
  assert.match(
    await onlyProblem({ 'core/layout/a.ts': `const d = '.autonomous_runs'\n`, 'core/drain/a.ts': `/* .autonomous_runs */\n\nconst d = \`x/.autonomous_runs/y\`\n` }),
    'core/drain/a.ts:3: a literal .autonomous_runs',
  )
})

test('finds test files and suites that never run', async () => {
  assert.match(await onlyProblem({ 'test/a.test.ts': `const test = suite('a')\ntest.run()\nconsole.log(1)\n` }), 'test/a.test.ts:3: a test file ends with .run()')
  assert.match(await onlyProblem({ 'test/a.test.ts': `const test = suite('a')\nconst other = suite<{ a: 1 }>('b')\ntest.run()\n` }), 'test/a.test.ts:2: suite other is never run')
  assert.equal(await check({ 'test/fixtures/a.test.ts': '' }), [])
})

test('tells templates, divisions and regular expressions apart', () => {
  const { codeOnly } = readSource('const a = `x${ { b: `y${1 / 2}` }.b }z` // end\nconst r = /[/"]/.test(a) / 2 / "d"')
  assert.is(codeOnly, 'const a = ` ${ { b: ` ${1 / 2}` }.b } `       \nconst r = /    /.test(a) / 2 / " "')
})

test('holds in this repository as a command', async () => {
  await using project = await makeProject({ git: false, files: { 'core/model/a.ts': `import '../cli/bin.ts'\n` } })
  const command = promisify(execFile)(process.execPath, [fileURLToPath(new URL('./layers.ts', import.meta.url)), project.dir])
  const error = await command.then(
    () => undefined,
    (failed: { code: number; stdout: string }) => failed,
  )
  assert.is(error?.code, 1)
  assert.is(error?.stdout, 'core/model/a.ts:1: core/model imports up: core/cli/bin.ts\nlayers: 1 problem\n')
})

test.run()
