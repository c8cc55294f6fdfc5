import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { selectNext, type SelectionRules } from '../../../core/drain/select.ts'
import type { BacklogRun } from '../../../core/drain/backlog.ts'
import { forecast, readBacklog } from '../../../core/drain/index.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import { selectionRules } from '../../../core/project/selection-rules.ts'
import { plan, withBench } from './bench.ts'
import { randomFrom } from '../../torture/random.ts'

const test = suite('fairness between runs')
const rules = { now: 0, maxAttemptsPerPhase: 2, absoluteAttemptCap: 10, skipRunsWithQueued: true, heldRuns: new Map(), excluded: new Map(), oldFailures: true, failedHere: new Set<string>() }

const runOf = (id: string, count: number): BacklogRun =>
  ({ record: { id }, phases: Array.from({ length: count }, (_, index) => ({ run: id, id: `${index}`, index, state: 'QUEUED', spec: { needs: [] }, charged: 0, chargedEver: 0 })) }) as unknown as BacklogRun

test('law: with several at once, a run that could go on goes before every run that has had more', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomFrom(seed)
    const runs = Array.from({ length: random.between(2, 7) }, (_, number) => runOf(`run-${number}`, random.between(1, 9)))
    const begun = new Map<string, number>()
    const active = new Map<string, number>()
    const parallel = random.between(2, 4)
    for (let now = 0; active.size > 0 || runs.some((run) => run.phases.some(({ state }) => state === 'QUEUED')); now++) {
      for (const [run, end] of active) if (end <= now) active.delete(run)
      while (active.size < parallel) {
        const selection = selectNext(runs, { ...rules, begun, busyRuns: new Set(active.keys()) } satisfies SelectionRules)
        if (!selection) break
        const { id } = selection.run.record
        const able = runs.filter((run) => !active.has(run.record.id) && run.phases.some(({ state }) => state === 'QUEUED')).map((run) => begun.get(run.record.id) ?? 0)
        assert.is(begun.get(id) ?? 0, Math.min(...able), `seed ${seed}, at ${now}: ${id}`)
        assert.is(selection.phase, selection.run.phases.find(({ state }) => state === 'QUEUED'), `seed ${seed}: in order within the run`)
        selection.phase.state = 'COMPLETE'
        begun.set(id, (begun.get(id) ?? 0) + 1)
        active.set(id, now + random.between(1, 12))
      }
    }
    assert.is([...begun.values()].reduce((sum, count) => sum + count, 0), runs.reduce((sum, run) => sum + run.phases.length, 0), `seed ${seed}: all were executed`)
  }
})

test('a batch is shared by all runs at parallel 2, and one run after the other at 1', async () => {
  const plans = ['r1', 'r2', 'r3'].map((id) => plan(id, ['a', 'b', 'c', 'd']))
  await withBench(plans, async (bench) => {
    const backlog = await readBacklog(bench.store, undefined)
    const { order } = await forecast(backlog, selectionRules('drain', { ...drainDefaults, parallel: 2 }, { runs: undefined }, bench.clock.now()), { store: bench.store, runtime: bench.clock, session: 'forecast', repeats: 3, reach: undefined }, { batch: 6 })
    assert.equal(order.map(({ run, phase }) => `${run.record.id}/${phase.id}`), ['r1/a', 'r2/a', 'r3/a', 'r1/b', 'r2/b', 'r3/b'], 'as a dry run says')
    await bench.run({ batch: 6, rules: { parallel: 2 } })
    assert.equal(bench.executed.toSorted(), ['r1/a', 'r1/b', 'r2/a', 'r2/b', 'r3/a', 'r3/b'])
  })
  await withBench(plans, async (bench) => {
    await bench.run({ batch: 6 })
    assert.equal(bench.executed, ['r1/a', 'r1/b', 'r1/c', 'r1/d', 'r2/a', 'r2/b'])
  })
})

test.run()
