import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { clockToleranceMs } from '../../../core/store/lease.ts'
import { openStore } from '../../../core/store/open.ts'
import { claimed, claimRequest, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('machines whose clocks differ')
const folders = temporaryFolders()
test.after(() => folders.remove())

const second = 1_000

/** One store and two machines: `time` is what a third clock says, and the other machine's is `apart` from ours. */
async function twoMachines(apart: number, hasOurClock?: () => boolean) {
  const dir = folders.make()
  const ours = await newStore(dir)
  await ours.store.importPlan(plan('r', ['one', 'two']), 'runs/r.yaml')
  const runtime = { ...ours.runtime, host: 'elsewhere', now: () => ours.runtime.now() + apart }
  const theirs = await openStore({ layout: ours.layout, configDir: dir, project: 'p', runtime, isAlive: () => true, create: true })
  const here = hasOurClock && (await openStore({ layout: ours.layout, configDir: dir, project: 'p', runtime: ours.runtime, isAlive: () => true, hasOurClock, create: true }))
  const owner = { host: 'elsewhere', pid: 1, startTime: 'x' }
  return {
    ours: here ?? ours.store, theirs, owner, pass: (milliseconds: number) => ours.runtime.advance(milliseconds),
    async close() { await Promise.all([ours.store.close(), theirs.close(), here?.close()]) },
  }
}

for (const minutes of [-5, -2, 0, 2, 5]) {
  test(`${minutes} minutes apart, a lease that is renewed is nobody else's, and one that is not is taken in the end`, async () => {
    const apart = minutes * 60 * second
    const { ours, theirs, owner, pass, close } = await twoMachines(apart)
    const held = claimed(await theirs.claim(claimRequest(owner, 'r', 'one')))
    const mine = { host: 'here', pid: 2, startTime: 'y' }
    const state = async () => [(await ours.orphans(() => true)).length, (await ours.claim(claimRequest(mine, 'r', 'two'))).type]
    for (let renewed = 0; renewed < 20; renewed++) {
      pass(59 * second)
      assert.equal(await state(), [0, 'leased'], `after ${renewed} renewals`)
      await theirs.heartbeat(held, 60)
    }
    // How long it takes depends on the clocks; that it is taken does not.
    pass(60 * second + apart + clockToleranceMs - second)
    assert.equal(await state(), [0, 'leased'])
    pass(second)
    assert.equal(await state(), [1, 'abandoned'])
    await close()
  })
}

test('another container on this machine has its clock, and is not given more time', async () => {
  const { ours, theirs, owner, pass, close } = await twoMachines(0, () => true)
  claimed(await theirs.claim(claimRequest(owner, 'r', 'one')))
  pass(59 * second)
  assert.is((await ours.orphans(() => true)).length, 0)
  pass(second)
  assert.is((await ours.orphans(() => true)).length, 1)
  await close()
})

test.run()
