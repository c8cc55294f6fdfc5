import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configSchema } from '../../core/config/schema.ts'
import { drainDefaults } from '../../core/model/drain.ts'
import { lenient, node, python, strictTriage } from '../../presets/index.ts'
import { load, withFolder } from '../support/config-folder.ts'

const test = suite('presets')

test('each is valid, with and without options', () => {
  for (const preset of [strictTriage(), lenient(), python(), python({ sources: ['src'], python: 'python3.12', timeout: 60 }), node(), node({ packageManager: 'pnpm', test: false, install: false })]) {
    const checked = configSchema.safeParse(preset.config)
    assert.ok(checked.success, `${preset.name}: ${checked.error?.message}`)
  }
})

test('strictTriage is nowhere laxer than the defaults, lenient nowhere stricter', () => {
  const compare = (layer: object, defaults: object, holds: (value: number, base: number) => boolean, path = ''): void => {
    for (const [key, value] of Object.entries(layer)) {
      const base = (defaults as Record<string, unknown>)[key]
      if (typeof value === 'object') compare(value as object, base as object, holds, `${path}${key}.`)
      else assert.ok(holds(value as number, (base as number | undefined) ?? Infinity), `${path}${key}`)
    }
  }
  compare(strictTriage().config.drain!, drainDefaults, (value, base) => value <= base)
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
    assert.equal(preflight, [['python3', '-m', 'compileall', '-q', 'src']])
    assert.ok(['PYTHON*', 'VIRTUAL_ENV', 'NODE_*'].every((name) => env.pass.includes(name)))
    assert.equal(env.set, { PYTHONDONTWRITEBYTECODE: '1' })
    assert.equal(workspace, { dir: undefined, setup: [['npm', 'ci']], cache: ['node_modules'], key: ['package.json', 'package-lock.json'] })
  }))

test.run()
