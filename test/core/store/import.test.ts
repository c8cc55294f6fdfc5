import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claimed, claimRequest, ending, newStore, plan, temporaryFolders } from './support.ts'

const test = suite('import of plans')
const folders = temporaryFolders()
test.after(() => folders.remove())

test('importing twice changes nothing', async () => {
  const { store } = await newStore(folders.make())
  const first = plan('fileorg-p2-20251208', ['one', 'two'], { goal: 'Ship', base: 'main' })
  assert.equal(await store.importPlan(first, 'runs/a.yaml'), {
    run: 'fileorg-p2-20251208', type: 'new', changes: [{ phase: 'one', type: 'added' }, { phase: 'two', type: 'added' }],
  })
  const [runs, phases] = [await store.runs(), await store.phases()]
  assert.equal(await store.importPlan(first, 'runs/a.yaml'), { run: 'fileorg-p2-20251208', type: 'unchanged', changes: [] })
  assert.equal([await store.runs(), await store.phases()], [runs, phases])
  const { importedAt: _, ...rest } = runs[0]!
  assert.equal(rest, {
    id: 'fileorg-p2-20251208', key: 'fileorg-p2-20251208', project: 'p', family: 'fileorg-p2', goal: 'Ship', baseRef: 'main', ordered: false,
    source: 'runs/a.yaml', state: 'queued',
  })
  assert.equal(phases.map((phase) => [phase.index, phase.id, phase.key, phase.state]), [[0, 'one', 'one', 'QUEUED'], [1, 'two', 'two', 'QUEUED']])
  await store.close()
})

test('what has not run follows the plan; what ran is kept and reported', async () => {
  const { store, owner } = await newStore(folders.make())
  await store.importPlan(plan('r', ['ran', 'gone', 'ran and gone', 'changed']), 'r.yaml')
  for (const phase of ['ran', 'ran and gone'])
    await store.finish(claimed(await store.claim(claimRequest(owner(1), 'r', phase))), ending('complete', 'COMPLETE'))
  const report = await store.importPlan(
    plan('r', [{ id: 'new', goal: 'New' }, { id: 'ran', goal: 'Other', needs: ['new'] }, { id: 'changed', goal: 'Other', timeout: '5m' }], { ordered: true }), 'r.yaml')
  assert.equal(report, {
    run: 'r', type: 'changed', runFields: ['ordered'],
    changes: [
      { phase: 'gone', type: 'removed' },
      { phase: 'ran and gone', type: 'kept', fields: [], reason: 'the plan no longer has it, but it ran: it stays in the store' },
      { phase: 'new', type: 'added' },
      { phase: 'ran', type: 'kept', fields: ['goal', 'needs'], reason: "it ran already (COMPLETE): the plan's change of goal, needs is not taken over" },
      { phase: 'changed', type: 'updated', fields: ['goal', 'timeout'] },
    ],
  })
  const phases = await store.phases({ run: 'r' })
  assert.equal(phases.map((phase) => phase.id), ['new', 'ran', 'changed', 'ran and gone'])
  assert.is(phases[1]?.spec.goal, 'Do ran')
  assert.is(phases[1]?.index, 0, 'the folder of a phase that ran keeps its number')
  assert.is(phases[2]?.spec.timeout, '5m')
  await store.close()
})

test('another order is reported', async () => {
  const { store } = await newStore(folders.make())
  await store.importPlan(plan('r', ['a', 'b', 'c']), 'r.yaml')
  const report = await store.importPlan(plan('r', ['b', 'a', 'c']), 'r.yaml')
  assert.equal(report.changes, [{ phase: 'b', type: 'updated', fields: ['order'] }, { phase: 'a', type: 'updated', fields: ['order'] }])
  assert.equal((await store.phases()).map((phase) => [phase.index, phase.id]), [[0, 'b'], [1, 'a'], [2, 'c']])
  await store.close()
})

test('keys are unique ignoring case and stay', async () => {
  const { store } = await newStore(folders.make())
  for (const id of ['Run', 'run', 'a/b', 'a-b']) await store.importPlan(plan(id, ['X', 'x', 'x/y']), 'r.yaml')
  const keys = (await store.runs()).map((run) => run.key)
  assert.is(new Set(keys.map((key) => key.toLowerCase())).size, 4)
  assert.ok(keys.includes('Run') && keys.includes('a-b'))
  const phaseKeys = (await store.phases({ run: 'run' })).map((phase) => phase.key)
  assert.match(phaseKeys.join(' '), /^X x\+[0-9a-f]{10} x-y\+[0-9a-f]{10}$/)
  await store.importPlan(plan('run', ['x', 'X']), 'r.yaml')
  assert.equal((await store.phases({ run: 'run' })).map((phase) => phase.key), [phaseKeys[1], phaseKeys[0]])
  await store.close()
})

test('what is remembered between attempts', async () => {
  const { store } = await newStore(folders.make())
  await store.importPlan(plan('r', ['a']), 'r.yaml')
  await store.setRunBase('r', 'c0ffee')
  assert.is((await store.runs({ ids: ['r'] }))[0]?.baseCommit, 'c0ffee')
  assert.equal(await store.runs({ ids: ['other'] }), [])
  assert.is(await store.baseline('k'), undefined)
  await store.putBaseline('k', '1')
  await store.putBaseline('k', '2')
  assert.is(await store.baseline('k'), '2')
  await store.recordFlakes('tests', ['a', 'b', 'a'])
  await store.recordFlakes('tests', ['a'])
  assert.equal([...(await store.flakes('tests'))], [['a', 2], ['b', 1]])
  await store.recordDuration('tests', 12.4)
  assert.is(await store.lastDuration('tests'), 12)
  await store.putSession('s', '{}')
  assert.equal([await store.session('s'), await store.session('t'), await store.sessions()], ['{}', undefined, [{ id: 's', json: '{}' }]])
  await store.registerWorktree({ path: '/w', run: 'r' })
  await store.registerWorktree({ path: '/w', run: 'r', attemptId: 'x' })
  assert.equal(await store.worktrees(), [{ path: '/w', run: 'r', attemptId: 'x' }])
  await store.forgetWorktree('/w')
  assert.equal(await store.worktrees(), [])
  await store.close()
})

test.run()
