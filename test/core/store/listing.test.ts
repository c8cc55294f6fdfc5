import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readBacklog } from '../../../core/drain/index.ts'
import type { AttemptRecord, PhaseRecord } from '../../../core/store/store.ts'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('phases one after another')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('are those of a list, however many, with the attempts at each', async () => {
  // Pages are of two hundred: less than one, exactly one and two, more.
  for (const count of [0, 3, 200, 400, 401]) {
    const { store, owner } = await newStore(folders.make())
    if (count > 0) await store.importPlan(plan('a', Array.from({ length: count }, (_, index) => `p${index}`)), 'a.json')
    await store.importPlan(plan('b', ['p1']), 'b.json')
    for (const phase of count > 0 ? ['p2', 'p1', 'p1', `p${count - 1}`] : [])
      await store.finish(claimed(await store.claim({ ...claimRequest(owner(1), 'a', phase), requeueFailed: true })), ending('failed', phase === 'p2' ? 'FAILED' : 'QUEUED'))
    const seen: [PhaseRecord, readonly AttemptRecord[]][] = []
    await store.eachPhase('a', (...one) => void seen.push(one), { attempts: true })
    const phases = await store.phases({ run: 'a' })
    assert.equal(seen.map(([phase]) => phase), phases, `${count} phases`)
    assert.equal(seen.map(([, attempts]) => attempts), await Promise.all(phases.map(({ id }) => store.attempts({ run: 'a', phase: id }))), `${count} phases`)
    assert.equal(seen.flatMap(([, attempts]) => attempts).length, count > 0 ? 4 : 0)
    await store.eachPhase('a', (_phase, attempts) => assert.equal(attempts, []))
    await store.close()
  }
})

test('attempts that ended are told in order, however many', async () => {
  const { store, owner } = await newStore(folders.make())
  const ids = Array.from({ length: 201 }, (_, index) => `p${index}`)
  await store.importPlan(plan('a', ids), 'a.json')
  for (const id of ids) await store.finish(claimed(await store.claim(claimRequest(owner(1), 'a', id))), ending('complete', 'COMPLETE', { commit: 'c0ffee' }))
  const told = async (limit?: number) => (await store.telemetry(limit === undefined ? {} : { limit })).map(({ phase }) => phase)
  assert.equal(await told(), ids)
  for (const limit of [1, 200, 201, 202]) assert.equal(await told(limit), ids.slice(-limit))
  await store.close()
})

test('a backlog keeps none of the texts, reads one phase again, and what the first attempt settles of its run', async () => {
  const { store, owner } = await newStore(folders.make())
  const needs = { id: 'two', goal: 'a long text', deliverables: ['a.txt'], needs: ['one'] }
  await store.importPlan(plan('a', ['one', needs]), 'a.json')
  const backlog = await readBacklog(store, ['a'])
  const run = backlog.runs[0]!
  assert.not.match(JSON.stringify(run), /a long text|a\.txt/)
  assert.equal(run.phases.map(({ id, spec }) => [id, spec.needs]), [['one', []], ['two', ['one']]])
  await store.setRunBase('a', 'c0ffee')
  await store.finish(claimed(await store.claim(claimRequest(owner(1), 'a', 'one'))), ending('complete', 'COMPLETE', { commit: 'cafe' }))
  const second = run.phases[1]
  await backlog.refresh('a', 'one')
  assert.equal([run.phases[0]!.state, run.phases[0]!.commit, run.record.baseCommit], ['COMPLETE', 'cafe', 'c0ffee'])
  assert.is(run.phases[1], second, 'the other was not read again')
  assert.not.match(JSON.stringify(run), /a long text|Do one/)
  await store.close()
})

test.run()
