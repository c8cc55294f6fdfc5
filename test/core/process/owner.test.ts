import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { currentOwner, hasOurClock, isAlive } from '../../../core/process/owner.ts'
import { parsePsLine, processTable } from '../../../core/process/table.ts'
import { findByMarker, killTree } from '../../../core/process/tree.ts'
import { systemRuntime } from '../../../core/runtime.ts'

const test = suite('owners and survivors')
const runtime = systemRuntime()

test('this process is alive, under its own start time only', () => {
  const owner = currentOwner(runtime)
  assert.equal([owner.host, owner.pid], [runtime.host, process.pid])
  assert.ok(owner.startTime !== '')
  assert.is(isAlive(runtime, owner), true)
  assert.is(isAlive(runtime, { ...owner, startTime: `${owner.startTime}1` }), false)
})

test('a process that ended is not alive; one on another host may be', () => {
  const { pid } = spawnSync('true')
  const owner = currentOwner(runtime)
  assert.is(isAlive(runtime, { ...owner, pid }), false)
  assert.is(isAlive(runtime, { ...owner, pid, host: 'another-machine' }), true)
})

test('a zombie is not alive', async () => {
  const table = processTable(process.platform)
  // The shell's child ends at once, and the shell that took its place never asks for it.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 600'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(parent.stdout!, 'data')
  const pid = Number(String(line))
  while (table.entry(pid) !== undefined) await new Promise((resolve) => setImmediate(resolve))
  assert.is(table.entry(pid), undefined)
  parent.kill('SIGKILL')
  await once(parent, 'exit')
})

if (process.platform === 'linux') {
  test('a number of another process namespace says nothing, one of an earlier boot is gone', () => {
    const owner = currentOwner(runtime)
    const [boot, namespace, ticks] = owner.startTime.split('/')
    assert.is(isAlive(runtime, { ...owner, startTime: `${boot}/${namespace}0/${ticks}` }), true)
    assert.is(isAlive(runtime, { ...owner, startTime: `earlier/${namespace}/${ticks}` }), false)
    const clocks = [owner, { ...owner, host: 'a-container', startTime: `${boot}/${namespace}0/1` }, { ...owner, host: 'another', startTime: `another/${namespace}/1` }, { ...owner, host: 'another', startTime: '' }]
    assert.equal(clocks.map((one) => hasOurClock(runtime, one)), [true, true, false, false])
  })
}

test('survivors are found and ended by the marker when their leader is long gone', async () => {
  const parent = spawn('sh', ['-c', 'setsid sh -c "echo up; exec sleep 600" & exec sleep 600'], {
    env: { PATH: process.env['PATH'], AUTOPACK_ATTEMPT_ID: 'crashed-attempt' }, stdio: ['ignore', 'pipe', 'ignore'], detached: true,
  })
  await once(parent.stdout!, 'data')
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  assert.is((await findByMarker(runtime, 'crashed-attempt')).length, 1)
  // The recorded number belongs to somebody else by now: to this very process, say. It is left alone.
  assert.is(await killTree(runtime, { pid: process.pid, startTime: 'another', marker: 'crashed-attempt', graceMs: 1_000 }), 1)
  assert.equal(await findByMarker(runtime, 'crashed-attempt'), [])
})

test('a marker is compared as a whole', async () => {
  const child = spawn('sh', ['-c', 'echo up; exec sleep 600'], { env: { PATH: process.env['PATH'], AUTOPACK_ATTEMPT_ID: 'attempt-10' }, stdio: ['ignore', 'pipe', 'ignore'] })
  await once(child.stdout!, 'data')
  assert.equal(await findByMarker(runtime, 'attempt-1'), [])
  assert.equal((await findByMarker(runtime, 'attempt-10')).map((entry) => entry.pid), [child.pid])
  child.kill('SIGKILL')
  await once(child, 'exit')
})

test('nothing to go by ends nothing', async () => {
  assert.is(await killTree(runtime, {}), 0)
  assert.is(await killTree(runtime, { pid: process.pid, startTime: '' }), 0)
})

test('a line of ps', () => {
  assert.equal(parsePsLine('  501     1   500 Ss+  Mon Jan  5 10:11:12 2026    \n'), {
    state: 'S',
    entry: { pid: 501, parent: 1, group: 500, session: 0, startTime: 'Mon Jan 5 10:11:12 2026' },
  })
  assert.is(parsePsLine('error: nothing'), undefined)
})

// An empty container has none; macOS has.
const withPs = spawnSync('ps', { stdio: 'ignore' }).error === undefined
if (!withPs) console.log('skip because ps is not installed')
const wherePs = withPs ? test : test.skip
wherePs('the table made from ps agrees with /proc, as far as it goes', async () => {
  const [ours, theirs] = await Promise.all([processTable(process.platform).all(), processTable('darwin').all()])
  const find = (entries: typeof ours) => entries.find((entry) => entry.pid === process.pid)
  const [left, right] = [find(ours)!, find(theirs)!]
  assert.equal([right.pid, right.parent, right.group], [left.pid, left.parent, left.group])
  assert.is(processTable('darwin').entry(process.pid)?.startTime, right.startTime)
  assert.is(processTable('darwin').startTime(2 ** 22 + 1), '')
})

test.run()
