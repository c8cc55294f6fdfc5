import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Attempt } from '../../../core/pipeline/attempt.ts'
import { setupFailures, type FailedSetup } from '../../../core/pipeline/setup-failures.ts'

const test = suite('setups that failed in a drain')
const error = new Error('npm ci failed')

function drain() {
  const failedSetups = new Map<string, FailedSetup>()
  const clock = { now: 0 }
  const of = (phase: string, request: Partial<Attempt['request']> = {}) => setupFailures({
    engine: { failedSetups, runtime: { now: () => clock.now } }, claim: { run: { id: 'r' }, phase: { id: phase } }, request, warnings: [],
  } as unknown as Attempt)
  of('one').failed('key tree', error)
  return { of, clock }
}

test('are told to every other phase once: who is tried again runs it anew, and so does who has other files', () => {
  const { of } = drain()
  assert.is(of('one').find('key tree'), undefined, 'its own second try')
  assert.is(of('two').find('key tree'), error)
  assert.is(of('two').find('key tree'), undefined)
  assert.is(of('three').find('key another-tree'), undefined)
  // It ran again for the second phase: the first, and those that come, know already.
  of('two').failed('key tree', error)
  assert.equal([of('one').find('key tree'), of('three').find('key tree')], [undefined, error])
})

test('are forgotten once it went well, and looked at anew by a probe some time later', () => {
  const { of, clock } = drain()
  const probe = { probes: [{ fingerprint: 'v1-a' }] }
  assert.is(of('two', probe).find('key tree'), error, 'a moment ago')
  clock.now = 10 * 60_000
  assert.is(of('three', probe).find('key tree'), undefined)
  assert.is(of('four').find('key tree'), error)
  of('three').made('key tree')
  assert.is(of('five').find('key tree'), undefined)
})

test.run()
