import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { joinKnowledge } from '../../../core/learning/index.ts'
import { knowledgeSchema, type Knowledge } from '../../../core/model/knowledge.ts'
import { seeded } from '../../support/checks.ts'

const test = suite('joining knowledge')

/** Few names, so that much meets; many runs, so that more are seen than are kept. */
function anything(random: () => number): Knowledge {
  const below = (count: number) => Math.floor(random() * count)
  const some = <Item>(most: number, make: () => Item): Item[] => Array.from({ length: below(most + 1) }, make)
  const time = () => `2026-01-0${1 + below(9)}T00:00:00.000Z`
  const word = () => 'abc'[below(3)]!
  const unique = <Item>(items: Item[], nameOf: (item: Item) => string): Item[] => [...new Map(items.map((item) => [nameOf(item), item])).values()]
  const seen = (most: number) => unique(some(most, () => ({ run: `r${below(40)}`, phase: word(), at: time() })), (one) => one.run)
  return knowledgeSchema.parse({
    version: 1, project: 'p',
    rules: unique(some(4, () => ({
      id: `00000000000${below(3)}`, class: word(), fingerprint: word(), title: word(), evidence: some(2, word), ...(random() < 0.5 && { check: word() }), touched: unique(some(3, word), String), scope: unique(some(2, word), String),
      runs: seen(30), promotedAt: time(), enabled: random() < 0.7,
    })), (rule) => rule.id),
    flakes: unique(some(4, () => ({ check: word(), test: word(), seen: 1 + below(5), lastAt: time() })), (flake) => flake.check + flake.test),
    buckets: unique(some(3, () => ({
      fingerprint: word(), class: word(), title: word(), blame: random() < 0.5 ? 'phase' : 'project', phases: seen(30), firstSeen: time(), lastSeen: time(), closed: { at: time(), by: random() < 0.5 ? word() : null, reason: random() < 0.5 ? word() : null },
    })), (bucket) => bucket.fingerprint),
  })
}

test('in any order, in any groups, however often: the same', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed)
    const [a, b, c] = [anything(random), anything(random), anything(random)] as [Knowledge, Knowledge, Knowledge]
    const ab = joinKnowledge(a, b)
    assert.equal(joinKnowledge(b, a), ab, `seed ${seed}: the order`)
    assert.equal(joinKnowledge(joinKnowledge(a, b), c), joinKnowledge(a, joinKnowledge(b, c)), `seed ${seed}: the groups`)
    assert.equal(joinKnowledge(ab, b), ab, `seed ${seed}: once more`)
    assert.equal(joinKnowledge(ab, ab), ab, `seed ${seed}: with itself`)
    assert.is(JSON.stringify(joinKnowledge(b, a)), JSON.stringify(ab), `seed ${seed}: as text`)
    assert.equal(knowledgeSchema.parse(ab), ab, `seed ${seed}: it is knowledge`)
    // Nothing that anybody knew is lost.
    for (const one of [a, b]) {
      for (const key of ['rules', 'flakes', 'buckets'] as const) assert.ok(ab[key].length >= one[key].length)
      for (const rule of one.rules) if (!rule.enabled) assert.is(ab.rules.find(({ id }) => id === rule.id)?.enabled, false, `seed ${seed}: off stays off`)
      for (const flake of one.flakes) assert.ok(ab.flakes.some(({ check, test: name, seen }) => check === flake.check && name === flake.test && seen >= flake.seen))
    }
  }
})

test.run()
