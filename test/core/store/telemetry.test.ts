import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Classification } from '../../../core/model/failure.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('telemetry in the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

const usage = { inputTokens: 10, outputTokens: 5, cost: 0.01 }
const classification: Classification = { class: 'test_failed', fingerprint: 'v1-3f9c2a71b04d', confidence: 'high', title: 't', evidence: [], blame: 'phase', action: { type: 'fail' }, classifier: 'built-in' }

test('what an attempt was expected to cost and what it brought are on record with its claim and its end', async () => {
  const { store, runtime, owner } = await newStore(folders.make())
  await store.importPlan(plan('shop-20251208', ['a', 'b']), 'a.json')
  await store.importPlan(plan('other', ['a']), 'b.json')
  const estimate = { basis: 'run', attempts: 3, tokens: 100, durationMs: 5_000 } as const
  const asked: string[] = []
  const first = claimed(await store.claim({ ...claimRequest(owner(1), 'shop-20251208', 'a'), expect: (run, phase) => { asked.push(`${run.family}/${phase}`); return estimate } }))
  assert.equal(await store.telemetry({}), [], 'an attempt that is under way has brought nothing yet')
  runtime.advance(1_000)
  const brought = { testsFixed: 2, testsBroken: 1, deliverables: 3 }
  await store.finish(first, ending('failed', 'FAILED', { usage, yield: brought, classification }))
  const began = runtime.now()
  const second = claimed(await store.claim({ ...claimRequest(owner(1), 'other', 'a'), session: 's2', expect: () => undefined }))
  await store.finish(second, ending('usage-limit', 'QUEUED', { charged: false, builderReached: false }))
  assert.equal(asked, ['shop/a'])
  const [one, two] = await store.telemetry({})
  assert.equal(one, {
    attemptId: first.attemptId, run: 'shop-20251208', family: 'shop', phase: 'a', number: 1, session: 's1', charged: true, outcome: 'failed', builderReached: true, usage,
    startedAt: began - 1_000, endedAt: began, yield: brought, estimate, class: 'test_failed', fingerprint: 'v1-3f9c2a71b04d',
  })
  assert.equal([two?.run, two?.charged, two?.builderReached, two?.usage, two?.yield, two?.estimate, two?.class], ['other', false, false, 'unknown', { testsFixed: 0, testsBroken: 0, deliverables: 0 }, undefined, undefined])
  const ids = async (filter: Parameters<typeof store.telemetry>[0]) => (await store.telemetry(filter)).map((attempt) => attempt.run)
  assert.equal([await ids({ session: 's2' }), await ids({ runs: ['shop-20251208'] }), await ids({ since: began }), await ids({ limit: 1 })], [['other'], ['shop-20251208'], ['other'], ['other']])
  assert.equal(await ids({ since: began + 1 }), [])
  runtime.advance(1_000)
  await store.grantAllowance('s3')
  const third = claimed(await store.claim({ ...claimRequest(owner(1), 'shop-20251208', 'b'), session: 's3' }))
  await store.finish(third, ending('complete', 'COMPLETE'))
  assert.equal(await ids({ session: 's3' }), ['shop-20251208'], 'a session looks back to where it began')
  await store.close()
})

test.run()
