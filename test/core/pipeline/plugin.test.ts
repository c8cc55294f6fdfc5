import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { z } from 'zod'
import { defineClassifier, definePlugin } from '../../../core/config/define.ts'
import { formatUserError, UserError } from '../../../core/errors.ts'
import type { PluginApi, PluginInstance } from '../../../core/model/plugin.ts'
import type { PluginsToLoad } from '../../../core/pipeline/plugin.ts'
import { payloads } from '../../support/hook-payloads.ts'
import { load } from '../../support/plugin-api.ts'

const named = (name: string, apply: (api: PluginApi) => void | Promise<void> = () => {}) => definePlugin({ name, apiVersion: 1, apply })()

async function refusal(request: Partial<PluginsToLoad>): Promise<UserError> {
  try {
    await load(request)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('it loaded')
}
const textOf = async (request: Partial<PluginsToLoad>) => formatUserError(await refusal(request))

const loading = suite('loading plugins')

loading('applies them in order, with the options as their schema gives them', async () => {
  const seen: unknown[] = []
  const greeter = definePlugin({
    name: 'greeter',
    apiVersion: 1,
    options: z.strictObject({ words: z.array(z.string()).default(['hello']) }),
    apply: (api, options) => {
      api.log.info(options.words.join(' '))
      api.log.warn('careful')
      seen.push(options, api.config.project)
    },
  })
  const { logged } = await load({ plugins: [greeter(), named('last', async (api) => api.log.info('done'))] })
  assert.equal(seen, [{ words: ['hello'] }, 'demo'])
  assert.equal(logged, ['info greeter: hello', 'warn greeter: careful', 'info last: done'])
})

loading('taps run in the order of classifiers, then plugins', async () => {
  const tap = (name: string) => named(name, (api) => api.hooks.classifyFailure.tap(() => undefined))
  const { hooks } = await load({
    classifiers: [defineClassifier({ class: 'one', match: /x/ }), defineClassifier({ class: 'one', match: /state lock/ })],
    plugins: [tap('first'), named('early', (api) => api.hooks.classifyFailure.tap(() => undefined, { before: 'classifier:one' }))],
  })
  assert.equal(hooks.taps('classifyFailure'), ['early', 'classifier:one', 'classifier:one', 'first'])
  const outcome = await hooks.call('classifyFailure', payloads.classifyFailure)
  assert.equal(outcome, { type: 'answered', by: 'classifier:one', result: { class: 'one', evidence: ['Error acquiring the state lock'] }, recorded: [] })
})

loading('a name that the config removed may stand in `before`, a wrong one may not', async () => {
  const acme = named('acme', (api) => api.hooks.beforePhase.tap(() => {}, { before: 'scopeStubs' }))
  const { hooks } = await load({ plugins: [acme], absent: ['scopeStubs'] })
  assert.equal(hooks.taps('beforePhase'), ['acme'])
  assert.is(
    await textOf({ plugins: [acme, named('scope-stubs')] }),
    'error[unknown-before]: plugin acme taps hook beforePhase before "scopeStubs", and no plugin has that name\n  fix: did you mean "scope-stubs"? known names: acme, scope-stubs',
  )
})

loading('a plugin that is named later may stand in `before`', async () => {
  const { hooks } = await load({
    plugins: [named('acme', (api) => api.hooks.beforePhase.tap(() => {}, { before: 'late' })), named('late', (api) => api.hooks.beforePhase.tap(() => {}))],
  })
  assert.equal(hooks.taps('beforePhase'), ['acme', 'late'])
})

loading.run()

const refused = suite('plugins that are refused')

refused('two of one name: both are named', async () => {
  assert.is(
    await textOf({ plugins: [named('acme'), named('other'), named('acme')] }),
    'error[duplicate-plugin]: two plugins have the name "acme": number 1 of the plugins and number 3 of the plugins\n  fix: take one away; without("acme") before the second removes the first',
  )
  const origin = (index: number) => ['preset python, plugins[0]', 'autopack.config.ts, plugins[0]'][index]
  assert.match((await refusal({ plugins: [named('acme'), named('acme')], origin })).message, /: preset python, plugins\[0\] and autopack\.config\.ts, plugins\[0\]$/)
})

refused('another version of the API', async () => {
  const next: PluginInstance = { ...named('acme'), apiVersion: 2 }
  assert.is(
    await textOf({ plugins: [next] }),
    'error[plugin-api-version]: plugin acme is written for version 2 of the plugin API; this Autopack has version 1\n  fix: install a version of acme for plugin API 1, or the Autopack that it is written for',
  )
  assert.match((await refusal({ plugins: [{ ...next, apiVersion: undefined as never }] })).message, /for version undefined of the plugin API/)
})

refused('wrong options, with the path of the option', async () => {
  const acme = definePlugin({ name: 'acme', apiVersion: 1, options: z.strictObject({ python: z.array(z.string()), strict: z.boolean().optional() }), apply() {} })
  assert.is(
    await textOf({ plugins: [acme({ python: ['praw', 5], strikt: true } as never)] }),
    'error[plugin-options]: plugin acme does not take the options { python: [ \'praw\', 5 ], strikt: true }: python.1: Invalid input: expected string, received number; Unrecognized key: "strikt"\n  fix: mend the options where the plugin is configured',
  )
  assert.match((await refusal({ plugins: [(acme as never as () => PluginInstance)()] })).message, /does not take the options undefined: python: Invalid input/)
  assert.is(
    await textOf({ plugins: [{ ...named('acme'), options: { a: 1 } }] }),
    'error[plugin-options]: plugin acme takes no options, and was given { a: 1 }\n  fix: write acme()',
  )
  const broken = definePlugin({ name: 'broken', apiVersion: 1, options: z.any().transform(() => { throw new Error('boom') }), apply() {} })
  assert.match((await refusal({ plugins: [broken({})] })).message, /: the schema of its options threw: boom$/)
})

refused('what is no plugin, and several at once', async () => {
  const error = await refusal({ plugins: [definePlugin({ name: 'acme', apiVersion: 1, apply() {} }) as never, named('a b'), named('built-in'), { ...named('x'), apiVersion: 7 }] })
  assert.equal(formatUserError(error).split('\n\n').map((text) => text.split('\n')[0]), [
    "error[plugin-invalid]: [Function: instance] { pluginName: 'acme' } (number 1 of the plugins) is not a plugin",
    "error[plugin-invalid]: { type: 'plugin', name: 'a b', apiVersion: 1, apply: [Function: apply] } (number 2 of the plugins) is not a plugin",
    "error[plugin-invalid]: { type: 'plugin', name: 'built-in', apiVersion: 1, apply: [Function: apply] } (number 3 of the plugins) is not a plugin",
    'error[plugin-api-version]: plugin x is written for version 7 of the plugin API; this Autopack has version 1',
  ])
})

refused('apply that throws, rejects or never ends', async () => {
  const fix = '\n  fix: mend plugin acme, or take it out of the config'
  assert.is(await textOf({ plugins: [named('acme', () => { throw new Error('boom') })] }), `error[plugin-apply]: plugin acme could not be loaded: boom${fix}`)
  const rejected = await refusal({ plugins: [named('acme', async () => { throw new Error('boom') })] })
  assert.is(formatUserError(rejected), `error[plugin-apply]: plugin acme could not be loaded: boom${fix}`)
  assert.is((rejected.cause as Error).message, 'boom')
  const runtime = { monotonic: () => 0, sleep: async () => {} }
  assert.is(await textOf({ plugins: [named('acme', () => new Promise(() => {}))], runtime }), `error[plugin-apply]: plugin acme could not be loaded: apply did not end within 30 s${fix}`)
})

refused('a tap of an unknown hook', async () => {
  const wrong = named('acme', (api) => (api.hooks as never as { validateDeliverable: PluginApi['hooks']['validateDeliverables'] }).validateDeliverable.tap(() => {}))
  assert.is(
    await textOf({ plugins: [wrong] }),
    'error[unknown-hook]: plugin acme taps a hook "validateDeliverable", which does not exist\n  fix: did you mean "validateDeliverables"? known hooks: resolvePath, beforePhase, validateDeliverables, classifyFailure, afterDrain',
  )
})

refused('a tap and a provide that come after apply', async () => {
  let late!: PluginApi
  await load({ plugins: [named('acme', (api) => void (late = api))] })
  assert.throws(() => late.hooks.afterDrain.tap(() => {}), /plugin acme taps hook afterDrain after the plugins were loaded/)
  assert.throws(() => late.provide({}), /plugin acme could not be loaded: api.provide was called after apply had ended/)
})

refused.run()

const providing = suite('api.provide')

const junitLike = { name: 'dots', reads: 'output' as const, parse: () => ({ type: 'problem' as const, problem: 'none' }) }
const lockFile = { name: 'lock', matches: (path: string) => path.endsWith('.lock'), content: (path: string) => `# ${path}\n` }

providing('collects everything by name; a command comes with the API of its plugin', async () => {
  const builder = { name: 'echo', build: async () => { throw new Error('not here') } }
  const { provided } = await load({
    plugins: [
      named('acme', (api) => {
        api.provide({ builders: { echo: builder }, checkFormats: [junitLike], stubKinds: [lockFile] })
        api.provide({ reporters: [{ name: 'bell', event: () => {} }], commands: [{ name: 'ping', summary: 'Says pong.', run: async ({ print }) => (print('pong'), 0) }] })
      }),
      named('factory', (api) => api.provide({ builders: { made: () => ({ ...builder, name: 'made' }) } })),
    ],
  })
  assert.equal([...provided.builders].map(([name, made]) => [name, made.name]), [['echo', 'echo'], ['made', 'made']])
  assert.equal([...provided.checkFormats.keys()], ['dots'])
  assert.equal(provided.checkFormats.get('dots')!.parse({} as never), { type: 'problem', problem: 'none' })
  assert.equal(provided.stubKinds.map((kind) => [kind.name, kind.matches('a.lock'), kind.content('a.lock')]), [['lock', true, '# a.lock\n']])
  assert.equal([...provided.reporters.keys()], ['bell'])
  const { plugin, command, api } = provided.commands.get('ping')!
  const printed: string[] = []
  assert.is(await command.run({ args: [], json: false, print: (line) => void printed.push(line), signal: new AbortController().signal, api }), 0)
  assert.equal([plugin, printed], ['acme', ['pong']])
})

providing('a second of one name is refused with both owners', async () => {
  const provider = (name: string) => named(name, (api) => api.provide({ stubKinds: [lockFile] }))
  assert.is(
    await textOf({ plugins: [provider('acme'), provider('other')] }),
    'error[provided-twice]: plugin other provides the stub kind "lock", which plugin acme provides already\n  fix: give one of them another name, or take one of the plugins out of the config',
  )
  const formats = named('acme', (api) => api.provide({ checkFormats: [{ ...junitLike, name: 'junit' }] }))
  assert.match((await refusal({ plugins: [formats], taken: { checkFormats: ['junit'] } })).message, /^plugin acme provides the check format "junit", which Autopack or the config provides already$/)
})

providing('what is not whole is refused', async () => {
  const says = async (provided: unknown) => (await textOf({ plugins: [named('acme', (api) => api.provide(provided as never))] })).split('\n')
  assert.equal(await says({ stubkinds: [lockFile] }), [
    'error[provided-unknown]: plugin acme provides "stubkinds", which nothing takes',
    '  fix: did you mean "stubKinds"? known kinds: builders, checkFormats, reporters, stubKinds, commands',
  ])
  assert.is((await says(5))[0], 'error[provided-invalid]: plugin acme provides 5')
  assert.is((await says({ stubKinds: lockFile }))[0], "error[provided-invalid]: plugin acme provides stubKinds: { name: 'lock', matches: [Function: matches], content: [Function: content] }")
  assert.equal(await says({ stubKinds: [{ ...lockFile, content: 'text' }] }), ["error[provided-invalid]: plugin acme provides the stub kind lock with content: 'text'", '  fix: content is a function'])
  assert.is((await says({ commands: [{ name: 'two words', summary: '', run: async () => 0 }] }))[0], "error[provided-invalid]: plugin acme provides a command with the name 'two words'")
  assert.is((await says({ builders: { echo: () => null } }))[0], 'error[provided-invalid]: plugin acme provides the builder echo as null')
  assert.is((await says({ builders: { echo: {} } }))[0], 'error[provided-invalid]: plugin acme provides the builder echo with build: undefined')
})

providing('what is provided and throws later is named', async () => {
  const { provided } = await load({
    plugins: [named('acme', (api) => api.provide({ stubKinds: [{ ...lockFile, content: () => { throw new Error('boom') } }] }))],
  })
  assert.throws(() => provided.stubKinds[0]!.content('a.lock'), /^plugin acme threw in its stub kind lock: boom$/)
})

providing.run()
