import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprintOf } from '../../../core/failure/index.ts'
import type { Classification } from '../../../core/model/failure.ts'
import { findBucket } from '../../../core/project/bucket-members.ts'

const test = suite('members of a bucket')

const today = (name: string): string => fingerprintOf({ class: 'x', tool: 'y', template: name })
const old = (name: string): string => today(name).replace(/^v\d+-/, 'v0-')
const failure = (fingerprint: string, now = fingerprint) => ({ now, classification: { fingerprint } as Classification })
const find = (failures: ReturnType<typeof failure>[], wanted: string) => findBucket(failures, wanted, async (one) => one.now)

test('today’s failures are found by whole or beginning, with or without the version', async () => {
  const failures = [failure(today('a')), failure(today('b')), failure(today('a'))]
  for (const wanted of [today('a'), today('a').slice(0, 9), today('a').slice(3, 9)]) {
    const found = await find(failures, wanted)
    assert.equal(found.type === 'found' && [found.fingerprint, found.members.length, found.successors, found.formerly], [today('a'), 2, [], []])
  }
  assert.equal((await find(failures, 'v1-')).type, 'ambiguous')
  assert.equal(await find(failures, 'zz'), { type: 'ambiguous', known: [] })
  assert.equal((await find(failures, '')).type, 'ambiguous')
})

test('a whole fingerprint that begins another one is meant itself', async () => {
  const found = await find([failure('lock'), failure('lock of anna')], 'lock')
  assert.equal(found.type === 'found' && found.members.length, 1)
})

test('an old fingerprint leads to its failures and to those stored since, and the other way round', async () => {
  const failures = [failure(old('a'), today('b')), failure(today('b')), failure(today('c'))]
  const byOld = await find(failures, old('a'))
  assert.equal(byOld.type === 'found' && [byOld.members.length, byOld.successors, byOld.formerly], [2, [{ fingerprint: today('b'), members: 1 }], []])
  const byNew = await find(failures, today('b'))
  assert.equal(byNew.type === 'found' && [byNew.members.length, byNew.successors, byNew.formerly], [2, [], [old('a')]])
})

test('of an old bucket that is several today, only its own failures; each part finds its own', async () => {
  const failures = [failure(old('a'), today('b')), failure(old('a'), today('c')), failure(today('b'))]
  const byOld = await find(failures, old('a'))
  assert.equal(byOld.type === 'found' && [byOld.members.length, byOld.successors.length], [2, 2])
  const byNew = await find(failures, today('c'))
  assert.equal(byNew.type === 'found' && [byNew.members.length, byNew.formerly], [1, [old('a')]])
})

test('failures of this version are not classified again', async () => {
  const found = await findBucket([failure(today('a')), failure('unknown'), failure('my-own')], today('a'), async () => { throw new Error('asked') })
  assert.is(found.type, 'found')
})

test.run()
