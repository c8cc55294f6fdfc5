import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { configRows } from '../../../core/config/print.ts'
import { errorText, load, withFolder } from '../../support/config-folder.ts'

const test = suite('notify in a config')

const yaml = (notify: string) => ({ 'autopack.config.yaml': `project: p\nnotify:\n${notify}` })
const problem = (notify: string) => withFolder(yaml(notify), async (folder) => (await errorText(load(folder))).split('\n')[0])

test('commands and webhooks, and what is wrong with one', async () => {
  await withFolder(yaml('  - { command: [notify-send, Autopack], on: [drain-finished], timeout: 5s }\n  - { webhook: "https://example.org/x" }\n'), async (folder) => {
    assert.equal((await load(folder)).notify, [{ command: ['notify-send', 'Autopack'], on: ['drain-finished'], timeout: '5s' }, { webhook: 'https://example.org/x' }])
  })
  assert.match(await problem('  - { webhook: "example.org" }\n') ?? '', 'notify[0].webhook: expected a URL that begins with https:// or http://')
  assert.match(await problem('  - { on: [drain-finished] }\n') ?? '', 'notify[0]: expected either a command or a webhook')
  assert.match(await problem('  - { command: [x], webhook: "https://example.org" }\n') ?? '', 'notify[0]: expected either a command or a webhook')
  assert.match(await problem('  - { command: [x], headers: { a: b } }\n') ?? '', 'notify[0]: headers are for a webhook')
  assert.match(await problem('  - { command: [x], on: [drain-ended] }\n') ?? '', 'notify[0].on[0]: expected "drain-finished" or "bucket-opened"')
})

test('the address of a webhook and its headers are often secrets, and are not printed', () =>
  withFolder(yaml('  - { webhook: "https://user:pass@hooks.example.org/T000/secret-token?key=1", headers: { authorization: Bearer secret } }\n'), async (folder) => {
    const rows = configRows(await load(folder)).filter((row) => row.path.startsWith('notify'))
    assert.equal(rows.map(({ path, value }) => [path, value]), [['notify[0].webhook', 'https://hooks.example.org/***'], ['notify[0].headers.authorization', '***']])
  }))

test.run()
