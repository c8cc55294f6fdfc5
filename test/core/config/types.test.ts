// Mostly for the compiler: each `@ts-expect-error` fails the type check where the line below it is accepted.
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { defineClassifier, defineConfig, definePlugin, definePreset } from '../../../core/config/define.ts'
import type { ConfigInput } from '../../../core/config/input.ts'
import type { configSchema } from '../../../core/config/schema.ts'

const test = suite('types of define')

type SchemaInput = Omit<z.input<typeof configSchema>, '$schema'>
// The written interface and the schema say the same, key by key and in both directions (but for lists that only code can hold).
type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false
const keys: Same<keyof ConfigInput, keyof SchemaInput> = true
const forth = (config: ConfigInput): SchemaInput => config
const back = (config: SchemaInput): ConfigInput => config

test('the config', () => {
  assert.ok(keys)
  assert.equal(forth({ root: '.' }), back({ root: '.' }))
  // @ts-expect-error an unknown key
  defineConfig({ chekcs: [] })
  // @ts-expect-error a wrong type deep inside
  defineConfig({ checks: [{ name: 'a', run: 'npm test' }] })
  // @ts-expect-error a rule that there is not
  defineConfig({ drain: { batchsize: 3 } })
  const mine = definePreset('mine', () => ({}))
  // @ts-expect-error a preset that was not called
  defineConfig({ presets: [mine] })
  // @ts-expect-error a preset that says something wrong
  definePreset('wrong', () => ({ drain: { parallel: 'two' } }))
  const needs = definePreset({ name: 'needs', options: z.strictObject({ key: z.string() }), config: ({ key }) => ({ root: key }) })
  // @ts-expect-error the option is required
  needs()
  // @ts-expect-error of another type
  needs({ key: 3 })
  const none = definePreset({ name: 'none', config: () => ({}) })
  // @ts-expect-error it takes none
  none({})
})

test('plugins: options by the input of the schema, apply by its output', () => {
  const plugin = definePlugin({
    name: 'p', apiVersion: 1, options: z.object({ limit: z.coerce.number<string>().default(3), extra: z.string().optional() }),
    apply(api, options) {
      const limit: number = options.limit
      // @ts-expect-error the output is a number
      const text: string = options.limit
      api.log.info(`${limit}${text}`)
    },
  })
  plugin()
  plugin({ limit: '4' })
  // @ts-expect-error the input is text
  plugin({ limit: 4 })
  const needy = definePlugin({ name: 'q', apiVersion: 1, options: z.object({ need: z.string() }), apply() {} })
  needy({ need: 'x' })
  // @ts-expect-error options are required
  needy()
  const bare = definePlugin({ name: 'r', apiVersion: 1, apply(api) { api.hooks.beforePhase.tap((event) => event.hint('x')) } })
  // @ts-expect-error it takes none
  bare({})
  // @ts-expect-error another API version
  definePlugin({ name: 's', apiVersion: 2, apply() {} })
})

test('classifiers', () => {
  defineClassifier({ class: 'oom', match: { exitCode: 137 }, action: { type: 'hold', reason: 'buy memory' } })
  // @ts-expect-error a blame that there is not
  defineClassifier({ class: 'x', match: /x/, blame: 'machin' })
  // @ts-expect-error an action without what it needs
  defineClassifier({ class: 'x', match: /x/, action: { type: 'hold' } })
  // @ts-expect-error a field that there is not
  defineClassifier({ class: 'x', match: { exit: 3 } })
  defineClassifier({ class: 'optional', match: { stage: 'delta', cause: { tool: 'python', module: /^praw/, class: 'missing_dependency', symbol: 'x', test: /t/, code: 'E1', file: /x/ } } })
  // @ts-expect-error a stage that there is not
  defineClassifier({ class: 'x', match: { stage: 'check' } })
  // @ts-expect-error a field of a cause that there is not
  defineClassifier({ class: 'x', match: { cause: { modul: 'praw' } } })
  // @ts-expect-error text or a RegExp, and no number
  defineClassifier({ class: 'x', match: { cause: { code: 2307 } } })
  // @ts-expect-error the cause is no text
  defineClassifier({ class: 'x', match: { cause: 'praw' } })
})

test.run()
