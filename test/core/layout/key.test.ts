import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { caselessKeyFor, foldKey, isSafeKey, keyFor, takenKeys } from '../../../core/layout/key.ts'

const test = suite('layout keys')

/** mulberry32: small, seeded, good enough to mix inputs. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const pieces = [
  'a', 'A', 'b', 'B', 'run', 'Run', '1', '10', '-', '_', '.', '..', '/', '\\', ' ', ':', '*', '?', '"', '<', '>', '|', '~', '^', '[', '@', '{', '+', '#', '%',
  'con', 'NUL', 'com1', 'LPT9', '.lock', 'é', 'e\u0301', 'ß', 'SS', 'ſ', 'K', '日本', 'й', 'и\u0306', '\u200b', '🚀', '\ud800', '\u3164', 'İ', 'ﬁ', 'x'.repeat(60), '語'.repeat(30),
]

function ids(seed: number, count: number): string[] {
  const random = generator(seed)
  const found = new Set<string>()
  while (found.size < count) {
    const length = 1 + Math.floor(random() * 5)
    found.add(Array.from({ length }, () => pieces[Math.floor(random() * pieces.length)]).join(''))
  }
  return [...found]
}

test('ordinary ids stay as they are', () => {
  for (const id of ['fileorg-p2-20251208', 'fileorg-p2-frontend-build', 'phase_1', 'v1.2.3', 'Überblick', '日本語', 'autopack-1733616000'])
    assert.is(keyFor(id), id)
})

test('a/b and a-b never collide, in either order', () => {
  assert.is(keyFor('a-b'), 'a-b')
  assert.match(keyFor('a/b'), /^a-b\+[0-9a-f]{10}$/)
  assert.is.not(keyFor('a/b'), keyFor('a\\b'))
  assert.is.not(keyFor(keyFor('a/b')), keyFor('a/b'), 'an id that spells a hashed key')
})

test('names that some system reserves are hashed', () => {
  for (const id of ['con', 'CON', 'nul.txt', 'com1', 'LPT9.log', 'COM¹', 'trailing.', '.hidden', '-flag', 'a..b', 'main.lock', '..', '.', 'a b', 'a~1', 'CONIN$'])
    assert.match(keyFor(id), /\+[0-9a-f]{10}$/, id)
  assert.is(keyFor('console'), 'console')
})

test('laws over many ids in one folder', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const taken = takenKeys([])
    const folds = new Set<string>()
    for (const id of ids(seed, 400)) {
      const key = keyFor(id, taken)
      const at = `seed ${seed}, id ${JSON.stringify(id)}, key ${JSON.stringify(key)}`
      assert.not.ok(folds.has(foldKey(key)), `unique ignoring case: ${at}`)
      assert.ok(key === id ? isSafeKey(id) : /^[^/\\:*?"<>|\s]+\+[0-9a-f]+$/.test(key), `equal or hashed: ${at}`)
      assert.ok(Buffer.byteLength(key) <= 100, `bounded: ${at}`)
      assert.is(key, key.normalize('NFC'), `normalised: ${at}`)
      assert.not.match(key, /[\u0000-\u001f/\\:*?"<>|~^[\] {}]|\.\.|\.$|^[.-]|^$/, `safe: ${at}`)
      assert.not.match(key, /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i, `no device: ${at}`)
      taken.add(key)
      folds.add(foldKey(key))
    }
  }
})

test('without knowing its neighbours, a key is still never shared by two ids', () => {
  for (const seed of [11, 12, 13]) {
    const all = ids(seed, 400)
    for (const name of [keyFor, caselessKeyFor]) {
      const keys = all.map((id) => name(id))
      assert.is(new Set(keys).size, keys.length, `seed ${seed}`)
    }
    const folds = all.map((id) => foldKey(caselessKeyFor(id)))
    assert.is(new Set(folds).size, folds.length, `ignoring case, seed ${seed}`)
  }
})

test('a key is a function of the id and what is taken', () => {
  for (const id of ids(21, 200)) assert.is(keyFor(id), keyFor(id))
  const taken = takenKeys(['Report'])
  assert.match(keyFor('report', taken), /^report\+[0-9a-f]{10}$/)
  assert.is(keyFor('report', taken), keyFor('report', taken))
  const first = keyFor('report', taken)
  assert.match(keyFor('report', takenKeys(['Report', first])), /^report\+[0-9a-f]{20}$/, 'a taken hash gets longer')
  assert.throws(() => keyFor('report', () => true), /every key of the id "report" is taken/)
})

test.run()
