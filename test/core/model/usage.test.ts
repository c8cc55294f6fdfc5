import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addUsage, sumUsage, totalTokens, unpricedPart, wholeCost, type Usage } from '../../../core/model/usage.ts'
import { generator } from '../store/support.ts'

const test = suite('usage')

test('a sum keeps what is known, and says beside it what is not', () => {
  const priced: Usage = { inputTokens: 1_000, outputTokens: 200, cost: 1.2, turns: 2 }
  const unpriced: Usage = { inputTokens: 2_500, outputTokens: 500, model: 'local/own' }
  assert.equal(addUsage(priced, unpriced), { inputTokens: 3_500, outputTokens: 700, cost: 1.2, unpricedTokens: 3_000, unpricedModels: ['local/own'], turns: 2 })
  assert.equal(addUsage(addUsage(priced, unpriced), unpriced), { inputTokens: 6_000, outputTokens: 1_200, cost: 1.2, unpricedTokens: 6_000, unpricedModels: ['local/own'], turns: 2 })
  assert.equal(addUsage(priced, 'unknown'), { ...priced, incomplete: true })
  assert.equal(addUsage('unknown', priced), { ...priced, incomplete: true })
  assert.is(addUsage('unknown', 'unknown'), 'unknown')
  assert.equal(addUsage(undefined, priced), priced)
  assert.equal(addUsage(priced, { inputTokens: 0, outputTokens: 0 }), priced, 'where no model was asked, no price is missing')
})

test('an attempt that started no builder leaves nothing unknown', () => {
  const known: Usage = { inputTokens: 5, outputTokens: 5, cost: 0.01 }
  assert.equal(sumUsage([{ usage: 'unknown', builderReached: false }, { usage: known, builderReached: true }]), known)
  assert.equal(sumUsage([{ usage: 'unknown', builderReached: true }, { usage: known, builderReached: true }]), { ...known, incomplete: true })
  assert.is(sumUsage([]), 'unknown')
  assert.is(sumUsage([{ usage: 'unknown', builderReached: false }]), 'unknown')
})

test('whatever is added in whatever order: no token and no dollar is lost, and the cost is whole only where every part is', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = generator(seed)
    const parts = Array.from({ length: 1 + Math.floor(random() * 6) }, (): Usage => {
      if (random() < 0.2) return 'unknown'
      const tokens = { inputTokens: Math.floor(random() * 100), outputTokens: Math.floor(random() * 10) }
      // In cents that binary fractions hold, so that the order of a sum makes no difference.
      return { ...tokens, ...(random() < 0.5 && { cost: Math.floor(random() * 64) / 64 }) }
    })
    const known = parts.filter((part) => part !== 'unknown')
    const add = (all: readonly Usage[]) => all.reduce<Usage | undefined>(addUsage, undefined)!
    const sum = add(parts)
    assert.equal(add(parts.toReversed()), sum, `seed ${seed}: order`)
    const [first, ...others] = parts
    assert.equal(others.length === 0 ? first : addUsage(first, add(others)), sum, `seed ${seed}: grouping`)
    if (sum === 'unknown') {
      assert.is(known.length, 0, `seed ${seed}`)
      continue
    }
    assert.is(totalTokens(sum), known.reduce((total, part) => total + totalTokens(part)!, 0), `seed ${seed}: tokens`)
    assert.is(sum.cost ?? 0, known.reduce((total, part) => total + (part.cost ?? 0), 0), `seed ${seed}: cost`)
    assert.is(unpricedPart(sum)?.tokens ?? 0, known.reduce((total, part) => total + (part.cost === undefined ? totalTokens(part)! : 0), 0), `seed ${seed}: tokens without a price`)
    assert.is(sum.incomplete ?? false, known.length < parts.length, `seed ${seed}: a part that is not known`)
    const isWhole = known.length === parts.length && known.every((part) => part.cost !== undefined || totalTokens(part) === 0) && known.some((part) => part.cost !== undefined)
    assert.is(wholeCost(sum) !== undefined, isWhole, `seed ${seed}: ${JSON.stringify(parts)}`)
  }
})

test.run()
