import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configLines, configRows } from '../../../core/config/print.ts'
import { load, withFolder } from '../../support/config-folder.ts'

const test = suite('configRows')

const file = `import { defineClassifier, definePlugin } from 'autopack'
const plugin = definePlugin({ name: 'mine', apiVersion: 1, options: { safeParse: (data: unknown) => ({ success: true, data }) } as never, apply() {} })
class Builder { name = 'own'; async build() { throw new Error('not here') } }
export default {
  project: 'p',
  plugins: [plugin({ match: /x/g })],
  classifiers: [defineClassifier({ class: 'lock', match: /lock/ })],
  builder: new Builder(),
  checks: [{ name: 'tests', run: { shell: 'npm test' } }],
  workspace: { setup: [['npm', 'ci']] },
  env: { pass: ['A_*', 'B'], set: { CI: '1' } },
}
`

test('every value is a row with its origin, in a stable order; code is shown by name', () =>
  withFolder({ 'autopack.config.ts': file }, async (folder) => {
    const rows = configRows(await load(folder, { env: { DATABASE_URL: 'postgres://user:sec/r@et@host/db' } }))
    const row = (path: string) => rows.find((candidate) => candidate.path === path)
    const wanted: [string, unknown, string][] = [
      ['project', 'p', 'autopack.config.ts:5'],
      ['root', folder, 'default'],
      ['databaseUrl', 'postgres://user:***@host/db', 'DATABASE_URL'],
      ['plugins[0]', { name: 'mine', options: { match: '/x/g' } }, 'autopack.config.ts:6'],
      ['classifiers[0]', 'lock', 'autopack.config.ts:7'],
      ['builder', 'own', 'autopack.config.ts:8'],
      ['builders.own', 'own', 'autopack.config.ts:8'],
      ['checks[0].run', { shell: 'npm test' }, 'autopack.config.ts:9'],
      ['checks[0].format', 'exit-code', 'default'],
      ['preflight', [], 'default'],
      ['workspace.dir', null, 'default'],
      ['workspace.setup', [['npm', 'ci']], 'autopack.config.ts:10'],
      ['protect[0]', 'autopack.config.ts', 'default'],
      ['env.pass[1]', 'B', 'autopack.config.ts:11'],
      ['env.set.CI', '1', 'autopack.config.ts:11'],
      ['drain.maxTokens.attempt', 2_000_000, 'default'],
      ['drain.maxTotalMinutes', null, 'default'],
    ]
    for (const [path, value, origin] of wanted) assert.equal(row(path), { path, value, origin })
    assert.equal(rows.map((candidate) => candidate.path).slice(0, 4), ['configPath', 'project', 'root', 'runsDir'])
    assert.is(rows.at(-1)!.path, 'drain.stopOnFirstFailure')
    assert.equal(JSON.parse(JSON.stringify(rows)), rows, 'rows are data')
    assert.not.match(JSON.stringify(rows), /secret/)
    assert.equal(new Set(rows.map((candidate) => candidate.path)).size, rows.length, 'each path once')
  }))

test('text: three columns', () => {
  const lines = configLines([
    { path: 'project', value: 'p', origin: 'default' },
    { path: 'checks[0].run', value: ['npm', 'test'], origin: 'autopack.config.ts:9' },
    { path: 'builder', value: null, origin: 'default' },
  ])
  assert.equal(lines, ['project        p               default', 'checks[0].run  ["npm","test"]  autopack.config.ts:9', 'builder        -               default'])
  assert.equal(configLines([]), [])
})

test.run()
