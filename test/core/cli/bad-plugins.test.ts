import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { defaultPlugins } from '../../../plugins/index.ts'
import { readable } from '../../support/bad-input.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('plugins that the command line refuses')

/** Asserts what `autopack run` prints for plugins of that code in a config, to the letter, and that it ends with 2. */
function reads(what: string, apply: string, expected: string, files: Record<string, string> = {}): void {
  test(what, async () => {
    const config = `import { defineConfig, definePlugin } from 'autopack'
const acme = definePlugin({ name: 'acme', apiVersion: 1, apply(api: any) { ${apply} } })
const other = definePlugin({ name: 'other', apiVersion: 1, apply(api) { api.hooks.afterDrain.tap(() => {}, { before: 'acme' }) } })
export default defineConfig({
  project: 'demo',
  plugins: [acme(), other()],
})
`
    await using project = await makeProject({ files: { 'autopack.config.ts': config, ...files } })
    const { exitCode, stdout, stderr } = await runInside(project, ['run'])
    assert.fixture(readable(project, stderr), `${expected.replace(/^\n/, '')}\n`)
    assert.equal([exitCode, stdout], [2, ''])
  })
}

const place = `
  --> autopack.config.ts:6:13
   |
 6 |   plugins: [acme(), other()],
   |             ~~~~~~`

reads('a hook that does not exist', 'api.hooks.beforePhse.tap(() => {})', `
error[unknown-hook]: plugin acme taps a hook "beforePhse", which does not exist${place}
  fix: did you mean "beforePhase"? known hooks: resolvePath, beforePhase, validateDeliverables, classifyFailure, afterDrain`)

reads('a `before` that names nobody', "api.hooks.beforePhase.tap(() => {}, { before: ['scopeStubs', 'othr'] })", `
error[unknown-before]: plugin acme taps hook beforePhase before "othr", and no plugin has that name${place}
  fix: did you mean "other"? known names: ${[...defaultPlugins.map((plugin) => plugin.name), 'acme', 'other'].join(', ')}`)

reads('two plugins that each want to be first', "api.hooks.afterDrain.tap(() => {}, { before: 'other' })", `
error[before-cycle]: acme, other each want to run before the other in hook afterDrain${place}
  fix: take one of the \`before\` options away`)

reads('a tap that is no function', 'api.hooks.beforePhase.tap(5)', `
error[tap-invalid]: plugin acme taps hook beforePhase with 5, which is not a function${place}
  fix: write api.hooks.<hook>.tap((event) => { … })`)

reads('a kind of thing that nothing takes', 'api.provide({ reporter: [] })', `
error[provided-unknown]: plugin acme provides "reporter", which nothing takes${place}
  fix: did you mean "reporters"? known kinds: builders, checkFormats, reporters, stubKinds, commands`)

const presetConfig = `import { defineConfig, definePlugin, definePreset } from 'autopack'
const acme = definePlugin({ name: 'acme', apiVersion: 1, apply() { throw new Error('no licence') } })
const house = definePreset('house', () => ({ plugins: [acme()] }))
export default defineConfig({
  project: 'demo',
  presets: [house()],
})
`
reads('a plugin of a preset is told where the preset stands', '', `
error[plugin-apply]: plugin acme could not be loaded: no licence
  --> autopack.config.ts:6:13
   |
 6 |   presets: [house()],
   |             ~~~~~~~
  fix: mend plugin acme, or take it out of the config`, { 'autopack.config.ts': presetConfig })

const optionsConfig = `import { defineConfig, definePlugin } from 'autopack'
import { optionalDependencies } from 'autopack/plugins'
import { later } from './later.ts'
const old = { type: 'plugin', name: 'old', apiVersion: 2, apply() {} } as const
export default defineConfig({
  project: 'demo',
  plugins: [
    optionalDependencies({ pyton: ['praw'], node: 5 } as never),
    old,
    later({ ports: [80, 0] }),
  ],
})
`
/** As zod would: the checks that a project's own copy of it makes are no concern of this one. */
const laterPlugin = `import { definePlugin } from 'autopack'
const issue = { code: 'custom', path: ['ports', 1], message: 'expected a port', input: 0 }
const answer = (value: any) => value.ports?.includes(0) ? { success: false, error: { issues: [issue], message: 'bad' } } : { success: true, data: value }
const schema: any = { def: { type: 'object' }, safeParse: answer, safeParseAsync: async (value: unknown) => answer(value) }
export const later: any = definePlugin({ name: 'later', apiVersion: 1, options: schema, apply() {} })
`
reads('options and versions that are wrong are told at once, each with the plugin and the place', '', `
error[invalid-value]: plugin optionalDependencies: node: expected a list, found 5
  --> autopack.config.ts:8:51
   |
 8 |     optionalDependencies({ pyton: ['praw'], node: 5 } as never),
   |                                                   ~

error[unknown-key]: unknown key "pyton" in plugin optionalDependencies
  --> autopack.config.ts:8:28
   |
 8 |     optionalDependencies({ pyton: ['praw'], node: 5 } as never),
   |                            ~~~~~
  fix: did you mean "python"?

error[plugin-api-version]: plugin old is written for version 2 of the plugin API; this Autopack has version 1
  --> autopack.config.ts:9:5
   |
 9 |     old,
   |     ~~~
  fix: install a version of old for plugin API 1, or the Autopack that it is written for

error[invalid-value]: plugin later: ports[1]: expected a port, found 0
  --> autopack.config.ts:10:25
    |
 10 |     later({ ports: [80, 0] }),
    |                         ~`, { 'autopack.config.ts': optionsConfig, 'later.ts': laterPlugin })

const asyncConfig = `import { defineConfig } from 'autopack'
import { later } from './later.ts'
export default defineConfig({
  project: 'demo',
  plugins: [later({ url: 'x' })],
})
`
const asyncPlugin = `import { definePlugin } from 'autopack'
const schema: any = {
  def: { type: 'object' },
  safeParse() { throw new Error('asynchronous') },
  safeParseAsync: async () => ({ success: false, error: { issues: [{ code: 'custom', path: ['url'], message: 'there is no such server' }], message: '' } }),
}
export const later: any = definePlugin({ name: 'later', apiVersion: 1, options: schema, apply() {} })
`
reads('a schema that has to wait is told with its place too', '', `
error[plugin-options]: plugin later does not take the options { url: 'x' }: url: there is no such server
  --> autopack.config.ts:5:13
   |
 5 |   plugins: [later({ url: 'x' })],
   |             ~~~~~~~~~~~~~~~~~~~
  fix: mend the options where the plugin is configured`, { 'autopack.config.ts': asyncConfig, 'later.ts': asyncPlugin })

const formatConfig = `import { defineConfig } from 'autopack'
export default defineConfig({
  project: 'demo',
  checks: [{ name: 'tests', run: ['true'], format: 'junti' }, { name: 'words', run: ['true'], format: 'spelling' }],
})
`
reads('a check format of the config that no plugin provides', '', `
error[unknown-format]: checks[0].format: there is no format "junti"
  --> autopack.config.ts:4:52
   |
 4 |   checks: [{ name: 'tests', run: ['true'], format: 'junti' }, { name: 'words', run: ['true'], format: 'spelling' }],
   |                                                    ~~~~~~~
  fix: did you mean "junit"?

error[unknown-format]: checks[1].format: there is no format "spelling"
  --> autopack.config.ts:4:103
   |
 4 |   checks: [{ name: 'tests', run: ['true'], format: 'junti' }, { name: 'words', run: ['true'], format: 'spelling' }],
   |                                                                                                       ~~~~~~~~~~
  fix: known: exit-code, junit, tap, pytest`, { 'autopack.config.ts': formatConfig })

reads('a check format of a phase that no plugin provides', 'api.hooks.afterDrain.tap(() => {})', `
error[unknown-format]: phases[0].checks[0].format: there is no format "tep"
  --> runs/r.yaml:5:44
   |
 5 |     checks: [{ name: c, run: [sh], format: tep }]
   |                                            ~~~
  fix: did you mean "tap"?`, { 'runs/r.yaml': 'id: r\nphases:\n  - id: a\n    goal: A\n    checks: [{ name: c, run: [sh], format: tep }]\n' })

test('doctor knows the builders and formats of plugins', async () => {
  await using project = await makeProject({ files: {
    'autopack.config.ts': `import { defineConfig, definePlugin } from 'autopack'
const mine = definePlugin({ name: 'mine', apiVersion: 1, apply(api) {
  api.provide({ builders: { mine: { name: 'mine', build: async () => { throw new Error() } } }, checkFormats: [{ name: 'words', reads: 'output', parse: () => ({ type: 'problem', problem: 'none' }) }] })
} })
export default defineConfig({ project: 'demo', plugins: [mine()], checks: [{ name: 'a', run: ['true'], format: 'words' }] })
`,
    'runs/r.yaml': 'id: r\nphases: [{ id: a, goal: A, builder: mine, checks: [{ name: b, run: [sh], format: words }] }]\n',
  } })
  const { stdout } = await runInside(project, ['doctor'])
  assert.match(stdout, /^ok +plans +1 plan, 1 phase$/m)
})

test.run()
