import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fingerprintVersion } from '../../../core/failure/fingerprint.ts'
import { carryOver, fingerprintOf, isOfAnotherVersion, mapFingerprints, versionOf } from '../../../core/failure/index.ts'

const test = suite('versions of fingerprints')

const print = (version: number, name: string): string => `v${version}-${name.padEnd(12, '0')}`
const pair = (before: string, after: string) => ({ before, after })

test('the version is read from a fingerprint; what has none is left alone', () => {
  assert.is(versionOf(fingerprintOf({ class: 'a', tool: 'b', template: 'c' })), fingerprintVersion)
  assert.equal(['unknown', 'my-own', 'v1-short', 'v2-00000000000a'].map(versionOf), [undefined, undefined, undefined, 'v2'])
  assert.equal(['unknown', 'my-own', print(1, 'a'), print(2, 'a'), print(12, 'a')].map((one) => isOfAnotherVersion(one, 'v2')), [false, false, true, false, true])
})

test('old buckets are mapped by what their failures are now: renamed, split, merged', () => {
  const mapping = mapFingerprints([
    pair(print(2, 'a'), print(3, 'a')),
    pair(print(2, 'b'), print(3, 'b1')), pair(print(2, 'b'), print(3, 'b2')), pair(print(2, 'b'), print(3, 'b2')),
    pair(print(10, 'c'), print(3, 'a')), pair(print(1, 'd'), 'unknown'), pair(print(1, 'e'), 'unknown'),
    pair(print(3, 'f'), print(3, 'a')), pair('my-own', print(3, 'a')),
  ], 'v3')
  assert.equal([mapping.from, mapping.to], [['v1', 'v2', 'v10'], 'v3'])
  assert.equal(mapping.successors.get(print(2, 'a')), [{ fingerprint: print(3, 'a'), members: 1 }])
  assert.equal(mapping.splits, [{ from: print(2, 'b'), into: [{ fingerprint: print(3, 'b2'), members: 2 }, { fingerprint: print(3, 'b1'), members: 1 }] }])
  assert.equal(mapping.merges, [{ into: print(3, 'a'), from: [print(2, 'a'), print(10, 'c')] }])
  assert.equal([mapping.successors.has(print(3, 'f')), mapping.successors.has('my-own')], [false, false])
})

test('open buckets stay open under their new names, every part of a split one; what is lost is told', () => {
  const mapping = mapFingerprints([pair(print(1, 'a'), print(2, 'x')), pair(print(1, 'b'), print(2, 'x')), pair(print(1, 'b'), print(2, 'y')), pair(print(1, 'c'), 'unknown')], 'v2')
  const { open, lost } = carryOver([print(1, 'a'), print(1, 'b'), print(1, 'c'), print(1, 'e0'), print(2, 'z'), 'my-own'], mapping)
  assert.equal([...open], [[print(2, 'x'), [print(1, 'a'), print(1, 'b')]], [print(2, 'y'), [print(1, 'b')]], [print(2, 'z'), [print(2, 'z')]], ['my-own', ['my-own']]])
  assert.equal(lost, [print(1, 'c'), print(1, 'e0')])
})

test('law: no failure is lost, and where nothing has another version nothing is mapped', () => {
  let state = 11
  const next = (most: number): number => (state = (state * 48_271) % 2_147_483_647) % most
  for (let round = 0; round < 50; round++) {
    const pairs = Array.from({ length: next(40) }, () => pair(print(1 + next(2), String(next(6))), print(2, String(next(5)))))
    const mapping = mapFingerprints(pairs, 'v2')
    const members = [...mapping.successors.values()].flat().reduce((sum, one) => sum + one.members, 0)
    assert.is(members, pairs.filter((one) => one.before.startsWith('v1')).length, `round ${round}`)
    const { open, lost } = carryOver(mapping.successors.keys(), mapping)
    assert.equal([new Set([...open.values()].flat()).size, lost], [mapping.successors.size, []], `round ${round}`)
    assert.is(mapFingerprints(pairs.filter((one) => one.before.startsWith('v2')), 'v2').successors.size, 0)
  }
})

test.run()
