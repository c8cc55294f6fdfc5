import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createAfterwards } from '../../../core/pipeline/afterwards.ts'

const test = suite('afterwards')

test('work begins once the loop comes around, one after the other in the order in which it was added', async () => {
  const afterwards = createAfterwards()
  const done: string[] = []
  const first = afterwards.add(async () => {
    done.push('first begins')
    await new Promise(setImmediate)
    done.push('first ends')
    return 1
  })
  const second = afterwards.add(() => void done.push('second'))
  await Promise.resolve()
  assert.equal(done, [], 'nothing is done while whoever added it goes on')
  assert.is(await first, 1)
  await second
  assert.equal(done, ['first begins', 'first ends', 'second'])
})

test('what fails says so to who asks, and keeps nothing else from being done', async () => {
  const afterwards = createAfterwards()
  const done: string[] = []
  const failing = afterwards.add(() => { throw new Error('the disk is full') })
  void afterwards.add(() => void done.push('next'))
  await afterwards.settled()
  assert.equal(done, ['next'])
  assert.is(await failing.then(() => 'done', (error: Error) => error.message), 'the disk is full')
})

test('settled waits for what was added so far', async () => {
  const afterwards = createAfterwards()
  await afterwards.settled()
  let done = false
  void afterwards.add(async () => {
    await new Promise(setImmediate)
    done = true
  })
  await afterwards.settled()
  assert.ok(done)
})

test.run()
