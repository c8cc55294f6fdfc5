import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { count, noCounters, stopByRules } from '../../../core/drain/counters.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import type { PhaseResult } from '../../../core/model/phase-result.ts'
import { totalTokens, type Usage } from '../../../core/model/usage.ts'
import { countedSpending } from '../../../core/telemetry/spending.ts'
import { generator } from '../store/support.ts'

const test = suite('spending')

const assumed = { assumedTokensPerAttempt: 1_000, assumedCostPerAttempt: 0.5 }

test('unknown is never 0, except where no builder was started', () => {
  const counted = (usage: Usage, builderReached = true) => countedSpending({ usage, builderReached }, assumed)
  assert.equal(counted('unknown'), { tokens: 1_000, cost: 0.5 })
  assert.equal(counted('unknown', false), { tokens: 0, cost: 0 })
  assert.equal(counted({ inputTokens: 5, outputTokens: 5, cost: 0.01 }), { tokens: 10, cost: 0.01 })
  assert.equal(counted({ inputTokens: 5, outputTokens: 5 }), { tokens: 10, cost: 0.5 }, 'tokens without a price')
  assert.equal(counted({ inputTokens: 5, outputTokens: 5, cost: 2, unpricedTokens: 4 }), { tokens: 10, cost: 2 }, 'some tokens without a price')
  assert.equal(counted({ inputTokens: 5, outputTokens: 5, cost: 0.01, unpricedTokens: 4 }), { tokens: 10, cost: 0.5 }, 'never less than what stands for all')
  assert.equal(counted({ inputTokens: 0, outputTokens: 0 }), { tokens: 0, cost: 0 }, 'no model was asked')
})

test('whatever builders tell, a drain counts at least what is known and one assumption for each attempt that tells nothing, and its caps stop it', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = generator(seed)
    const rules = {
      ...drainDefaults, assumedTokensPerAttempt: 1 + Math.floor(random() * 500), assumedCostPerAttempt: 0.01 + random(),
      maxTokens: { ...drainDefaults.maxTokens, drain: 2_000 }, maxCost: { ...drainDefaults.maxCost, drain: 3 },
    }
    let counters = noCounters()
    const known = { tokens: 0, cost: 0 }
    let silent = 0
    for (let attempts = 0; !stopByRules(counters, rules, undefined); attempts++) {
      const usage: Usage = random() < 0.5 ? 'unknown' : { inputTokens: Math.floor(random() * 200), outputTokens: 0, ...(random() < 0.5 && { cost: random() / 10 }) }
      const builderReached = random() < 0.9
      counters = count(counters, 'r', { type: 'ended', outcome: 'failed', usage, builderReached, charged: true, yield: { testsFixed: 0, deliverables: 0 } } as Extract<PhaseResult, { type: 'ended' }>, rules)
      known.tokens += totalTokens(usage) ?? 0
      known.cost += usage === 'unknown' ? 0 : (usage.cost ?? 0)
      if (usage === 'unknown' && builderReached) silent++
      assert.ok(attempts < 100_000, `seed ${seed}: no cap stops it`)
    }
    const expected = known.tokens + silent * rules.assumedTokensPerAttempt
    assert.is(counters.tokens, expected, `seed ${seed}: tokens`)
    assert.ok(counters.cost >= known.cost + silent * rules.assumedCostPerAttempt - 1e-9, `seed ${seed}: $${counters.cost} of $${known.cost} and ${silent} silent attempts`)
    assert.is(counters.unknownUsage, silent, `seed ${seed}: silent attempts`)
    // No attempt more than it takes to reach a cap.
    const before = (silent - 1) * rules.assumedTokensPerAttempt
    assert.ok(before < rules.maxTokens.drain, `seed ${seed}: ${silent} silent attempts under a cap of ${rules.maxTokens.drain}`)
  }
})

test('the stop says what was assumed', () => {
  const counters = { ...noCounters(), tokens: 20_000_000, unknownUsage: 3 }
  assert.is(stopByRules(counters, drainDefaults, undefined)?.detail, '20000000 tokens of 20000000 (maxTokens.drain), 3 attempts of unknown usage counted as 50000 tokens each (assumedTokensPerAttempt)')
  assert.is(stopByRules({ ...counters, unknownUsage: 0 }, drainDefaults, undefined)?.detail, '20000000 tokens of 20000000 (maxTokens.drain)')
  const dear = { ...noCounters(), cost: 50, unpriced: 1 }
  assert.is(stopByRules(dear, drainDefaults, undefined)?.detail, '$50.00 of $50 (maxCost.drain), 1 attempt with tokens without a price counted as at least $0.25 each (assumedCostPerAttempt)')
  assert.match(stopByRules({ ...dear, unknownUsage: 2 }, drainDefaults, undefined)?.detail ?? '', ', 2 attempts of unknown usage and 1 attempt with tokens without a price counted as at least $0.25 each')
})

test.run()
