import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { grouped } from '../../../core/model/grouped.ts'

const test = suite('numbers with thousands apart')

test('is what English writes, for every length', () => {
  for (const digits of '1'.repeat(15).split('').keys()) {
    for (const count of [10 ** digits, 10 ** digits - 1, 123_456_789_012_345 % 10 ** (digits + 1)]) {
      assert.is(grouped(count), count.toLocaleString('en-US'))
      assert.is(grouped(-count - 1), (-count - 1).toLocaleString('en-US'))
    }
  }
})

test.run()
