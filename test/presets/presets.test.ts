import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configSchema } from '../../core/config/schema.ts'
import { drainDefaults } from '../../core/model/drain.ts'
import { ci, lenient, monorepo, node, python, strictTriage } from '../../presets/index.ts'
import { errorText, load, withFolder } from '../support/config-folder.ts'

const test = suite('presets')

test('each is valid, with and without options', () => {
  const presets = [
    strictTriage(), lenient(), ci(), ci({ minutes: 20, failFast: false }),
    python(), python({ sources: ['src'], python: 'python3.12', timeout: 60, imports: ['shop'], collect: true }), python({ test: false, sources: [] }),
    node(), node({ packageManager: 'pnpm', test: false, install: false }), node({ syntax: ['a.js'], imports: ['a.js'], types: true }),
    ...(['npm', 'pnpm', 'yarn', 'pytest'] as const).flatMap((tool) => [monorepo({ packages: ['a'], tool }), monorepo({ packages: ['a', 'b/c', 'd/c'], tool, lockfiles: 'each', install: false, protectLockfiles: false })]),
  ]
  for (const preset of presets) {
    const checked = configSchema.safeParse(preset.config)
    assert.ok(checked.success, `${preset.name}: ${checked.error?.message}`)
  }
})

test('strictTriage and ci are nowhere laxer than the defaults, lenient nowhere stricter', () => {
  const compare = (layer: object, defaults: object, holds: (value: number, base: number) => boolean, at = ''): void => {
    for (const [key, value] of Object.entries(layer)) {
      const base = (defaults as Record<string, unknown>)[key]
      if (typeof value === 'object') compare(value as object, base as object, holds, `${at}${key}.`)
      else if (typeof value === 'boolean') assert.ok(value)
      else assert.ok(holds(value as number, (base as number | undefined) ?? Infinity), `${at}${key}`)
    }
  }
  compare(strictTriage().config.drain!, drainDefaults, (value, base) => value <= base)
  compare(ci().config.drain!, drainDefaults, (value, base) => value <= base)
  compare(lenient().config.drain!, drainDefaults, (value, base) => value >= base)
})

test('strictTriage holds the caps that it promises', () =>
  withFolder({ 'autopack.config.ts': "import { strictTriage } from 'autopack/presets'\nexport default { presets: [strictTriage()] }\n" }, async (folder) => {
    const { drain } = await load(folder)
    assert.equal(drain, {
      ...drainDefaults, phaseTimeoutSeconds: 600, maxAttemptsPerPhase: 1, maxFingerprintRepeats: 2, maxTimeoutsPerRun: 1, maxTotalMinutes: 45, maxZeroYield: 5,
      maxTokens: { attempt: 500_000, phase: 1_000_000, drain: 5_000_000 }, maxCost: { attempt: 2, phase: 4, drain: 20 }, maxPauseMinutes: 60,
    })
  }))

test('python and node together bring checks, a preflight and the variables of their toolchain; a check of the same name replaces theirs', () =>
  withFolder({
    'autopack.config.ts': `import { node, python } from 'autopack/presets'
export default { presets: [python({ sources: ['src'] }), node({ test: false })], checks: [{ name: 'tests', run: ['pytest', '-x'], format: 'pytest' }, { name: 'lint', run: ['ruff', 'check'] }] }
`,
  }, async (folder) => {
    const { checks, preflight, env, workspace } = await load(folder)
    assert.equal(checks.map((check) => [check.name, check.run]), [['tests', ['pytest', '-x']], ['lint', ['ruff', 'check']]])
    assert.equal(preflight, [['python3', '-m', 'compileall', '-q', 'src'], ['python3', '-m', 'pytest', '--version']])
    assert.ok(['PYTHON*', 'VIRTUAL_ENV', 'NODE_*'].every((name) => env.pass.includes(name)))
    assert.equal(env.set, { PYTHONDONTWRITEBYTECODE: '1' })
    assert.equal(workspace, { dir: undefined, setup: [['npm', 'ci']], cache: ['node_modules'], key: ['package.json', 'package-lock.json'], minFreeDisk: undefined, sparse: undefined })
  }))

test('what need not compile is left out of the whole project, and nothing else', () => {
  const [[, , , , , pattern] = []] = python().config.preflight as string[][]
  const skipped = (file: string) => new RegExp(pattern!).test(file)
  for (const file of ['./.venv/lib/a.py', './pkg/.tox/a.py', './venv/a.py', './tests/a.py', './pkg/test/a.py', './web/node_modules/x/a.py', './pkg/fixtures/bad.py', './build/lib/a.py']) assert.ok(skipped(file), file)
  for (const file of ['./setup.py', './pkg/a.py', './src/pkg/tests.py', './pkg/testing/a.py', './environment/a.py', './pkg/contest/a.py', './buildings/a.py']) assert.not.ok(skipped(file), file)
})

test('the checks of a monorepo are named by their package, and by its folder where two packages have one name', () => {
  const { checks, workspace, protect } = monorepo({ packages: ['libs/core/', './services/api', 'apps/api'] }).config
  assert.equal(checks?.map((check) => [check.name, check.cwd]), [['tests:core', 'libs/core'], ['tests:services/api', 'services/api'], ['tests:apps/api', 'apps/api']])
  assert.equal(workspace?.cache, ['node_modules', 'libs/core/node_modules', 'services/api/node_modules', 'apps/api/node_modules'])
  assert.equal(protect, ['package-lock.json', '.npmrc'])
  const each = monorepo({ packages: ['a', 'b'], tool: 'pnpm', lockfiles: 'each' }).config
  assert.equal(each.workspace?.setup?.slice(0, 2), [['pnpm', '--dir', 'a', 'install', '--frozen-lockfile', '--ignore-workspace'], ['pnpm', '--dir', 'b', 'install', '--frozen-lockfile', '--ignore-workspace']])
  assert.equal(each.workspace?.key, ['a/package.json', 'b/package.json', 'a/pnpm-lock.yaml', 'b/pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'])
})

test('Yarn makes the node_modules that the presets cache, whatever it would make by itself', () => {
  for (const { config } of [node({ packageManager: 'yarn' }), monorepo({ packages: ['a'], tool: 'yarn' })]) assert.equal(config.env?.set, { YARN_NODE_LINKER: 'node-modules' })
  for (const { config } of [node(), monorepo({ packages: ['a'], tool: 'pnpm' })]) assert.is(config.env?.set, undefined)
})

test('Python packages of a monorepo find each other in the worktree, before what is installed', () => {
  const [core, api] = monorepo({ packages: ['libs/core', 'services/api'], tool: 'pytest' }).config.checks!
  assert.is(core?.env?.['PYTHONPATH'], ['.', 'src', '../../services/api', '../../services/api/src'].join(path.delimiter))
  assert.is(api?.env?.['PYTHONPATH'], ['../../libs/core', '../../libs/core/src', '.', 'src'].join(path.delimiter))
})

test('a package of a monorepo is unaffected by those that it uses neither directly nor through others; by none where nothing is said', () => {
  const packages = ['core', 'api', 'web', 'site']
  const unaffected = (uses?: Record<string, string[]>) => monorepo({ packages, tool: 'pytest', ...(uses && { uses }) }).config.checks!.map((check) => check.unaffectedBy)
  assert.equal(unaffected({ api: ['core'], web: ['./api/'] }), [['api', 'web', 'site'], ['web', 'site'], ['site'], ['core', 'api', 'web']])
  // In a circle each uses the others.
  assert.equal(unaffected({ core: ['web'], api: ['core'], web: ['api'] })[1], ['site'])
  assert.equal(unaffected(), [undefined, undefined, undefined, undefined])
})

/** Asserts the whole text that a person reads for one preset of a config. */
function refuses(preset: string, expected: string) {
  test(`refused: ${preset}`, () =>
    withFolder({ 'autopack.config.ts': `import * as presets from 'autopack/presets'\nconst { ${/\w+/.exec(preset)![0]} } = presets as any\nexport default {\n  presets: [${preset}],\n}\n` }, async (folder) => {
      assert.fixture((await errorText(load(folder))).trimEnd(), expected.trim())
    }))
}

refuses("python({ source: ['src'] })", `
error[unknown-key]: unknown key "source" in preset python
  --> autopack.config.ts:4:22
   |
 4 |   presets: [python({ source: ['src'] })],
   |                      ~~~~~~
  fix: did you mean "sources"?`)

refuses("node({ packageManager: 'npn', timeout: 'soon' })", `
error[invalid-value]: preset node: packageManager: expected "npm" or "pnpm" or "yarn", found "npn"
  --> autopack.config.ts:4:36
   |
 4 |   presets: [node({ packageManager: 'npn', timeout: 'soon' })],
   |                                    ~~~~~
  fix: did you mean "npm"?

error[invalid-value]: preset node: timeout: expected a duration above zero such as "90s", "10m", "2h", or a number of seconds, found "soon"
  --> autopack.config.ts:4:52
   |
 4 |   presets: [node({ packageManager: 'npn', timeout: 'soon' })],
   |                                                    ~~~~~~`)

refuses('strictTriage({ batchSize: 3 })', `
error[invalid-value]: preset strictTriage: it takes no options, found {"batchSize":3}
  --> autopack.config.ts:4:13
   |
 4 |   presets: [strictTriage({ batchSize: 3 })],
   |             ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  fix: write strictTriage()`)

refuses("monorepo({ tool: 'pnpm' })", `
error[invalid-value]: preset monorepo: the key "packages" is missing
  --> autopack.config.ts:4:13
   |
 4 |   presets: [monorepo({ tool: 'pnpm' })],
   |             ~~~~~~~~~~~~~~~~~~~~~~~~~~`)

refuses("monorepo({ packages: ['../other'], python: '' })", `
error[invalid-value]: preset monorepo: packages[0]: expected a path in the project, relative to its root, found "../other"
  --> autopack.config.ts:4:35
   |
 4 |   presets: [monorepo({ packages: ['../other'], python: '' })],
   |                                   ~~~~~~~~~~

error[invalid-value]: preset monorepo: python: expected the name of a program, found ""
  --> autopack.config.ts:4:56
   |
 4 |   presets: [monorepo({ packages: ['../other'], python: '' })],
   |                                                        ~~`)

refuses("monorepo({ packages: ['a', './a/'] })", `
error[invalid-value]: preset monorepo: packages: a folder is named twice
  --> autopack.config.ts:4:34
   |
 4 |   presets: [monorepo({ packages: ['a', './a/'] })],
   |                                  ~~~~~~~~~~~~~`)

refuses("monorepo({ packages: ['a'], uses: { a: ['b'] } })", `
error[invalid-value]: preset monorepo: uses.a: b is none of the packages (a)
  --> autopack.config.ts:4:52
   |
 4 |   presets: [monorepo({ packages: ['a'], uses: { a: ['b'] } })],
   |                                                    ~~~~~`)

refuses("python({ imports: ['shop-api'] })", `
error[invalid-value]: preset python: imports[0]: expected the name of a module, such as shop or shop.api, found "shop-api"
  --> autopack.config.ts:4:32
   |
 4 |   presets: [python({ imports: ['shop-api'] })],
   |                                ~~~~~~~~~~`)

test.run()
