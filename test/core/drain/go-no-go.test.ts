import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { goNoGo, type JudgedAttempt } from '../../../core/drain/go-no-go.ts'

const test = suite('go/no-go')

const fine: JudgedAttempt = { run: 'r', phase: 'p', charged: true, outcome: 'complete', builderReached: true, usage: 'unknown', yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 } }
/** Attempts at as many phases: of each kind so many. */
const attempts = (kinds: readonly (readonly [number, Partial<JudgedAttempt>])[]): JudgedAttempt[] =>
  kinds.flatMap(([count, more], kind) => Array.from({ length: count }, (_, index) => ({ ...fine, phase: `${kind}-${index}`, ...more })))
const failed = (name: string): Partial<JudgedAttempt> => ({ outcome: 'failed', class: name })

test('fewer than 20 charged attempts are insufficient, whatever they say', () => {
  assert.is(goNoGo([]).verdict, 'insufficient')
  assert.is(goNoGo(attempts([[19, {}]])).verdict, 'insufficient')
  assert.is(goNoGo(attempts([[19, {}], [5, { charged: false }]])).verdict, 'insufficient', 'a usage limit is not charged, and says nothing')
  assert.is(goNoGo(attempts([[20, {}]])).verdict, 'go')
})

test('one import-time failure is a no, and so is 5 % at collection', () => {
  assert.equal([goNoGo(attempts([[99, {}], [1, failed('import_crash')]])).verdict, goNoGo(attempts([[99, {}], [1, failed('syntax_error')]])).verdict], ['no-go', 'no-go'])
  assert.is(goNoGo(attempts([[96, {}], [4, failed('collection_error')]])).verdict, 'go')
  const { verdict, reason, criteria } = goNoGo(attempts([[95, {}], [5, failed('missing_dependency')]]))
  assert.equal([verdict, reason], ['no-go', '5 % failed at collection (below 5 % allowed)'])
  assert.equal(criteria.find((one) => one.name === 'collection-share'), { name: 'collection-share', value: 0.05, limit: 0.05, met: false })
})

test('more than 60 % of the phases must have events: what a builder left a trace of', () => {
  const silent: Partial<JudgedAttempt> = { ...failed('builder_error') }
  assert.is(goNoGo(attempts([[12, {}], [8, silent]])).verdict, 'no-go', 'exactly 60 % is not above it')
  assert.is(goNoGo(attempts([[13, {}], [7, silent]])).verdict, 'go')
  assert.is(goNoGo(attempts([[12, {}], [8, { ...silent, usage: { inputTokens: 1, outputTokens: 1 } }]])).verdict, 'go', 'what a builder spent is an event')
  assert.is(goNoGo(attempts([[12, {}], [8, { ...silent, yield: { testsFixed: 1, testsBroken: 3, deliverables: 0 } }]])).verdict, 'go')
  assert.is(goNoGo(attempts([[12, {}], [8, { ...silent, builderReached: false, usage: { inputTokens: 1, outputTokens: 1 } }]])).verdict, 'no-go')
  // Two attempts at one phase are one phase.
  assert.is(goNoGo([...attempts([[10, {}], [6, silent]]), ...attempts([[10, {}]])]).criteria[2]!.value, 10 / 16)
})

test('the reason tells every criterion of a go, and only what is missing of a no', () => {
  assert.is(goNoGo(attempts([[20, {}]])).reason, '0 import-time failures (0 allowed), 0 % failed at collection (below 5 % allowed), 100 % of the phases have events (above 60 % needed)')
  assert.is(goNoGo(attempts([[1, {}]])).reason, '1 charged attempt ended; fewer than 20 say nothing of a larger batch')
})

test.run()
