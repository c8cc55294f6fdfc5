import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { installPackage, nodeOlderThan, npmEnvironment } from '../support/consumer.ts'
import type { Consumer } from '../support/consumer.ts'
import { followAuthoringPage } from '../support/authoring-page.ts'
import { readPage, stepsOf } from '../support/doc-page.ts'
import { repositoryRoot } from '../support/project.ts'

// The package as a user gets it: packed, installed into an empty folder elsewhere.
const test = suite<{ consumer: Consumer }>('the packed package')
// `after` runs too when `before` failed.

test.before(async (context) => {
  context.consumer = await installPackage('tarball')
})
test.after(async (context) => {
  await context.consumer?.project[Symbol.asyncDispose]()
})

test('holds what is needed and nothing else', ({ consumer }) => {
  const strangers = consumer.files.filter((file) => !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.*\.(js|d\.ts)|dist\/schemas\/[\w-]+\.json|docs\/examples\/(plugin|preset)-template\/.*)$/.test(file))
  assert.equal(strangers, [])
  for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/schemas/config.json', 'dist/schemas/plan.json']) assert.ok(consumer.files.includes(file), `${file} is missing`)
  assert.ok(consumer.size < 1_000_000, `the tarball has ${consumer.size} bytes`)
})

test('imports every published entry point', async ({ consumer }) => {
  const { project, installed } = consumer
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as { exports: Record<string, string | { types: string; default: string }> }
  const entries = Object.keys(exports).filter((entry) => typeof exports[entry] === 'object').map((entry) => entry.replace(/^\./, 'autopack'))
  assert.ok(entries.length >= 5)
  const script = `const seen = {}\nfor (const entry of ${JSON.stringify(entries)}) seen[entry] = Object.keys(await import(entry)).length\nconsole.log(JSON.stringify(seen))\n`
  await project.write({ 'import.mjs': script })
  const { stdout, stderr, exitCode } = await project.run([process.execPath, 'import.mjs'])
  assert.is(exitCode, 0, stderr)
  assert.is(stderr, '')
  for (const [entry, count] of Object.entries(JSON.parse(stdout) as Record<string, number>)) assert.ok(count > 0, `${entry} exports nothing`)
  for (const name of ['config', 'plan']) assert.ok(existsSync(join(installed, 'dist/schemas', `${name}.json`)))
})

test('runs by npx', async ({ consumer }) => {
  const { version } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as { version: string }
  const { stdout, stderr } = await consumer.project.run(['npx', '--no-install', 'autopack', '--version'], { env: npmEnvironment() })
  assert.is(stdout.trim(), version, stderr)
})

test('type-checks in a strict consumer that checks its libraries too, as does what the pages about plugins and classifiers show', async ({ consumer: { project } }) => {
  const base = JSON.parse(await readFile(join(repositoryRoot, 'tsconfig.json'), 'utf8')) as { compilerOptions: Record<string, unknown> }
  const { paths: _paths, customConditions: _conditions, ...compilerOptions } = base.compilerOptions
  const shown = ['plugins', 'classifiers'].flatMap((page) => {
    const files = stepsOf(readPage(`docs/${page}.md`)).flatMap((step) => (step.type === 'file' && step.name.endsWith('.ts') ? [[`pages/${page}/${step.name}`, step.text] as const] : []))
    assert.ok(files.length >= 5, `docs/${page}.md shows ${files.length} files`)
    return files
  })
  await project.write({
    // Each run of the compiler reads all that Autopack declares: one for all.
    'tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck: false, exactOptionalPropertyTypes: true, allowImportingTsExtensions: true }, include: ['*.ts', 'pages'] }),
    'autopack.config.ts': await readFile(join(repositoryRoot, 'docs/examples/invoices/autopack.config.ts'), 'utf8'),
    'own.ts': ownPlugin,
    'wrong.ts': wrongConfig,
    ...Object.fromEntries(shown),
  })
  const { exitCode, stdout } = await project.run([process.execPath, join(repositoryRoot, 'node_modules/typescript/bin/tsc'), '--project', '.', '--checkers', '1'])
  assert.is(stdout, '')
  assert.is(exitCode, 0)
  await rm(project.path('pages'), { recursive: true })
})

const old = await nodeOlderThan(24, 15)
if (old === undefined) console.log('skip because no Node older than 24.15 is installed')
const onOldNode = old === undefined ? test.skip : test
onOldNode('tells an old Node in one line', async ({ consumer: { project, installed } }) => {
  for (const args of [[], ['--version'], ['run']]) {
    const { exitCode, stdout, stderr } = await project.run([old!, join(installed, 'dist/core/cli/bin.js'), ...args])
    assert.is(exitCode, 2)
    assert.is(stdout, '')
    assert.match(stderr, /^autopack needs Node 24\.15 or newer; this is [^\n]+\n$/)
  }
})

test('makes a config and runs it: npx autopack init && npx autopack run', async ({ consumer: { project } }) => {
  // A folder of a user who starts from nothing; npx finds the package in the folder above.
  const cwd = project.path('fresh')
  await project.write({ 'fresh/notes.txt': 'a project\n' })
  const identity = { GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.invalid', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.invalid' }
  const npx = (...args: string[]) => project.run(['npx', '--no-install', 'autopack', ...args], { cwd, env: { ...identity, npm_config_update_notifier: 'false' } })
  for (const args of [['init', '--yes'], ['run']]) {
    const { exitCode, stdout, stderr } = await npx(...args)
    assert.is(exitCode, 0, `autopack ${args.join(' ')}\n${stdout}${stderr}`)
  }
  const status = await npx('status', '--json')
  const { runs } = JSON.parse(status.stdout) as { runs: { phases: { state: string }[] }[] }
  assert.equal(runs.flatMap((run) => run.phases.map((phase) => phase.state)), ['COMPLETE'])
})

// The last one: it makes a repository of the folder, and installs into it.
test('docs/authoring.md: a plugin and a preset are written, built, packed, installed and used, and bring their types', async ({ consumer }) => {
  await rm(consumer.project.path('fresh'), { recursive: true, force: true })
  await followAuthoringPage(consumer)
})

const ownPlugin = `import { defineClassifier, definePlugin } from 'autopack'
export const locked = defineClassifier({ class: 'state_lock', match: /state lock/, blame: 'machine', title: 'Locked', action: { type: 'retry', after: '60s' } })
export const hello = definePlugin({
  name: 'hello',
  apiVersion: 1,
  apply(api) {
    api.hooks.beforePhase.tap((event) => { event.hint('Say hello.') })
  },
})
`

const wrongConfig = `import { defineConfig } from 'autopack'
// @ts-expect-error an unknown key
export const unknownKey = defineConfig({ chekcs: [] })
// @ts-expect-error a wrong type deep inside
export const wrongType = defineConfig({ drain: { batchSize: 'many' } })
`

test.run()
