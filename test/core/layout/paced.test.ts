import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { paced } from '../../../core/layout/paced.ts'

const test = suite('paced')

function subject(costMs: number) {
  let now = 0
  const done: number[] = []
  const work = paced({ monotonic: () => now }, async () => {
    done.push(now)
    now += costMs
  })
  return { work, done, pass: (milliseconds: number) => { now += milliseconds } }
}

test('is done at once while it takes at most a hundredth of the time', async () => {
  const { work, done, pass } = subject(10)
  await work.ask()
  pass(1_000)
  await work.ask()
  assert.equal(done, [0, 1_010])
  await work.flush()
  assert.is(done.length, 2)
})

test('is left for the flush, or the next time, when it would take more', async () => {
  const { work, done, pass } = subject(10)
  for (let count = 0; count < 5; count++) {
    await work.ask()
    pass(200)
  }
  assert.equal(done, [0])
  await work.ask()
  assert.equal(done, [0, 1_010])
  await work.ask()
  await work.flush()
  await work.flush()
  assert.equal(done, [0, 1_010, 1_020])
})

test('is never done twice at once', async () => {
  let running = 0
  let count = 0
  const work = paced({ monotonic: () => 0 }, async () => {
    running++
    await new Promise(setImmediate)
    assert.is(running--, 1)
    count++
  })
  await Promise.all([work.ask(), work.ask(), work.ask()])
  assert.is(count, 1)
  await Promise.all([work.ask(), work.flush()])
  assert.ok(count >= 2 && count <= 3)
})

test('a failure is told, and does not keep it from being done again', async () => {
  let fails = true
  const work = paced({ monotonic: () => 0 }, async () => { if (fails) throw new Error('full') })
  assert.is(await work.ask().then(() => '', (error: Error) => error.message), 'full')
  fails = false
  await work.ask()
})

test.run()
