/** What `autopack` says of a project whose config is wrong, word for word, and that it leaves everything as it was. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { good, goodConfig, refused } from '../../support/bad-input.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('bad input: config')

const everyCommand = [['run'], ['status']]
const withConfig = (text: string, more: Record<string, string> = {}) => ({ ...good, 'autopack.config.ts': text, ...more })

test('no config', () =>
  refused({ files: { 'readme.md': '' }, commands: everyCommand }, `
error[config-not-found]: no Autopack config in /project or any folder above it
  fix: run \`autopack init\` to make one, or name it with --config FILE
       looked for autopack.config.ts, autopack.config.mts, autopack.config.js, autopack.config.mjs, autopack.config.json, autopack.config.yaml, autopack.config.yml, the key "autopack" in package.json`))

test('no default export', () =>
  refused({ files: withConfig(goodConfig.replace('export default', 'export const config =')), commands: everyCommand }, `
error[config-no-default-export]: the config autopack.config.ts has no default export; it exports config
  --> autopack.config.ts
  fix: write \`export default defineConfig({ … })\``))

test('a syntax error', () =>
  refused({ files: withConfig(goodConfig.replace("project: 'demo'", "project 'demo'")) }, `
error[syntax]: syntax error: Unexpected token \`string literal\`
  --> autopack.config.ts:4:39
   |
 4 | export default defineConfig({ project 'demo', builder: command({ run: ['touch', 'made.txt'] }) })
   |                                       ~~~~~~
  fix: mend the marked place`))

test('an enum', () =>
  refused({ files: withConfig(goodConfig.replace('\n\n', '\nenum Mode { Fast, Slow }\n\n')) }, `
error[typescript-syntax]: TypeScript enum is not supported: Node runs TypeScript by leaving the types out
  --> autopack.config.ts:3:1
   |
 3 | enum Mode { Fast, Slow }
   | ~~~~~~~~~~~~~~~~~~~~~~~~
  fix: use \`const Name = { A: 'a' } as const\` for an enum, a module for a namespace, and plain fields for parameter properties`))

test('an unknown key: the near one is suggested, in every command', () =>
  refused({ files: withConfig(goodConfig.replace("project: 'demo'", "projct: 'demo'")), commands: everyCommand }, `
error[unknown-key]: unknown key "projct"
  --> autopack.config.ts:4:31
   |
 4 | export default defineConfig({ projct: 'demo', builder: command({ run: ['touch', 'made.txt'] }) })
   |                               ~~~~~~
  fix: did you mean "project"?`))

test('a wrong type deep inside', () =>
  refused({ files: withConfig(goodConfig.replace("project: 'demo',", "project: 'demo',\n  checks: [{ name: 'a', run: ['true'] }, { name: 'b', run: ['true'], timeout: 'soon' }],\n ")) }, `
error[invalid-value]: checks[1].timeout: expected a duration above zero such as "90s", "10m", "2h", or a number of seconds, found "soon"
  --> autopack.config.ts:5:79
   |
 5 |   checks: [{ name: 'a', run: ['true'] }, { name: 'b', run: ['true'], timeout: 'soon' }],
   |                                                                               ~~~~~~`))

test('a config that never ends', () =>
  refused({ files: withConfig('await new Promise(() => {})\nexport default {}\n') }, `
error[config-unending]: the config autopack.config.ts waits at its top level for something that never comes
  --> autopack.config.ts
  fix: look at every \`await\` in it and in what it imports: it has 60 s at most`))

test('with --debug the stack trace follows, and with --json all is data', async () => {
  await using project = await makeProject({ files: withConfig('export default { projct: 1 }\n'), git: false })
  const debug = await runInside(project, ['run', '--debug'])
  assert.match(debug.stderr, /^error\[unknown-key\]: unknown key "projct"\n(?: .*\n)+ {2}fix: did you mean "project"\?\nUserError: unknown key "projct"\n {4}at /)
  const json = await runInside(project, ['run', '--json'])
  assert.equal(JSON.parse(json.stderr), {
    error: { code: 'unknown-key', message: 'unknown key "projct"', where: { file: 'autopack.config.ts', line: 1, column: 18 }, fix: 'did you mean "project"?' },
  })
  assert.equal([debug.exitCode, json.exitCode, debug.stdout, json.stdout], [2, 2, '', ''])
})

test.run()
