import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drainDefaults } from '../../../core/model/drain.ts'
import type { AttemptRecord, Claim } from '../../../core/store/store.ts'
import { overBudget, sumBefore, usedUp } from '../../../core/pipeline/budget.ts'

const test = suite('budgets of an attempt')

const usage = (tokens: number, cost = 0) => ({ inputTokens: tokens, outputTokens: 0, cost })
const attempt = (number: number, session: string, charged: boolean, tokens: number) => ({ number, session, charged, builderReached: true, usage: usage(tokens, tokens / 100) }) as AttemptRecord
const claim = (number: number, charged: number) => ({ number, session: 's', phase: { charged } }) as Claim
const before = (of: Claim, attempts: AttemptRecord[]) => sumBefore(of, attempts, { ...drainDefaults, assumedTokensPerAttempt: 50, assumedCostPerAttempt: 0.5 })
const request = (rules: object = {}) => ({ rules: { ...drainDefaults, maxTokens: { attempt: 100, phase: 150, drain: 1_000 }, maxCost: { attempt: 1, phase: 1.5, drain: 10 }, ...rules }, remaining: { tokens: 1_000, cost: 10 } })

test('what counts for a phase are the attempts since its last allowance', () => {
  assert.equal(before(claim(2, 2), [attempt(1, 's', true, 10)]), { tokens: 10, cost: 0.1 })
  assert.equal(before(claim(2, 1), [attempt(1, 'other', true, 10)]), { tokens: 0, cost: 0 }, 'a session gives a new allowance')
  assert.equal(before(claim(3, 1), [attempt(1, 's', true, 10), attempt(2, 's', false, 20)]), { tokens: 20, cost: 0.2 }, 'so does requeue; a usage limit was paid for all the same')
  assert.equal(before(claim(3, 2), [attempt(1, 's', true, 10), { ...attempt(2, 's', false, 0), usage: 'unknown' }]), { tokens: 60, cost: 0.6 }, 'what is unknown counts as the rules assume')
  assert.equal(before(claim(3, 2), [attempt(1, 's', true, 10), { ...attempt(2, 's', false, 0), usage: 'unknown', builderReached: false }]), { tokens: 10, cost: 0.1 })
})

test('the cap of the phase counts all of its attempts', () => {
  assert.is(overBudget(usage(90), { tokens: 60, cost: 0 }, request()), undefined)
  assert.is(overBudget(usage(91), { tokens: 60, cost: 0 }, request()), '151 tokens in all attempts of the phase, more than maxTokens.phase 150')
  assert.is(overBudget(usage(1, 0.9), { tokens: 0, cost: 0.7 }, request()), '$1.60 in all attempts of the phase, more than maxCost.phase $1.50')
  assert.is(overBudget(usage(101), { tokens: 0, cost: 0 }, request()), '101 tokens in one attempt, more than maxTokens.attempt 100')
  assert.is(overBudget('unknown', { tokens: 1_000, cost: 0 }, request()), undefined)
})

test('a phase whose cap is used up needs no builder', () => {
  assert.is(usedUp({ tokens: 149, cost: 0 }, request()), undefined)
  assert.is(usedUp({ tokens: 150, cost: 0 }, request()), 'earlier attempts spent 150 tokens of maxTokens.phase 150')
  assert.is(usedUp({ tokens: 0, cost: 1.5 }, request()), 'earlier attempts spent $1.50 of maxCost.phase $1.50')
})

test.run()
