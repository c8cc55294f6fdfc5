import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createLedger } from '../../bench/waste/ledger.ts'
import { goalsOf, measure } from '../../bench/waste/measure.ts'
import { loop } from '../../bench/waste/plain.ts'
import { createWorld } from '../../bench/waste/world.ts'

const test = suite('waste')
// One of the twenty worlds of `npm run bench -- waste`, with some room to each goal: it tells of a loss, and not of a call more or less.
const seed = 19

test('in one world the drain wastes no more builder calls than its goals allow, and leaves nothing undone', async () => {
  const measured = await measure(seed, { runs: 40, phasesPerRun: 10 }, ['retry loop', 'predecessor', 'ours', 'oracle'])
  for (const goal of goalsOf([measured])) assert.ok(goal.worst <= goal.atMost, `seed ${seed}: ${goal.name} ${goal.worst.toFixed(2)}, at most ${goal.atMost}: ${JSON.stringify(measured.figures.ours)}`)
})

test('the same seed gives the same world and the same figures', async () => {
  const size = { runs: 8, phasesPerRun: 5 }
  const [one, other, next] = [createWorld(3, size), createWorld(3, size), createWorld(4, size)]
  assert.equal(JSON.stringify(one), JSON.stringify(other))
  assert.not.equal(JSON.stringify(one), JSON.stringify(next))
  const figures = async () => {
    const ledger = createLedger(one)
    await loop(one, ledger, { attempts: 5 })
    return ledger.figures()
  }
  assert.equal(await figures(), await figures())
})

test.run()
