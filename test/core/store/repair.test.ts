import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { startCommand } from '../../support/project.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('repairs in the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

const settle = (over: object = {}) => ({ type: 'settle-phase', run: 'r', phase: 'a', from: 'FAILED', to: 'COMPLETE', commit: 'c0ffee', ...over }) as const

test('a phase is settled once, as it was found, and never beside an open attempt', async () => {
  const { store, owner } = await newStore(folders.make())
  await store.importPlan(plan('r', ['a', 'b']), 'r.json')
  const first = claimed(await store.claim(claimRequest(owner(1), 'r', 'a')))
  await store.finish(first, ending('failed', 'FAILED'))
  assert.is(await store.settlePhase(settle({ from: 'QUEUED' })), false, 'it is FAILED')
  const other = claimed(await store.claim(claimRequest(owner(1), 'r', 'b')))
  assert.is(await store.settlePhase(settle()), false, 'another phase of the run is at work')
  assert.is(await store.freeLease('r', other.attemptId), false)
  await store.finish(other, ending('complete', 'COMPLETE', { commit: 'b0b' }))
  assert.is(await store.settlePhase(settle({ attemptId: first.attemptId })), true)
  assert.is(await store.settlePhase(settle({ attemptId: first.attemptId })), false)
  const [phase, [attempt]] = [await store.phase('r', 'a'), await store.attempts({ id: first.attemptId })]
  assert.equal([phase?.state, phase?.commit, phase?.class, attempt?.outcome, attempt?.commit, attempt?.classification], ['COMPLETE', 'c0ffee', undefined, 'complete', 'c0ffee', undefined])
  assert.equal(await store.heldLeases(), [])
  await store.close()
})

test('of several processes, one at a time is in `exclusively`, and one that dies in it keeps nobody out', async () => {
  const dir = folders.make()
  const { store, layout } = await newStore(dir)
  const file = path.join(dir, 'count.json')
  writeFileSync(file, '0')
  const worker = (work: string) => `
    import { readFileSync, writeFileSync } from 'node:fs'
    import { openStore } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../../core/store/open.ts'))}
    import { createRunLayout } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../../core/layout/layout.ts'))}
    import { systemRuntime } from ${JSON.stringify(path.resolve(import.meta.dirname, '../../../core/runtime.ts'))}
    const store = await openStore({ layout: createRunLayout({ runsDir: ${JSON.stringify(layout.runsDir)}, project: 'p' }), configDir: '/', project: 'p', runtime: systemRuntime(), isAlive: () => true, create: true })
    ${work}
    await store.close()`
  const add = worker(`for (let one = 0; one < 100; one++) await store.exclusively(() => writeFileSync(${JSON.stringify(file)}, String(Number(readFileSync(${JSON.stringify(file)}, 'utf8')) + 1)))`)
  const start = (code: string) => startCommand([process.execPath, '--input-type=module-typescript', '-e', code], { cwd: dir, env: process.env }).result
  const ended = await Promise.all([start(add), start(worker("await store.exclusively(() => process.kill(process.pid, 'SIGKILL'))")), start(add)])
  assert.equal([ended[0]!.exitCode, ended[2]!.exitCode], [0, 0], ended.map((one) => one.stderr).join('\n'))
  assert.is(await store.exclusively(() => readFileSync(file, 'utf8')), '200')
  await store.close()
})

test.run()
