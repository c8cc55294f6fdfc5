import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fold, noBuckets } from '../../../../core/drain/breaker/fold.ts'
import type { BreakerEvent, BreakerFact } from '../../../../core/model/bucket.ts'

const test = suite('an accepted phase')

const found = { fingerprint: 'v1-a', class: 'crash', title: 'It crashed', blame: 'project', confidence: 'high', flaky: false, onBase: false } as const
const attempt = (phase: string, outcome: 'failed' | 'complete'): BreakerFact => ({
  type: 'attempt', run: 'r', family: 'r', phase, attempt: 1, session: 's', host: 'h', checks: [], stage: 'build', outcome, builderReached: true, startedAt: 1, ...(outcome === 'failed' && { found }),
})
const after = (...facts: BreakerFact[]) => facts.reduce((state, fact, index) => fold(state, { ...fact, seq: index + 1, at: index + 1 } as BreakerEvent).state, noBuckets())
const bucketOf = (state: ReturnType<typeof noBuckets>) => state.buckets.get('v1-a')

test('is no member any more, and no evidence that the fault is over', () => {
  const failed = after(attempt('one', 'failed'), attempt('two', 'failed'))
  assert.ok(bucketOf(failed)!.opened !== undefined)
  const accepted = bucketOf(after(attempt('one', 'failed'), attempt('two', 'failed'), { type: 'accepted', run: 'r', phase: 'one' }))!
  assert.equal(accepted.members.map(({ phase }) => phase), ['two'])
  assert.equal(accepted.cells, bucketOf(failed)!.cells)
  assert.is(accepted.opened, bucketOf(failed)!.opened)
  // Who got past it says that it is over.
  assert.is(bucketOf(after(attempt('one', 'failed'), attempt('two', 'failed'), attempt('one', 'complete')))?.opened, undefined)
})

test('leaves its place as the probe to another', () => {
  const state = after(attempt('one', 'failed'), { type: 'requeue', run: 'r', phase: 'one', reason: 'again' }, { type: 'probe', fingerprints: ['v1-a'], run: 'r', phase: 'one' }, { type: 'accepted', run: 'r', phase: 'one' })
  assert.equal([bucketOf(state)?.probe, bucketOf(state)?.asked, bucketOf(state)?.cells.length], [undefined, undefined, bucketOf(after(attempt('one', 'failed')))!.cells.length])
})

test.run()
