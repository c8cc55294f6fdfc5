import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ConfigInput } from '../../../core/config/input.ts'
import { type Layer, entriesUnder, mergeLayers } from '../../../core/config/merge.ts'
import type { ConfigLayer } from '../../../core/config/schema.ts'

const test = suite('mergeLayers')

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const layer = (value: ConfigInput, name: string): Layer => ({ value: value as ConfigLayer, raw: value, place: () => ({ file: name }), origin: () => name })

/** A layer that says some things and leaves others out. */
function randomLayer(random: () => number): ConfigInput {
  const maybe = <Value>(value: Value): Value | undefined => (random() < 0.5 ? value : undefined)
  const number = () => 1 + Math.floor(random() * 1_000)
  const words = () => Array.from({ length: Math.floor(random() * 3) }, () => `w${number()}`)
  return {
    project: maybe(`p${number()}`),
    plans: maybe(words()),
    preflight: maybe([[`c${number()}`]]),
    protect: maybe(words()),
    checks: maybe(words().map((name) => ({ name, run: ['x'] }))),
    env: maybe({ pass: maybe(words()), set: maybe({ A: `${number()}`, [`V${number() % 3}`]: 'x' }) }),
    workspace: maybe({ dir: maybe(`d${number()}`), cache: maybe(words()) }),
    drain: maybe({ parallel: maybe(number()), batchSize: maybe(number()), maxTokens: maybe({ phase: maybe(number()), drain: maybe(number()) }) }),
  }
}

test('the last layer that says something wins, lists append in order, objects merge key by key', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed)
    const inputs = Array.from({ length: 1 + Math.floor(random() * 5) }, () => randomLayer(random))
    const merged = mergeLayers(inputs.map((input, index) => layer(input, `l${index}`)))
    const last = (read: (input: ConfigInput) => unknown): [unknown, string] | undefined => {
      const index = inputs.findLastIndex((input) => read(input) !== undefined)
      return index < 0 ? undefined : [read(inputs[index]!), `l${index}`]
    }
    const scalars: Record<string, (input: ConfigInput) => unknown> = {
      project: (input) => input.project, plans: (input) => input.plans, preflight: (input) => input.preflight,
      'workspace.dir': (input) => input.workspace?.dir, 'workspace.cache': (input) => input.workspace?.cache,
      'drain.parallel': (input) => input.drain?.parallel, 'drain.batchSize': (input) => input.drain?.batchSize,
      'drain.maxTokens.phase': (input) => input.drain?.maxTokens?.phase, 'drain.maxTokens.drain': (input) => input.drain?.maxTokens?.drain,
      'env.set.A': (input) => input.env?.set?.['A'],
    }
    for (const [name, read] of Object.entries(scalars)) {
      const found = merged.values.get(name)
      assert.equal(found && [found.value, found.layer.origin([])], last(read), `${name}, seed ${seed}`)
    }
    assert.equal(merged.lists.protect.map((item) => item.value), inputs.flatMap((input) => input.protect ?? []), `protect, seed ${seed}`)
    assert.equal(merged.lists.checks.map((item) => item.value), inputs.flatMap((input) => input.checks ?? []), `checks, seed ${seed}`)
    assert.equal(merged.lists['env.pass'].map((item) => item.value), inputs.flatMap((input) => input.env?.pass ?? []), `env.pass, seed ${seed}`)
    const set = Object.assign({}, ...inputs.map((input) => input.env?.set ?? {})) as Record<string, string>
    assert.equal(Object.fromEntries(entriesUnder(merged, 'env.set').map(([key, item]) => [key, item.value])), set, `env.set, seed ${seed}`)
  }
})

test('merging in two steps is merging in one', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seeded(seed)
    const layers = [0, 1, 2].map((index) => layer(randomLayer(random), `l${index}`))
    const whole = mergeLayers(layers)
    const first = mergeLayers(layers.slice(0, 2))
    const second = mergeLayers(layers.slice(2))
    assert.equal([...new Map([...first.values, ...second.values]).keys()].sort(), [...whole.values.keys()].sort(), `seed ${seed}`)
    assert.is(whole.lists.checks.length, first.lists.checks.length + second.lists.checks.length, `seed ${seed}`)
  }
})

test('a variable with a dot in its name is one key', () => {
  const merged = mergeLayers([layer({ env: { set: { 'a.b': 'x' } } }, 'l0')])
  assert.equal(entriesUnder(merged, 'env.set').map(([key]) => key), ['a.b'])
})

test.run()
