import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { nearest } from '../../core/nearest.ts'

const test = suite('nearest')

test('a slip finds the name that was meant', () => {
  const known = ['checks', 'plans', 'project', 'one']
  for (const [given, meant] of [['chekcs', 'checks'], ['plan', 'plans'], ['PROJECT', 'project'], ['oen', 'one'], ['noe', 'one'], ['on', 'one']] as const) assert.is(nearest(given, known), meant, given)
})

test('what is far from everything finds nothing', () => {
  for (const given of ['', 'eno', 'xyz', 'builder', 'chk']) assert.is(nearest(given, ['checks', 'plans', 'one']), undefined, given)
})

test.run()
