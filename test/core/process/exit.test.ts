import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { processTable } from '../../../core/process/table.ts'
import { childFolder } from './support.ts'

const test = suite<{ folder: ReturnType<typeof childFolder> }>('exit of the supervisor')
const source = (file: string) => JSON.stringify(new URL(`../../../core/${file}`, import.meta.url).href)

test.before.each((context) => {
  context.folder = childFolder()
})
test.after.each((context) => context.folder.remove())

for (const [name, end] of [['a stop at once', 'process.exit(130)'], ['an error that nobody caught', 'setImmediate(() => { throw new Error("lost") })']] as const) {
  test(`${name} takes every running child along`, async ({ folder }) => {
    const code = `
      import { createProcessRunner } from ${source('process/run.ts')}
      import { systemRuntime } from ${source('runtime.ts')}
      const run = createProcessRunner({ runtime: systemRuntime() })
      const pids = []
      const onSpawn = ({ pid }) => { pids.push(pid); if (pids.length === 2) { console.log(pids.join(' ')); ${end} } }
      for (const name of ['a', 'b']) void run({ command: ['sleep', '600'], cwd: '/', env: { PATH: process.env.PATH }, logPath: ${JSON.stringify(join(folder.path, 'log'))} + name, onSpawn })`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]).catch((error: { stdout: string }) => error)
    const pids = stdout.trim().split(' ').map(Number)
    assert.is(pids.length, 2)
    const table = processTable(process.platform)
    // The signal was sent; the kernel delivers it when it gets to it.
    while (pids.some((pid) => table.entry(pid) !== undefined)) await new Promise((resolve) => setImmediate(resolve))
  })
}

test.run()
