import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { inStage, type Attempt } from '../../../core/pipeline/attempt.ts'

const test = suite('in-stage')

/** An attempt on a clock that the test moves; `looks` counts how often the store was asked for its lease. */
function attemptAt(start: number, assertCurrent: () => Promise<void> = async () => undefined) {
  const world = { now: start, looks: 0 }
  const engine = {
    runtime: { now: () => world.now, monotonic: () => 0 }, emit: () => undefined,
    store: { assertCurrent: async () => { world.looks++; await assertCurrent() }, lastDuration: async () => undefined },
  }
  const claim = { run: { id: 'r', family: 'r' }, phase: { id: 'p' }, number: 1 }
  return { world, attempt: { engine, claim, leaseSeenAt: start, stage: 'claim', durations: new Map() } as unknown as Attempt }
}

test('a stage looks at the lease when a second went by since it was seen, in whichever direction the clock went', async () => {
  const { world, attempt } = attemptAt(1_000_000)
  const looksAfter = async (now: number): Promise<number> => {
    world.now = now
    await inStage(attempt, 'scope', async () => undefined)
    return world.looks
  }
  assert.is(await looksAfter(1_000_000), 0)
  assert.is(await looksAfter(1_000_999), 0)
  assert.is(await looksAfter(1_001_000), 1)
  assert.is(await looksAfter(1_001_999), 1)
  assert.is(await looksAfter(1_002_001), 2)
  assert.is(await looksAfter(900_000), 3)
})

test('one that was stopped for long, and has lost its lease meanwhile, begins no stage', async () => {
  const { world, attempt } = attemptAt(0, async () => { throw new Error('taken over') })
  world.now = 3_600_000
  let begun = false
  const ended = await inStage(attempt, 'guard', async () => { begun = true }).then(() => 'done', (error: Error) => error.message)
  assert.equal([ended, begun, attempt.stage], ['taken over', false, 'claim'])
})

test.run()
