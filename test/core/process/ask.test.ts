import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { askProgram } from '../../../core/process/ask.ts'
import { listProcesses } from '../../support/processes.ts'
import { waitUntil } from '../../support/wait.ts'

const test = suite('asking a program')
const ask = (script: string, limitMs = 30_000) => askProgram('sh', ['-c', script], { env: { PATH: process.env['PATH'], GREETING: 'hello' }, cwd: '/', limitMs })

test('has what it said, as it said it, and its exit code', async () => {
  assert.equal(await ask('echo "$GREETING $HOME"; pwd; echo no >&2; exit 3'), { exitCode: 3, stdout: 'hello \n/\n', stderr: 'no\n' })
  assert.is((await ask('cat')).exitCode, 0, 'there is nothing to read')
})

test('does not wait for one that never ends, nor for what that has started', async () => {
  const marker = `autopack-asked-${process.pid}`
  const { exitCode } = await ask(`sh -c 'sleep 600; : ${marker}'; :`, 300)
  assert.is(exitCode, null)
  await waitUntil('its child to go', () => !listProcesses().some(({ command }) => command.includes(marker)))
})

test('takes one that is not there, or says too much, for one that did not answer', async () => {
  assert.is((await askProgram('/nowhere/at/all', [], { env: {}, cwd: '/', limitMs: 1_000 })).exitCode, null)
  assert.is((await ask('yes | head -c 3000000')).exitCode, null)
})

test.run()
