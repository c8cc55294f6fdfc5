import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { defineClassifier, defineConfig, definePlugin, definePreset, without } from '../../../core/config/define.ts'
import { checkPluginOptions, checkPresetOptions } from '../../../core/config/plugin-options.ts'
import type { PresetInstance } from '../../../core/config/input.ts'
import type { Cause, Failure } from '../../../core/model/failure.ts'
import type { ClassifyEvent, PluginInstance } from '../../../core/model/plugin.ts'

const test = suite('define')

function failed(failure: Partial<Failure>): ClassifyEvent {
  return { failure: { stage: 'checks', message: 'm', output: '', problems: [], causes: [], ...failure } } as unknown as ClassifyEvent
}

test('a config is returned as it is', () => {
  const config = { project: 'x' }
  assert.is(defineConfig(config), config)
})

test('a preset takes options and becomes an instance with its name', () => {
  const hurried = definePreset('hurried', (minutes: number = 20) => ({ drain: { maxTotalMinutes: minutes } }))
  assert.equal(hurried(), { type: 'preset', name: 'hurried', config: { drain: { maxTotalMinutes: 20 } } })
  assert.is(hurried(5).config.drain?.maxTotalMinutes, 5)
  assert.is(hurried.presetName, 'hurried')
})

test('a preset with a schema gets its defaults; where its options are wrong it says nothing, and keeps them to be told of', () => {
  const hurried = definePreset({ name: 'hurried', options: z.strictObject({ minutes: z.number().positive().default(20) }), config: ({ minutes }) => ({ drain: { maxTotalMinutes: minutes } }) })
  assert.equal([hurried().config, hurried({ minutes: 5 }).config, hurried({}).config].map((config) => config.drain?.maxTotalMinutes), [20, 5, 20])
  const wrong = hurried({ minutes: -1 })
  assert.equal([wrong.config, wrong.options], [{}, { minutes: -1 }])
  const place = { file: 'c.ts' }
  const places = { key: () => place, value: () => place }
  assert.throws(() => checkPresetOptions(wrong, places), /^preset hurried: minutes: must be above 0, found -1$/)
  checkPresetOptions(hurried(), places)
  const none = definePreset({ name: 'none', config: () => ({ root: 'a' }) })
  assert.is(none().config.root, 'a')
  assert.throws(() => checkPresetOptions((none as (options: unknown) => PresetInstance)(3), places), /^preset none: it takes no options, found 3$/)
  const needs = definePreset({ name: 'needs', options: z.strictObject({ key: z.string() }), config: ({ key }) => ({ root: key }) })
  assert.throws(() => checkPresetOptions((needs as unknown as () => PresetInstance)(), places), /^preset needs: the key "key" is missing$/)
  assert.is(needs({ key: 'b' }).config.root, 'b')
})

test('a plugin: options are kept as given and checked by its schema, unless that cannot answer at once', () => {
  const plugin = definePlugin({ name: 'p', apiVersion: 1, options: z.strictObject({ limit: z.number().default(3), name: z.string().optional() }), apply() {} })
  assert.is(plugin().options, undefined)
  const place = { file: 'c.ts' }
  const checked = (instance: PluginInstance) => checkPluginOptions(instance, { key: () => place, value: () => place })
  checked(plugin())
  checked(plugin({ limit: 4 }))
  assert.throws(() => checked(plugin({ limit: 'x' as never })), /^plugin p: limit: expected a number, found "x"$/)
  const strict = definePlugin({ name: 'q', apiVersion: 1, options: z.object({ need: z.string() }), apply() {} })
  assert.throws(() => checked((strict as unknown as () => PluginInstance)()), /^plugin q: the key "need" is missing$/)
  const bare = definePlugin({ name: 'r', apiVersion: 1, apply() {} })
  checked(bare())
  assert.throws(() => checked((bare as (options: unknown) => PluginInstance)({ a: 1 })), /^plugin r: it takes no options, found {"a":1}$/)
  const later = definePlugin({ name: 's', apiVersion: 1, options: z.object({}).refine(async () => false), apply() {} })
  checked(later())
  assert.equal(without('p'), { type: 'without', name: 'p' })
})

test('a classifier by pattern: captures in the title, the line as evidence', async () => {
  const classifier = defineClassifier({
    class: 'state_lock', match: /state lock held by (\S+) on (?<host>\S+)/, title: 'Locked by $1 on $<host>: $& ($$5, $9)', blame: 'machine', action: { type: 'retry', after: '60s' },
  })
  assert.is(classifier.name, 'state_lock')
  assert.is(await classifier.classify(failed({ output: 'all fine' })), undefined)
  assert.equal(await classifier.classify(failed({ output: 'one\n  Error: state lock held by anna on ci7 now\nthree' })), {
    class: 'state_lock', title: 'Locked by anna on ci7: state lock held by anna on ci7 ($5, )', evidence: ['Error: state lock held by anna on ci7 now'],
    blame: 'machine', action: { type: 'retry', after: '60s' },
  })
})

test('a global or sticky pattern reads every failure from the start', async () => {
  const classifier = defineClassifier({ class: 'x', match: /lock/gy })
  for (let time = 0; time < 3; time++) assert.equal(await classifier.classify(failed({ output: 'a lock' })), { class: 'x', evidence: ['a lock'] })
})

test('evidence at the very start and over several lines', async () => {
  const classifier = defineClassifier({ class: 'x', match: /begin[\s\S]*end/ })
  assert.equal(await classifier.classify(failed({ output: 'begin\r\nmiddle\nend tail\nother' })), { class: 'x', evidence: ['begin', 'middle', 'end tail'] })
  assert.equal(await defineClassifier({ class: 'x', match: /^/ }).classify(failed({ output: '\nsecond' })), { class: 'x' })
})

test('a classifier by fields: all must match', async () => {
  const classifier = defineClassifier({ class: 'x', match: { stage: 'checks', check: /^unit-(\w+)/, exitCode: 3, command: 'npm test', output: /port (\d+)/ }, title: '$1' })
  const failure = { check: 'unit-a', exitCode: 3, command: ['npm', 'test'], output: 'port 80' }
  assert.equal(await classifier.classify(failed(failure)), { class: 'x', title: 'a', evidence: ['port 80'] })
  for (const other of [{ stage: 'build' as const }, { check: 'lint' }, { exitCode: 4 }, { command: ['npm'] }, { output: 'none' }, { check: undefined }]) {
    assert.is(await classifier.classify(failed({ ...failure, ...other } as never)), undefined, JSON.stringify(other))
  }
})

const cause = (fields: Partial<Cause>): Cause => ({ tool: 'python', class: 'missing_dependency', title: 't', template: 'x', evidence: [], confidence: 'high', ...fields })

test('a classifier by causes: all fields fit one and the same cause, which the answer is about; its fields are captures', async () => {
  const classifier = defineClassifier({
    class: 'optional', match: { exitCode: 2, cause: { class: 'missing_dependency', module: /^(?<vendor>acme)\.(\w+)/, file: /\.py$/ } }, title: '$<vendor> $2 of $<tool>: $<module> in $<file>',
  })
  const wanted = cause({ module: 'acme.mail', file: 'a.py', evidence: ["No module named 'acme.mail'"] })
  const causes = [cause({ module: 'acme.sms', file: 'a.ts' }), cause({ module: 'other', file: 'b.py' }), wanted]
  assert.equal(await classifier.classify(failed({ exitCode: 2, causes })), {
    class: 'optional', title: 'acme mail of python: acme.mail in a.py', evidence: ["No module named 'acme.mail'"], cause: wanted,
  })
  for (const other of [{ exitCode: 1, causes }, { exitCode: 2, causes: causes.slice(0, 2) }, { exitCode: 2 }]) assert.is(await classifier.classify(failed(other)), undefined)
})

test('a template with captures; a title of which nothing was captured is left out', async () => {
  const classifier = defineClassifier({ class: 'x', match: /lock(?: of (\w+))?/, title: '$1', template: 'lock $1' })
  assert.equal(await classifier.classify(failed({ output: 'lock of anna' })), { class: 'x', title: 'anna', template: 'lock anna', evidence: ['lock of anna'] })
  assert.equal(await classifier.classify(failed({ output: 'lock' })), { class: 'x', template: 'lock', evidence: ['lock'] })
})

test('a classifier that passes on says why', async () => {
  const why = async (match: Parameters<typeof defineClassifier>[0]['match'], failure: Partial<Failure> = {}): Promise<string> => {
    const reasons: string[] = []
    assert.is(await defineClassifier({ class: 'x', match }).classify(failed({ output: 'x', ...failure }), (reason) => void reasons.push(reason)), undefined)
    return reasons.join()
  }
  assert.is(await why(/lock/i), '/lock/i is not in the output')
  assert.is(await why(/Error acquiring the state lock, a long text that goes on and on/), '/Error acquiring the state lock, a long text tha…/ is not in the output')
  assert.is(await why(() => false), 'its function answered nothing')
  assert.is(await why(async () => null), 'its function answered nothing')
  assert.is(await why({ stage: 'checks', exitCode: 3, output: /y/ }), 'exitCode is not given, not 3')
  assert.is(await why({ check: 'lint' }, { check: 'tests' }), 'check is "tests", not "lint"')
  assert.is(await why({ command: /npm/ }, { command: ['make', 'all'] }), 'command is "make all", and /npm/ is not in it')
  assert.is(await why({ output: /y/ }), '/y/ is not in the output')
  assert.is(await why({ cause: { tool: 'tsc' } }), 'no cause was read in the output')
  assert.is(await why({ cause: { tool: 'tsc' } }, { causes: [cause({})] }), 'cause.tool is "python", not "tsc"')
  assert.is(await why({ cause: { code: /TS/ } }, { causes: [cause({}), cause({ code: 'E1' })] }), 'cause.code is not given, and /TS/ is not in it, nor does another of 2 causes fit')
})

test('a classifier by function: yes, no, captures, asynchronous', async () => {
  const classify = (match: Parameters<typeof defineClassifier>[0]['match']) => defineClassifier({ class: 'x', match, title: 't $<who>$1' }).classify(failed({ output: 'by anna' }))
  assert.equal(await classify(() => true), { class: 'x', title: 't' })
  assert.is(await classify(() => undefined), undefined)
  assert.is(await classify(async () => null), undefined)
  assert.equal(await classify(() => ({ who: 'anna' })), { class: 'x', title: 't anna' })
  assert.equal(await classify(({ failure }) => failure.output.match(/by (\w+)/)), { class: 'x', title: 't anna', evidence: ['by anna'] })
})

test.run()
