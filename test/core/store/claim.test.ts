import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { DatabaseSync } from 'node:sqlite'
import { clockToleranceMs } from '../../../core/store/lease.ts'
import { FencedError } from '../../../core/store/store.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders, thrownBy } from './support.ts'

const test = suite('claims')
const folders = temporaryFolders()
test.after(() => folders.remove())

async function withPlan() {
  const opened = await newStore(folders.make())
  await opened.store.importPlan(plan('r', ['one', 'two']), 'runs/r.yaml')
  const claim = async (phase: string, pid = 1, more: object = {}) => opened.store.claim({ ...claimRequest(opened.owner(pid), 'r', phase), ...more })
  return { ...opened, claim }
}

test('a claim writes the attempt, takes the lease and moves the state', async () => {
  const { store, claim, owner } = await withPlan()
  const got = claimed(await claim('one'))
  assert.is(got.number, 1)
  const phase = await store.phase('r', 'one')
  assert.is(phase?.state, 'EXECUTING')
  assert.equal([phase?.charged, phase?.chargedEver, phase?.attempts], [1, 1, 1])
  const [attempt] = await store.attempts({ run: 'r' })
  assert.is(attempt?.id, got.attemptId)
  assert.equal(attempt?.owner, owner(1))
  assert.ok(attempt?.charged && !attempt.builderReached && attempt.endedAt === undefined)
  assert.is((await store.runs())[0]?.state, 'running')
  assert.equal(await claim('two', 2), { type: 'leased', owner: owner(1), expiresAt: got.startedAt + 60_000 })
  assert.equal(await claim('one', 2), { type: 'not-claimable', reason: 'it is EXECUTING' })
  assert.equal(await claim('three'), { type: 'not-claimable', reason: 'there is no such phase' })
  await store.close()
})

test('the notes of an attempt are kept, and its end frees the run', async () => {
  const { store, claim } = await withPlan()
  const got = claimed(await claim('one'))
  await store.setStage(got, 'build')
  await store.setBase(got, 'c0ffee', '/w/r')
  await store.recordProcess(got, { pid: 7, startTime: 'x' })
  await store.recordProcess(got, { pid: 8, startTime: 'y' })
  await store.setBuilderReached(got)
  assert.is((await store.phase('r', 'one'))?.stage, 'build')
  const classification = { class: 'test_failed', fingerprint: 'v1-1', confidence: 'high', title: 'a fails', evidence: [], blame: 'phase', action: { type: 'fail' }, classifier: 'built-in' } as const
  await store.finish(got, ending('failed', 'FAILED', { classification: { ...classification, evidence: [] }, usage: { inputTokens: 3, outputTokens: 4 } }))
  const [attempt] = await store.attempts({ id: got.attemptId })
  assert.equal(attempt?.processes, [{ pid: 7, startTime: 'x' }, { pid: 8, startTime: 'y' }])
  assert.equal([attempt?.baseCommit, attempt?.worktree, attempt?.outcome, attempt?.builderReached], ['c0ffee', '/w/r', 'failed', true])
  assert.equal(attempt?.usage, { inputTokens: 3, outputTokens: 4 })
  const phase = await store.phase('r', 'one')
  assert.equal([phase?.state, phase?.class, phase?.fingerprint, phase?.title], ['FAILED', 'test_failed', 'v1-1', 'a fails'])
  assert.is((await claim('two', 2)).type, 'claimed')
  await store.close()
})

test('a lease that was taken over fences every write of the old claim', async () => {
  const { store, runtime, claim, owner } = await withPlan()
  const old = claimed(await claim('one'))
  runtime.advance(60_001)
  assert.equal((await store.orphans(() => true)).map((attempt) => attempt.id), [old.attemptId])
  const taken = await store.takeOver(old.attemptId, owner(2), 60)
  assert.is(taken?.fencingToken, old.fencingToken + 1)
  assert.is(await store.takeOver(old.attemptId, owner(3), 60), undefined, 'somebody was faster')
  const writes = [
    store.setStage(old, 'build'), store.setBase(old, 'a', 'b'), store.recordProcess(old, { pid: 1, startTime: 'x' }), store.setBuilderReached(old),
    store.heartbeat(old, 60), store.assertCurrent(old), store.finish(old, ending('complete', 'COMPLETE')),
  ]
  for (const write of writes) assert.instance(await thrownBy(write), FencedError)
  assert.is((await store.phase('r', 'one'))?.state, 'EXECUTING')
  await store.finish(taken!, ending('interrupted', 'QUEUED', { charged: false }))
  assert.is((await store.phase('r', 'one'))?.charged, 1, 'recovery never un-charges')
  assert.instance(await thrownBy(store.finish(taken!, ending('complete', 'COMPLETE'))), FencedError, 'an attempt ends once')
  await store.close()
})

test('a lease is kept by its heartbeat, taken at once from the dead of this host, and after expiry from others', async () => {
  const { store, runtime, dead, claim, owner } = await withPlan()
  const first = claimed(await claim('one'))
  runtime.advance(59_000)
  await store.heartbeat(first, 60)
  runtime.advance(59_000)
  assert.is((await claim('two', 2)).type, 'leased')
  assert.is(await store.takeOver(first.attemptId, owner(2), 60), undefined)
  dead.add(1)
  assert.equal((await store.orphans((one) => !dead.has(one.pid))).length, 1)
  assert.equal(await claim('two', 2), { type: 'abandoned', attemptId: first.attemptId }, 'its builder may be at work in the worktree of the run')
  const orphan = (await store.takeOver(first.attemptId, owner(2), 60))!
  assert.is(orphan.fencingToken, first.fencingToken + 1)
  assert.instance(await thrownBy(store.assertCurrent(first)), FencedError)
  assert.is((await claim('two', 3)).type, 'leased', 'not while somebody ends it')
  await store.finish(orphan, ending('interrupted', 'QUEUED'))
  await store.finish(claimed(await claim('two', 2)), ending('complete', 'COMPLETE'))
  const foreign = claimed(await claim('one', 1, { owner: { host: 'elsewhere', pid: 1, startTime: 'x' } }))
  assert.is((await store.orphans(() => false)).length, 0, 'nobody here can tell of another host')
  runtime.advance(60_001 + clockToleranceMs)
  assert.equal((await store.orphans(() => true)).map((attempt) => attempt.id), [foreign.attemptId])
  await store.close()
})

test('attempts are charged, deferrals are not, a new session allows anew, the cap is lifted by requeue alone', async () => {
  const { store, runtime, claim } = await withPlan()
  const fail = async () => store.finish(claimed(await claim('one')), ending('failed', 'FAILED'))
  const counts = async () => {
    const phase = await store.phase('r', 'one')
    return [phase?.charged, phase?.chargedEver, phase?.attempts]
  }
  await store.finish(claimed(await claim('one')), ending('usage-limit', 'QUEUED', { charged: false, notBefore: runtime.now() + 1_000 }))
  assert.equal(await counts(), [0, 0, 1])
  assert.match(JSON.stringify(await claim('one')), /deferred until 2025-/)
  runtime.advance(1_000)
  await fail()
  assert.equal(await claim('one'), { type: 'not-claimable', reason: 'it is FAILED' })
  const failAgain = async () => store.finish(claimed(await claim('one', 1, { requeueFailed: true })), ending('failed', 'FAILED'))
  await failAgain()
  assert.equal(await claim('one', 1, { requeueFailed: true }), { type: 'not-claimable', reason: 'it has used its 2 attempts' })
  assert.is((await store.phase('r', 'one'))?.state, 'FAILED', 'what is not claimed is not queued either')
  await store.grantAllowance('s2')
  assert.equal(await counts(), [0, 2, 3])
  await failAgain()
  await store.grantAllowance('s2')
  assert.equal(await counts(), [1, 3, 4], 'a resumed session has had its allowance')
  assert.match(JSON.stringify(await claim('one', 1, { absoluteCap: 3, requeueFailed: true })), /cap of 3 attempts/)
  await store.requeue('r', 'one', { reason: 'mended' })
  assert.equal(await counts(), [0, 0, 4], 'numbers never restart')
  await store.close()
})

test('after twenty uncharged attempts they count', async () => {
  const { store, claim } = await withPlan()
  for (let count = 0; count < 21; count++) await store.finish(claimed(await claim('one')), ending('deferred', 'QUEUED', { charged: false }))
  assert.is((await store.phase('r', 'one'))?.charged, 1)
  assert.is((await store.attempts({ phase: 'one' })).filter((attempt) => attempt.charged).length, 1)
  await store.close()
})

test('a claim that could not be made ready does not spoil those after it', async () => {
  const dir = folders.make()
  const first = await newStore(dir)
  await first.store.importPlan(plan('r', ['one']), 'runs/r.yaml')
  const other = new DatabaseSync(first.layout.database)
  other.exec('alter table breaker_events rename to away')
  const { store, owner } = await newStore(dir)
  const claim = () => store.claim(claimRequest(owner(1), 'r', 'one'))
  assert.match(String(await thrownBy(claim())), /no such table: breaker_events/)
  other.exec('alter table away rename to breaker_events')
  other.close()
  assert.is((await claim()).type, 'claimed')
  await Promise.all([first.store.close(), store.close()])
})

test('a hold keeps a phase from being claimed until it is requeued', async () => {
  const { store, claim } = await withPlan()
  await store.finish(claimed(await claim('one')), ending('held', 'QUEUED', { holdReason: 'ask Ann' }))
  assert.equal(await claim('one'), { type: 'not-claimable', reason: 'it is held: ask Ann' })
  await store.requeue('r', 'one', { reason: 'asked' })
  assert.is((await claim('one')).type, 'claimed')
  await store.close()
})

test.run()
