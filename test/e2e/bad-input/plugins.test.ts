/** Plugins that misbehave, through the real command line: each phase of one run meets another of their faults. The table of DESIGN's hooks says what follows. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AutopackEvent } from '../../../core/model/events.ts'
import { defaultPlugins } from '../../../plugins/index.ts'
import { good, readable, refused } from '../../support/bad-input.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import type { TestProject } from '../../support/project.ts'

const test = suite('bad input: plugins')

/** What a tap does, by name. */
const faults = `
const faults = {
  throws() { throw new Error('boom') },
  rejects() { return Promise.reject(new Error('boom later')) },
  nonsense() { return 'nonsense' },
  hangs() { return new Promise(() => {}) },
  loops() { for (;;); },
}
`
const limits = '{ timeoutMs: 200 }'

function config(plugins: string, more = ''): string {
  return `import { defineClassifier, defineConfig, definePlugin } from 'autopack'
import { command } from 'autopack/builders'
${faults}
${plugins}
export default defineConfig({
  project: 'demo',
  builder: command({ run: { shell: 'touch "$BASE/built-$AUTOPACK_PHASE" && echo made > "$AUTOPACK_PHASE.txt"' } }),
  env: { pass: ['BASE'] },
  plugins: [bad()],
  ${more}
})
`
}

type Finished = Extract<AutopackEvent, { type: 'phase-finished' }>

async function run(project: TestProject): Promise<{ exitCode: number; stderr: string; events: AutopackEvent[]; phase(id: string): Finished; built(id: string): boolean }> {
  const { exitCode, stdout, stderr } = await runInside(project, ['run', '--json'], { env: { BASE: project.base } })
  const events = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as AutopackEvent)
  return {
    exitCode, stderr, events,
    phase(id) {
      const found = events.find((event): event is Finished => event.type === 'phase-finished' && event.phase === id)
      assert.ok(found, `phase ${id} did not end:\n${stdout}${stderr}`)
      return found
    },
    built: (id) => existsSync(join(project.base, `built-${id}`)),
  }
}

const planOf = (phases: readonly object[]) => `${JSON.stringify({ id: 'r', phases }, undefined, 1)}\n`
const told: Readonly<Record<string, (hook: string) => string>> = {
  throws: (hook) => `plugin bad threw in hook ${hook}: boom`,
  rejects: (hook) => `plugin bad threw in hook ${hook}: boom later`,
  hangs: (hook) => `plugin bad did not end within 0.2 s in hook ${hook}`,
  loops: (hook) => `plugin bad was cut off in hook ${hook} after 0.2 s without a pause`,
}
const nothingExpected = (hook: string) => `plugin bad returned 'nonsense' from hook ${hook}: expected nothing: what a tap returns is not read here`

test('beforePhase and validateDeliverables fail the phase, before and after the builder; a resolvePath that fails in the worktree too', async () => {
  const names = ['throws', 'rejects', 'nonsense', 'hangs', 'loops']
  await using project = await makeProject({
    files: {
      'autopack.config.ts': config(`
const bad = definePlugin({ name: 'bad', apiVersion: 1, apply(api) {
  const when = (prefix) => (event) => event.phase.id.startsWith(prefix) ? faults[event.phase.id.slice(prefix.length)]() : undefined
  api.hooks.beforePhase.tap(when('before-'), ${limits})
  api.hooks.validateDeliverables.tap(when('validate-'), ${limits})
  // In the checkout, where plans are checked, it is well.
  api.hooks.resolvePath.tap((event) => event.raw.startsWith('path-') && !event.projectRoot.endsWith('/project') ? faults[event.raw.slice(5)]() : undefined, ${limits})
} })`),
      'runs/r.json': planOf([
        ...names.flatMap((name) => [`before-${name}`, `validate-${name}`].map((id) => ({ id, goal: id }))),
        ...names.map((name) => ({ id: `path-${name}`, goal: name, scope: { paths: [`path-${name}`] } })),
        { id: 'well', goal: 'Nothing is wrong here.' },
      ]),
    },
  })
  const result = await run(project)
  assert.is(result.exitCode, 1, result.stderr)
  for (const [prefix, hook, built] of [['before', 'beforePhase', false], ['validate', 'validateDeliverables', true], ['path', 'resolvePath', false]] as const)
    for (const name of names) {
      const id = `${prefix}-${name}`
      const { outcome, classification, usage } = result.phase(id)
      assert.equal([outcome, classification?.class, usage], ['failed', 'plugin_error', 'unknown'], id)
      const message = name !== 'nonsense' ? told[name]!(hook) : hook === 'resolvePath' ? `plugin bad returned 'nonsense' from hook resolvePath: Invalid input: expected object, received string` : nothingExpected(hook)
      assert.is(classification?.title, message, id)
      assert.is(result.built(id), built, `${id}: ${built ? 'the builder comes first' : 'no token is spent'}`)
    }
  assert.is(result.phase('well').outcome, 'complete')
  const { stdout } = await runInside(project, ['show', 'r', 'before-throws'])
  assert.match(stdout, 'plugin bad threw in hook beforePhase: boom')
})

test('a classifier that fails is recorded, and the next one answers', async () => {
  const names = ['throws', 'rejects', 'nonsense', 'hangs', 'loops']
  await using project = await makeProject({
    files: {
      'autopack.config.ts': config(`
const bad = definePlugin({ name: 'bad', apiVersion: 1, apply(api) {
  api.hooks.classifyFailure.tap((event) => faults[event.phase.id]?.(), ${limits})
  api.hooks.classifyFailure.tap((event) => event.failure.output.includes('needle') ? { class: 'found' } : undefined)
} })`, 'classifiers: [defineClassifier({ class: \'slow\', match: /^(a+)+$/ })], drain: { maxFingerprintRepeats: 99 },'),
      'runs/r.json': planOf([
        ...names.map((id) => ({ id, goal: id, checks: [{ name: 'c', run: { shell: 'echo needle; exit 3' } }] })),
        { id: 'backtracks', goal: 'A regular expression that backtracks.', checks: [{ name: 'c', run: { shell: `echo needle; echo ${'a'.repeat(60)}!; exit 3` } }] },
      ]),
    },
  })
  const result = await run(project)
  assert.is(result.exitCode, 1, result.stderr)
  for (const name of names) {
    const { outcome, classification, warnings } = result.phase(name)
    assert.equal([outcome, classification?.class, classification?.classifier], ['failed', 'found', 'bad'], name)
    const message = name === 'nonsense' ? `plugin bad returned 'nonsense' from hook classifyFailure: Invalid input: expected object, received string` : told[name]!('classifyFailure')
    assert.ok(warnings.includes(message), `${name}: ${warnings.join('\n')}`)
  }
  assert.is(result.phase('backtracks').classification?.class, 'found')
})

test('an afterDrain that fails is recorded, and the others still run', async () => {
  const names = ['throws', 'rejects', 'nonsense', 'hangs', 'loops']
  await using project = await makeProject({
    files: {
      'autopack.config.ts': config(`
const bad = definePlugin({ name: 'bad', apiVersion: 1, apply(api) {
  for (const name of ${JSON.stringify(names)}) api.hooks.afterDrain.tap(() => faults[name](), ${limits})
} })
const other = definePlugin({ name: 'other', apiVersion: 1, apply(api) { api.hooks.afterDrain.tap((event) => event.section({ title: 'Seen', lines: ['all'] })) } })`, 'plugins: [bad(), other()],').replace('plugins: [bad()],\n', ''),
      'runs/r.json': planOf([{ id: 'well', goal: 'Nothing is wrong here.' }]),
    },
  })
  const result = await run(project)
  assert.is(result.exitCode, 0, result.stderr)
  const notices = result.events.filter((event) => event.type === 'notice').map((event) => event.message)
  for (const name of names) {
    const message = name === 'nonsense' ? nothingExpected('afterDrain') : told[name]!('afterDrain')
    assert.is(notices.filter((one) => one === message).length, 1, `${message}:\n${notices.join('\n')}`)
  }
  const finished = result.events.find((event) => event.type === 'drain-finished')
  assert.equal(finished?.report.sections, [{ plugin: 'other', title: 'Seen', lines: ['all'] }])
})

test('a resolvePath that fails on the paths of a plan is told before anything is written', () =>
  refused({
    files: {
      ...good,
      'autopack.config.ts': config(`const bad = definePlugin({ name: 'bad', apiVersion: 1, apply(api) { api.hooks.resolvePath.tap((event) => ({ 'a.txt': faults.throws, 'b.txt': () => ({ relative: '../b.txt' }) })[event.raw]?.()) } })`),
      'runs/demo.yaml': 'id: demo\nphases:\n  - { id: one, goal: One., scope: { paths: [a.txt, b.txt] } }\n',
    },
  }, `
error[plugin-threw]: plugin bad threw in hook resolvePath: boom
  --> runs/demo.yaml:3:45
   |
 3 |   - { id: one, goal: One., scope: { paths: [a.txt, b.txt] } }
   |                                             ~~~~~
  fix: mend plugin bad, or take it out of the config

error[path-answer-outside]: the answer "../b.txt" for "b.txt" cannot be taken: the path "../b.txt" leaves the repository: it climbs out with .. (plugin bad, hook resolvePath)
  --> runs/demo.yaml:3:52
   |
 3 |   - { id: one, goal: One., scope: { paths: [a.txt, b.txt] } }
   |                                                    ~~~~~
  fix: return a path inside the repository, relative to its top`))

test('a plugin whose apply throws', () =>
  refused({ files: { ...good, 'autopack.config.ts': config(`const bad = definePlugin({ name: 'bad', apiVersion: 1, apply: faults.throws })`) } }, `
error[plugin-apply]: plugin bad could not be loaded: boom
  --> autopack.config.ts:17:13
    |
 17 |   plugins: [bad()],
    |             ~~~~~
  fix: mend plugin bad, or take it out of the config`))

test('two plugins of one name', () =>
  refused({ files: { ...good, 'autopack.config.ts': `const one = { type: 'plugin', name: 'bad', apiVersion: 1, apply() {} }\nexport default { project: 'demo', plugins: [one, { ...one }] }\n` } }, `
error[duplicate-plugin]: plugins[1]: there is a plugin "bad" already, at autopack.config.ts:2:45
  --> autopack.config.ts:2:50
   |
 2 | export default { project: 'demo', plugins: [one, { ...one }] }
   |                                                  ~~~~~~~~~~
  fix: take one of them away, or write without("bad") before the second`))

test('a plugin for another version of the API', () =>
  refused({ files: { ...good, 'autopack.config.ts': `export default { project: 'demo', plugins: [{ type: 'plugin', name: 'bad', apiVersion: 7, apply() {} }] }\n` } }, `
error[plugin-api-version]: plugin bad is written for version 7 of the plugin API; this Autopack has version 1
  --> autopack.config.ts:1:45
   |
 1 | export default { project: 'demo', plugins: [{ type: 'plugin', name: 'bad', apiVersion: 7, apply() {} }] }
   |                                             ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
  fix: install a version of bad for plugin API 1, or the Autopack that it is written for`))

test('before a plugin that there is not; one that is on by default and was taken out is known', async () => {
  const tapping = (before: string) => config(`const bad = definePlugin({ name: 'bad', apiVersion: 1, apply(api) { api.hooks.beforePhase.tap(() => {}, { before: '${before}' }) } })`)
  await refused({ files: { ...good, 'autopack.config.ts': tapping('scopeStub') } }, `
error[unknown-before]: plugin bad taps hook beforePhase before "scopeStub", and no plugin has that name
  --> autopack.config.ts:17:13
    |
 17 |   plugins: [bad()],
    |             ~~~~~
  fix: did you mean "scopeStubs"? known names: ${[...defaultPlugins.map((plugin) => plugin.name), 'bad'].join(', ')}`)
  await using project = await makeProject({
    files: { ...good, 'autopack.config.ts': tapping('scopeStubs').replace('definePlugin }', "definePlugin, without }").replace('plugins: [bad()]', "plugins: [bad(), without('scopeStubs')]") },
  })
  assert.is((await runInside(project, ['run', '--dry-run'])).exitCode, 0)
})

test('what a plugin provides: taken names, and code that throws, is named', async () => {
  const providing = (provided: string) => config(`const bad = definePlugin({ name: 'bad', apiVersion: 1, apply(api) { api.provide(${provided}) } })`)
  await refused({ files: { ...good, 'autopack.config.ts': providing("{ commands: [{ name: 'status', summary: 'Mine.', run() {} }] }") } }, `
error[provided-twice]: plugin bad provides the command "status", which Autopack or the config provides already
  --> autopack.config.ts:17:13
    |
 17 |   plugins: [bad()],
    |             ~~~~~
  fix: give one of them another name, or take one of the plugins out of the config`)
  await using project = await makeProject({
    files: {
      'autopack.config.ts': providing(`{
  builders: { mine: { name: 'mine', build: faults.throws }, odd: { name: 'odd', build: faults.nonsense } },
  checkFormats: [{ name: 'broken', reads: 'output', parse: faults.throws }, { name: 'empty', reads: 'output', parse: () => ({ type: 'report' }) }],
  reporters: [{ name: 'loud', event: faults.throws }, { name: 'late', async event() { throw new Error('boom later') } }],
  commands: [{ name: 'greet', summary: 'Greets.', run: faults.throws }, { name: 'answer', summary: 'Answers.', run: async () => 'nonsense' }],
}`),
      'runs/r.json': planOf([{ id: 'mine', goal: 'By a builder that throws.', builder: 'mine' }, { id: 'odd', goal: 'By one that returns nonsense.', builder: 'odd' },
        ...['broken', 'empty'].map((format) => ({ id: format, goal: format, checks: [{ name: 'c', run: ['true'], format }] }))]),
    },
  })
  const result = await run(project)
  assert.is(result.exitCode, 1, result.stderr)
  assert.equal([result.phase('mine').classification?.class, result.phase('mine').reason], ['builder_error', 'plugin bad threw in its builder mine: boom'])
  assert.is(result.phase('odd').reason, "builder odd returned 'nonsense': Invalid input: expected object, received string")
  assert.match(result.phase('broken').reason ?? '', 'the format broken failed to read the result: plugin bad threw in its check format broken: boom')
  assert.match(result.phase('empty').reason ?? '', "the format empty failed to read the result: plugin bad returned { type: 'report' } from its check format empty")
  assert.is(result.stderr, 'warning: the reporter loud failed and is left out: plugin bad threw in its reporter loud: boom\nwarning: the reporter late failed and is left out: boom later\n')
  for (const [name, text] of [
    ['greet', 'error[plugin-threw]: plugin bad threw in its command greet: boom\n  fix: mend plugin bad, or take it out of the config\n'],
    ['answer', "error[plugin-answer]: plugin bad returned 'nonsense' from its command answer\n  fix: return an exit code: 0 where all is well, 1 to 255 else\n"],
  ] as const) {
    const { exitCode, stdout, stderr } = await runInside(project, [name])
    assert.equal([exitCode, stdout, stderr], [2, '', text], name)
  }
})

test('an error that nobody waits for is one line, and a timer left open keeps nothing alive', async () => {
  await using project = await makeProject({ files: { ...good, 'autopack.config.ts': config(`const bad = definePlugin({ name: 'bad', apiVersion: 1, apply() {\n  setInterval(() => {}, 1000)\n} })`) } })
  const file = 'autopack.config.ts'
  const text = await project.read(file)
  await project.write({ [file]: `console.log('loaded')\n${text}` })
  const dry = await project.cli(['run', '--dry-run', '--json'], { env: { BASE: project.base } })
  assert.equal([dry.exitCode, dry.stderr], [0, 'loaded\n'], 'what a config prints is not taken for what the command says')
  assert.is(JSON.parse(dry.stdout).type, 'drain-previewed')
  await project.write({ [file]: `process.exit(0)\n${text}` })
  const exited = await project.cli(['run'])
  assert.equal([exited.exitCode, exited.stdout], [4, ''])
  assert.is(exited.stderr, 'error[process-exit]: code of the config, of a plan or of a plugin ended the process before the command was done\n  fix: look for `process.exit` in it: throw an error instead, or return\n')
  await project.write({ [file]: text })
  await project.write({ 'autopack.config.ts': (await readFile(project.path('autopack.config.ts'), 'utf8')).replace('setInterval(() => {}, 1000)', "Promise.reject(new Error('nobody'))\n  return new Promise(() => {})") })
  const { exitCode, stderr } = await project.cli(['run'])
  assert.is(exitCode, 4)
  assert.match(readable(project, stderr), /^error\[stray-error\]: an error that nobody waited for: nobody\n {2}--> \/project\/autopack\.config\.ts:\d+:\d+\n {2}fix: await the promise, /)
  assert.not.match(stderr, /^\s+at /m)
})

test.run()
