import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import type { Classification } from '../../../core/model/failure.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders, thrownBy } from './support.ts'
import type { OpenedStore } from './support.ts'

const test = suite('reviews in the store')
const folders = temporaryFolders()
test.after(() => folders.remove())

async function inReview(phases: readonly string[]): Promise<OpenedStore> {
  const opened = await newStore(folders.make())
  await opened.store.importPlan(plan('r', phases), 'x')
  for (const phase of phases) {
    const claim = claimed(await opened.store.claim(claimRequest(opened.owner(1), 'r', phase)))
    await opened.store.finish(claim, ending('review', 'REVIEW', { commit: `commit-of-${phase}` }))
  }
  return opened
}
const rejected: Classification = { class: 'review_rejected', fingerprint: 'v1-000000000000', confidence: 'high', title: 'no', evidence: [], blame: 'phase', action: { type: 'fail' }, classifier: 'built-in' }

test('an attempt that ends in REVIEW opens a review, which is listed until it is decided', async () => {
  const { store, runtime } = await inReview(['a', 'b'])
  const waiting = await store.reviews({ waiting: true })
  assert.equal(waiting.map((review) => [review.phase, review.attempt, review.commit, review.settled, review.decision]), [
    ['a', 1, 'commit-of-a', false, undefined], ['b', 1, 'commit-of-b', false, undefined],
  ])
  runtime.advance(1_000)
  const decided = await store.decideReview({ run: 'r', phase: 'a', decision: 'approve', by: 'ann', comments: 'good' })
  assert.equal([decided.type, decided.state], ['decided', 'QUEUED'])
  assert.equal((await store.reviews({ run: 'r', phase: 'a' }))[0]?.decision, { type: 'approve', by: 'ann', comments: 'good', at: runtime.now() })
  assert.equal((await store.reviews({ waiting: true })).map((review) => review.phase), ['b'])
  await store.close()
})

test('each decision and what becomes of the phase', async () => {
  const { store } = await inReview(['approve', 'reject', 'more'])
  for (const decision of ['approve', 'reject', 'more'] as const) await store.decideReview({ run: 'r', phase: decision, decision, by: 'ann', comments: '', classification: rejected })
  const phases = await store.phases({ run: 'r' })
  assert.equal(phases.map((phase) => [phase.id, phase.state, phase.charged, phase.class, phase.commit]), [
    ['approve', 'QUEUED', 0, undefined, 'commit-of-approve'],
    ['reject', 'FAILED', 1, 'review_rejected', 'commit-of-reject'],
    ['more', 'QUEUED', 0, undefined, undefined],
  ])
  assert.is((await store.attempts({ phase: 'reject' }))[0]?.classification?.title, 'no')
  assert.equal(Object.fromEntries((await store.reviews({})).map((review) => [review.phase, review.settled])), { approve: false, reject: true, more: false })
  await store.close()
})

test('the second is told who was first, whatever has become of the phase since', async () => {
  const { store, owner } = await inReview(['a'])
  await store.decideReview({ run: 'r', phase: 'a', decision: 'approve', by: 'ann', comments: '' })
  const second = await store.decideReview({ run: 'r', phase: 'a', decision: 'reject', by: 'bob', comments: '' })
  assert.equal(second.type === 'already-decided' && [second.state, second.review.decision?.by], ['QUEUED', 'ann'])
  const claim = claimed(await store.claim(claimRequest(owner(1), 'r', 'a')))
  await store.finish(claim, ending('complete', 'COMPLETE', { commit: 'c' }))
  const third = await store.decideReview({ run: 'r', phase: 'a', decision: 'reject', by: 'bob', comments: '' })
  assert.equal([third.type, third.state], ['already-decided', 'COMPLETE'])
  assert.is((await store.reviews({}))[0]?.settled, true)
  await store.close()
})

test('an approval holds until the phase completes or fails, not while it is only interrupted', async () => {
  const { store, owner } = await inReview(['a'])
  await store.decideReview({ run: 'r', phase: 'a', decision: 'approve', by: 'ann', comments: '' })
  await store.finish(claimed(await store.claim(claimRequest(owner(1), 'r', 'a'))), ending('interrupted', 'QUEUED'))
  assert.is((await store.reviews({}))[0]?.settled, false)
  await store.finish(claimed(await store.claim(claimRequest(owner(1), 'r', 'a'))), ending('failed', 'FAILED'))
  assert.is((await store.reviews({}))[0]?.settled, true)
  await store.close()
})

test('more: the next attempt has a review of its own', async () => {
  const { store, owner } = await inReview(['a'])
  await store.decideReview({ run: 'r', phase: 'a', decision: 'more', by: 'ann', comments: 'look further' })
  await store.finish(claimed(await store.claim(claimRequest(owner(1), 'r', 'a'))), ending('review', 'REVIEW', { commit: 'second' }))
  assert.equal((await store.reviews({ phase: 'a' })).map((review) => [review.attempt, review.commit, review.decision?.type]), [[1, 'commit-of-a', 'more'], [2, 'second', undefined]])
  assert.is((await store.decideReview({ run: 'r', phase: 'a', decision: 'approve', by: 'ann', comments: '' })).type, 'decided')
  await store.close()
})

test('what does not wait cannot be decided', async () => {
  const { store } = await newStore(folders.make())
  await store.importPlan(plan('r', ['a']), 'x')
  assert.equal(await store.decideReview({ run: 'r', phase: 'a', decision: 'approve', by: 'ann', comments: '' }), { type: 'not-waiting', state: 'QUEUED' })
  assert.is(((await thrownBy(store.decideReview({ run: 'r', phase: 'b', decision: 'approve', by: 'ann', comments: '' }))) as { code: string }).code, 'phase-unknown')
  await store.close()
})

test('a phase that came to REVIEW before reviews were kept can be decided', async () => {
  const dir = folders.make()
  mkdirSync(path.join(dir, 'runs'))
  const database = new DatabaseSync(path.join(dir, 'runs', 'autopack.db'))
  database.exec(readFileSync(path.join(import.meta.dirname, '../../fixtures/store/schema-2.sql'), 'utf8'))
  database.exec("update phases set state = 'REVIEW' where id = 'done'; update attempts set outcome = 'review', commit_id = 'c0ffee' where phase = 'done'")
  database.close()
  const { store } = await newStore(dir)
  assert.equal((await store.reviews({ waiting: true })).map((review) => [review.phase, review.attempt, review.commit]), [['done', 1, 'c0ffee']])
  assert.is((await store.decideReview({ run: 'shop-20251208', phase: 'done', decision: 'approve', by: 'ann', comments: '' })).type, 'decided')
  await store.close()
})

test('two processes decide the same phases: each has one decision, and the other process is told of it', async () => {
  const phases = Array.from({ length: 30 }, (_, index) => `phase-${index}`)
  const { store, layout } = await inReview(phases)
  const worker = path.join(import.meta.dirname, 'decide-worker.ts')
  const [ann, bob] = await Promise.all(['ann', 'bob'].map(async (by) =>
    JSON.parse((await promisify(execFile)(process.execPath, [worker, layout.runsDir, by])).stdout) as Record<string, string>))
  for (const review of await store.reviews({})) {
    const { phase, decision } = review
    assert.equal([ann![phase], bob![phase]], decision?.by === 'ann' ? ['decided', 'told of ann'] : ['told of bob', 'decided'])
    assert.is((await store.phase('r', phase))?.state, decision?.type === 'approve' ? 'QUEUED' : 'FAILED')
  }
  await store.close()
})

test.run()
