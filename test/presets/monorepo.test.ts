import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../support/project.ts'
import { prepare, receiptOf, runHere } from '../support/run-project.ts'

const test = suite('monorepo of npm workspaces')

const manifest = (name: string, more: object = {}) => `${JSON.stringify({ name: `@m/${name}`, version: '1.0.0', type: 'module', exports: './index.js', scripts: { test: 'node --test' }, ...more })}\n`
const testOf = (imported: string) => `import test from 'node:test'\nimport assert from 'node:assert'\nimport { price } from '${imported}'\ntest('the price', () => assert.equal(price(), 1))\n`
const files = {
  'package.json': '{"name":"mono","private":true,"workspaces":["packages/*"]}\n', '.gitignore': 'node_modules\n',
  'packages/core/package.json': manifest('core', { scripts: undefined }), 'packages/core/index.js': 'export const price = () => 1\n',
  'packages/web/package.json': manifest('web', { dependencies: { '@m/core': '1.0.0' } }), 'packages/web/web.test.js': testOf('@m/core'),
  'packages/site/package.json': manifest('site'), 'packages/site/index.js': 'export const price = () => 1\n', 'packages/site/site.test.js': testOf('./index.js'),
}

test('is set up once; a phase is judged by the packages that it can affect, also by those that only use what it changes', async () => {
  await using project = await makeProject({ files })
  const phases = {
    site: { build: 'echo "// more" >> packages/site/index.js', scope: { paths: ['packages/site/'] } },
    breaks: { build: 'echo "export const price = () => 2" > packages/core/index.js', scope: { paths: ['packages/core/index.js'] } },
  }
  await prepare(project, {
    phases, imports: "import { monorepo } from 'autopack/presets'",
    config: "presets: [monorepo({ packages: ['packages/core', 'packages/web', 'packages/site'], uses: { 'packages/web': ['packages/core'] } })], drain: { maxAttemptsPerPhase: 1 },",
  })
  // Links between packages alone: nothing is asked of a registry.
  const locked = await project.run(['npm', 'install', '--package-lock-only', '--offline', '--no-audit', '--no-fund'])
  assert.is(locked.exitCode, 0, locked.stderr)
  await project.commit('prepare')
  const run = await runHere(project)
  const checks = async (id: string) => (await receiptOf(run.phase(id))).checks.map((check) => check.name)
  assert.equal(run.outcomes, { site: 'complete', breaks: 'test_failed' }, run.stdout)
  assert.equal(await checks('site'), ['tests:site'])
  assert.equal(await checks('breaks'), ['tests:core', 'tests:web'])
  assert.ok(run.events.some((event) => event.type === 'progress' && event.phase === 'site' && event.line === 'left out, for the phase cannot affect them: tests:core, tests:web'))
})

test.run()
