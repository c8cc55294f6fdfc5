import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('plugin commands')

const config = `import { defineConfig, definePlugin } from 'autopack'
const greeter = definePlugin({
  name: 'greeter', apiVersion: 1,
  apply(api) {
    api.provide({ commands: [{ name: 'greet', summary: 'Says hello', usage: 'greet NAME', run: async ({ args, json, print, api }) => {
      print(json ? JSON.stringify({ args, project: api.config.project }) : \`hello \${args.join(' ')}\`)
      return args.length > 0 ? 0 : 3
    } }] })
  },
})
export default defineConfig({ project: 'demo', plugins: [greeter()] })
`

test('a plugin command is a subcommand: arguments, --json, its exit code, its help', async () => {
  await using project = await makeProject({ files: { 'autopack.config.ts': config } })
  assert.equal(pick(await runInside(project, ['greet', 'a', '--loud'])), [0, 'hello a --loud\n', ''])
  assert.equal(pick(await runInside(project, ['greet', '--json', 'a'])), [0, '{"args":["a"],"project":"demo"}\n', ''])
  assert.is((await runInside(project, ['greet'])).exitCode, 3)
  assert.is((await runInside(project, ['greet', '--help'])).stdout, 'usage: autopack greet NAME\n\nSays hello (plugin greeter)\n')
  assert.is((await runInside(project, ['gret'])).stderr, "error[usage]: unknown command 'gret'\n  fix: did you mean greet?\n")
})

test('a command that --help names is told by what it needs: a project, and its plugin', async () => {
  await using project = await makeProject({ files: { 'without/autopack.config.ts': "import { defineConfig, without } from 'autopack'\nexport default defineConfig({ project: 'demo', plugins: [without('fingerprintBuckets')] })\n" } })
  assert.match((await runInside(project, ['buckets'])).stderr, /^error\[config-not-found\]/)
  assert.is((await runInside(project, ['buckets', '-C', 'without'])).stderr, "error[usage]: there is no command 'buckets' in this project\n  fix: it comes with the plugin fingerprintBuckets, which the config removes: take without('fingerprintBuckets') away\n")
})

test('a broken config is told when the name may be a command of its plugins', async () => {
  await using project = await makeProject({ files: { 'autopack.config.json': '{ "projct": "x" }' } })
  assert.match((await runInside(project, ['greet'])).stderr, /projct/)
  // Nearly a built-in name: no config is read for that.
  assert.match((await runInside(project, ['statu'])).stderr, /did you mean status\?/)
})

const pick = (result: { exitCode: number; stdout: string; stderr: string }) => [result.exitCode, result.stdout, result.stderr]

test.run()
