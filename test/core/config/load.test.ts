import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin } from '../../../core/config/define.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import { contextDefaults } from '../../../core/model/prompt.ts'
import { learningDefaults } from '../../../core/model/learning.ts'
import { load, withFolder } from '../../support/config-folder.ts'

const test = suite('loadConfig')
const run = promisify(execFile)
const sourceFile = (file: string) => JSON.stringify(path.resolve(import.meta.dirname, '../../..', file))

test('an empty config is all defaults', () =>
  withFolder({ 'autopack.config.ts': 'export default {}\n' }, async (folder) => {
    const { originOf, placeOfPlugin, placeOfCheck, placeOfTemplate, ...config } = await load(folder)
    assert.equal([placeOfPlugin('scopeStubs'), placeOfCheck('tests', 'run'), placeOfTemplate()], [undefined, undefined, undefined])
    assert.equal(config, {
      kind: 'autopack-config', configPath: `${folder}/autopack.config.ts`, configDir: folder, project: path.basename(folder), root: folder,
      runsDir: path.join(folder, '.autonomous_runs'), databaseUrl: undefined, presets: [], plugins: [], classifiers: [], plans: ['runs/*.{yaml,yml,json}'],
      builder: undefined, builders: {}, prices: {}, checks: [], preflight: [], workspace: { dir: undefined, setup: [], cache: [], key: [], sparse: undefined, minFreeDisk: undefined },
      protect: ['autopack.config.ts'], env: { pass: [], set: {} }, notify: [], keepAwake: true, learning: learningDefaults, context: contextDefaults, prompt: { template: undefined }, drain: drainDefaults,
    })
    assert.is(originOf('project'), "default (the folder's name)")
    const named = [...Object.keys(config), ...Object.keys(config.workspace).map((key) => `workspace.${key}`), ...Object.keys(drainDefaults).map((key) => `drain.${key}`)].filter((name) => originOf(name) !== undefined)
    assert.ok(named.length > 30, named.join(' '))
    for (const name of named) assert.ok(originOf(name)!.startsWith('default') || name === 'protect', `${name}: ${originOf(name)}`)
  }))

test('found upward, TypeScript before the others, --config before all', () =>
  withFolder({
    'autopack.config.ts': "export default { project: 'ts' }\n",
    'autopack.config.js': "export default { project: 'js' }\n",
    'package.json': '{ "name": "from-package", "type": "module", "autopack": { "project": "package" } }',
    'a/b/readme.txt': '',
    'a/package.json': '{ "name": "no config here" }',
    'other/x.config.mjs': "export default { project: 'mjs', root: '..' }\n",
    'yaml/autopack.config.yml': 'project: yml\n',
    'packed/package.json': '{ "name": "packed", "autopack": { "plans": ["p/*.json"] } }',
    'packed/deep/readme.txt': '',
    'other/package.json': '{ this is somebody else\'s and broken',
  }, async (folder) => {
    assert.is((await load(`${folder}/a/b`)).project, 'ts')
    assert.is((await load(`${folder}/a/b`)).configDir, folder)
    const named = await load(folder, { configFlag: 'other/x.config.mjs' })
    assert.equal([named.project, named.root, named.configDir], ['mjs', folder, `${folder}/other`])
    assert.is((await load(`${folder}/yaml`)).project, 'yml')
    const packed = await load(`${folder}/packed/deep`)
    assert.equal([packed.project, packed.originOf('project'), packed.originOf('plans')], ['packed', 'default (package.json)', 'package.json:1'])
    assert.equal(packed.protect, ['package.json'])
    assert.is((await load(`${folder}/other`)).project, 'ts', 'a broken package.json of somebody else is passed over')
  }))

test('the runs directory, the root and the folder of worktrees are relative to the config, wherever one stands', () =>
  withFolder({ 'autopack.config.ts': "export default { root: 'app', runsDir: 'var/runs', workspace: { dir: '../trees' } }\n", 'app/a/readme.txt': '' }, async (folder) => {
    const config = await load(`${folder}/app/a`)
    assert.equal([config.root, config.runsDir, config.workspace.dir], [`${folder}/app`, `${folder}/var/runs`, path.resolve(folder, '../trees')])
    assert.is(config.originOf('runsDir'), 'autopack.config.ts:1')
    const relative = await load(`${folder}/app/a`, { env: { AUTONOMOUS_RUNS_DIR: 'elsewhere' } })
    assert.equal([relative.runsDir, relative.originOf('runsDir')], [`${folder}/elsewhere`, 'AUTONOMOUS_RUNS_DIR'])
    assert.is((await load(folder, { env: { AUTONOMOUS_RUNS_DIR: '/var/autopack' } })).runsDir, '/var/autopack')
    assert.is((await load(folder, { env: { AUTONOMOUS_RUNS_DIR: '' } })).runsDir, `${folder}/var/runs`)
  }))

test('DATABASE_URL counts in a form that is ours; another is passed over with a note', () =>
  withFolder({ 'autopack.config.ts': 'export default {}\n' }, async (folder) => {
    for (const url of ['sqlite:///a.db', 'sqlite:////a.db', 'postgres://u:p@h/d', 'postgresql://h/d']) {
      const config = await load(folder, { env: { DATABASE_URL: url } })
      assert.equal([config.databaseUrl, config.originOf('databaseUrl')], [url, 'DATABASE_URL'])
    }
    const foreign = await load(folder, { env: { DATABASE_URL: 'mysql://root:secret@db/app' } })
    assert.is(foreign.databaseUrl, undefined)
    assert.is(foreign.originOf('databaseUrl'), 'default (DATABASE_URL is passed over: mysql: is none of sqlite:, postgres:, postgresql:)')
    assert.is((await load(folder, { env: { DATABASE_URL: '' } })).originOf('databaseUrl'), 'default')
  }))

test('every value knows where it came from', () =>
  withFolder({
    'autopack.config.ts': `import { defineConfig, definePreset } from 'autopack'
import { strictTriage } from 'autopack/presets'

const mine = definePreset('mine', () => ({ presets: [strictTriage()], protect: ['locked/**'], checks: [{ name: 'lint', run: ['lint'] }] }))

export default defineConfig({
  presets: [mine()],
  checks: [
    {
      name: 'tests',
      run: ['npm', 'test'],
    },
  ],
  drain: {
    maxTokens: { phase: 7 },
  },
  env: { set: { 'CI': '1' } },
})
`,
  }, async (folder) => {
    const { originOf, presets, checks, drain, protect } = await load(folder)
    assert.equal(presets, ['strictTriage', 'mine'])
    assert.equal(checks.map((check) => check.name), ['lint', 'tests'])
    assert.equal(drain.maxTokens, { attempt: 500_000, phase: 7, drain: 5_000_000 })
    assert.equal(protect, ['autopack.config.ts', 'locked/**'])
    const wanted = {
      presets: 'autopack.config.ts:7',
      'checks[0].run': 'preset mine', 'checks[0].format': 'default', 'checks[1]': 'autopack.config.ts:9', 'checks[1].run': 'autopack.config.ts:11', 'checks[1].format': 'default',
      'drain.maxTokens.attempt': 'preset strictTriage', 'drain.maxTokens.phase': 'autopack.config.ts:15', 'drain.skipRunsWithQueued': 'default',
      'env.set.CI': 'autopack.config.ts:17', 'protect[0]': 'default', 'protect[1]': 'preset mine', plans: 'default',
    }
    for (const [name, origin] of Object.entries(wanted)) assert.is(originOf(name), origin, name)
  }))

test('YAML and JSON configs know their lines too', () =>
  withFolder({ 'a/autopack.config.yaml': 'project: a\n\ndrain:\n  parallel: 2\n', 'b/autopack.config.json': '{\n  "drain": {\n    "parallel": 2\n  }\n}\n' }, async (folder) => {
    assert.is((await load(`${folder}/a`)).originOf('drain.parallel'), 'autopack.config.yaml:4')
    assert.is((await load(`${folder}/b`)).originOf('drain.parallel'), 'autopack.config.json:3')
  }))

test('plugins: defaults first, the same plugin with options in its place, without takes away', async () => {
  const one = definePlugin({ name: 'one', apiVersion: 1, apply() {} })
  const two = definePlugin({ name: 'two', apiVersion: 1, apply() {} })
  await withFolder({
    'autopack.config.ts': `import { definePlugin, definePreset, without } from 'autopack'
const three = definePlugin({ name: 'three', apiVersion: 1, options: { safeParse: (data: unknown) => ({ success: true, data }) } as never, apply() {} })
const mine = definePreset('mine', () => ({ plugins: [three({ from: 'preset' })] }))
export default { presets: [mine()], plugins: [without('one'), three({ from: 'config' })] }
`,
  }, async (folder) => {
    const { plugins, originOf } = await load(folder, { builtIns: [one(), two()] })
    assert.equal(plugins.map((plugin) => [plugin.name, plugin.options]), [['two', undefined], ['three', { from: 'config' }]])
    assert.equal([originOf('plugins[0]'), originOf('plugins[1]')], ['default', 'autopack.config.ts:4'])
  })
})

test('builders: by their own name and by the name that the config gives them', () =>
  withFolder({
    'autopack.config.ts': `const builder = (name: string) => ({ name, build: async () => { throw new Error('not here') } })
export default { builder: builder('command'), builders: { cheap: builder('other') } }
`,
  }, async (folder) => {
    const { builder, builders } = await load(folder)
    assert.equal(Object.entries(builders).map(([name, value]) => [name, value.name]), [['command', 'command'], ['cheap', 'other']])
    assert.is(builders['command'], builder)
  }))

test('a config written as an ES module works whatever its package.json says, and without a warning', async () => {
  const files = {
    'autopack.config.ts': "import { name } from './helper.ts'\nimport { defineConfig } from 'autopack'\nexport default defineConfig({ project: name as string })\n",
    'helper.ts': "export const name = 'x'\n",
  }
  const script = `import { loadConfig } from ${sourceFile('core/config/load.ts')}
const config = await loadConfig({ cwd: process.argv[1], builtIns: [], runtime: { env: {} }, resolveRunsDir: () => ({ runsDir: '/x', origin: 'default' }) })
process.stdout.write(config.project)`
  await withFolder({}, async (folder) => {
    for (const manifest of [undefined, '{}', '{ "type": "commonjs" }', '{ "type": "module" }']) {
      await withFolder({ ...files, ...(manifest !== undefined && { 'package.json': manifest }) }, async (project) => {
        const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', script, project], { cwd: folder })
        assert.equal({ stdout, stderr }, { stdout: 'x', stderr: '' }, `package.json: ${manifest}`)
      })
    }
  })
})

test('a CommonJS config works, and requires the running package', () =>
  withFolder({ 'autopack.config.js': "const { defineConfig } = require('autopack')\nmodule.exports = defineConfig({ project: 'cjs' })\n" }, async (folder) => {
    const config = await load(folder)
    assert.equal([config.project, config.originOf('project')], ['cjs', 'autopack.config.js:2'])
  }))

test('autopack means the running package, in one instance, where another one is installed', () =>
  withFolder({
    'node_modules/autopack/package.json': '{ "name": "autopack", "type": "module", "exports": "./index.js" }',
    'node_modules/autopack/index.js': "throw new Error('the wrong autopack')\n",
    'node_modules/plugin/package.json': '{ "name": "plugin", "type": "module", "exports": "./index.js" }',
    'node_modules/plugin/index.js': "export { defineConfig } from 'autopack'\n",
    'autopack.config.ts': "import { defineConfig } from 'autopack'\nimport { defineConfig as theirs } from 'plugin'\nexport default defineConfig({ project: theirs === defineConfig ? 'one' : 'two' })\n",
  }, async (folder) => {
    assert.is((await load(folder)).project, 'one')
  }))

test('a $import in a config is an unknown key and not followed', () =>
  withFolder({ 'autopack.config.json': '{ "$import": "other.json" }', 'other.json': '{ "project": "x" }' }, async (folder) => {
    try {
      await load(folder)
      assert.unreachable()
    } catch (error) {
      assert.is((error as Error).message, 'unknown key "$import"')
    }
  }))

test('loading writes nothing', () =>
  withFolder({ 'autopack.config.ts': 'export default {}\n' }, async (folder) => {
    const { readdir } = await import('node:fs/promises')
    await mkdir(`${folder}/sub`)
    await load(`${folder}/sub`)
    assert.equal((await readdir(folder, { recursive: true })).sort(), ['autopack.config.ts', 'sub'])
  }))

test.run()
