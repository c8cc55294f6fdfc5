import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { command } from '../../../core/builders/index.ts'
import { defineClassifier, definePreset, without } from '../../../core/config/define.ts'
import { isPlainDefinition, plainLayer } from '../../../core/config/plain.ts'
import { classifierDefinitionSchemaFor, configSchema } from '../../../core/config/schema.ts'
import { seeded } from '../../support/checks.ts'

const test = suite('plainLayer')

const builder = command({ run: ['true'] })
class Settings { root = '.' }
/** What any place may hold by mistake. */
const odd: readonly unknown[] = [
  undefined, null, '', ' ', 'a', 'a b', ' a', 'drain_sessions', 'x'.repeat(201), 0, 1, -1, 1.5, 2, 21, NaN, Infinity, 2 ** 53, true, false, [], {}, [[]], [''], ['a'], [undefined], Object.assign([], { length: 2 }), { shell: 'x' }, { shell: '' }, { shell: 'x', more: 1 },
  { a: 'b' }, { '': 'b' }, { '9': 'b' }, JSON.parse('{"__proto__":"b"}'), new Settings(), Object.create(null), Object.create({ root: '.' }), () => 'a', Symbol('a'), 3n, /a/, new Date(0), '10m', '0s', '-1m', 'soon', builder,
]
const good: Readonly<Record<string, readonly unknown[]>> = {
  $schema: ['x.json'], project: ['mine', 'a/b'], root: ['.'], runsDir: ['../runs'], presets: [[definePreset('p', () => ({}))()]], plugins: [[without('scopeStubs')], [{ type: 'plugin', name: 'x', apiVersion: 1, apply() {} }]],
  classifiers: [[defineClassifier({ class: 'x', match: /x/ })], []], plans: [['runs/*.yaml']], builder: [builder], builders: [{ other: builder }], checks: [[{ name: 'tests', run: ['npm', 'test'] }], [{ name: 'lint', run: { shell: 'x | y' }, format: 'tap', timeout: '5m' }]],
  preflight: [[['true'], { shell: 'x' }]], workspace: [{}, { sparse: true }, { sparse: {} }, { sparse: { also: ['shared/'] } }, { dir: '../trees', setup: [['npm', 'ci']], cache: ['node_modules'], key: ['package-lock.json'] }], protect: [['a/**'], []], env: [{ pass: ['A_*'], set: { A: '' } }],
  notify: [[{ command: ['say', 'done'], on: ['drain-finished'] }], [{ webhook: 'https://example.org' }]], learning: [true, { inPrompt: 0, promoteAfter: 2 }], drain: [{ batchSize: 3, maxTokens: { phase: 7 } }, { maxTotalMinutes: 0.5, skipRunsWithQueued: false }],
}

const pick = <Value>(random: () => number, values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!

/** The value, with something odd in a random place of it, or a key too much, or one less. */
function spoilt(value: unknown, random: () => number): unknown {
  const container = Array.isArray(value) || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype && !('build' in value) && !('type' in value))
  if (!container || random() < 0.3) return pick(random, odd)
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
  const keys = Object.keys(copy)
  const key = keys.length > 0 && random() < 0.9 ? pick(random, keys) : 'more'
  if (random() < 0.1) delete copy[key]
  else copy[key] = spoilt(copy[key], random)
  return copy
}

test('what it lets through, the schema reads in the same way', () => {
  for (let seed = 1; seed <= 4_000; seed++) {
    const random = seeded(seed)
    const config: Record<string, unknown> = {}
    for (const [key, values] of Object.entries(good)) if (random() < 0.3) config[key] = pick(random, values)
    const value = random() < 0.8 ? spoilt(config, random) : config
    const plain = plainLayer(value)
    if (plain === undefined) continue
    const checked = configSchema.safeParse(value)
    assert.ok(checked.success, `seed ${seed}: passed, but ${checked.error?.issues[0]?.path.join('.')}: ${checked.error?.issues[0]?.message}`)
    assert.equal(plain, withoutUndefined(checked.data), `seed ${seed}`)
    assert.equal(keysOf(plain), keysOf(withoutUndefined(checked.data)), `seed ${seed}: the order of keys`)
  }
})

test('every key that is right on its own is let through, but for webhooks', () => {
  for (const [key, values] of Object.entries(good))
    for (const value of values) assert.is(plainLayer({ [key]: value }) !== undefined, !JSON.stringify(value)?.includes('webhook'), `${key}: ${JSON.stringify(value)}`)
  assert.equal(plainLayer({}), {})
})

test('definitions of classifiers: the same', () => {
  const right = { class: 'x', match: /x/, title: 't', template: 't', blame: 'machine', name: 'n' }
  assert.ok(isPlainDefinition(right))
  assert.not(isPlainDefinition({ ...right, action: { type: 'fail' } }), 'actions are left to the schema')
  for (const key of [...Object.keys(right), 'action', 'more'])
    for (const value of odd) {
      const definition = { ...right, [key]: value }
      if (isPlainDefinition(definition)) assert.ok(classifierDefinitionSchemaFor(definition).safeParse(definition).success, `${key}: ${String(value)}`)
    }
})

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype || 'build' in value || 'type' in value) return value
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined).map(([key, inner]) => [key, withoutUndefined(inner)]))
}

function keysOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).map(([key, inner]) => [key, 'build' in value || 'type' in value ? undefined : keysOf(inner)])
}

test.run()
