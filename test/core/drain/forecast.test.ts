import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { forecast, readBacklog, type PhaseFilter, type SelectionRules } from '../../../core/drain/index.ts'
import { selectionRules } from '../../../core/project/selection-rules.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import { plan, withBench } from './bench.ts'

const test = suite('what a drain would execute')

/** A small generator of numbers from 0 to 1, the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 8) / 0x1_00_00_00
  }
}

const classes = [undefined, 'timeout', 'import_crash', 'deliverables_validation_failed', 'builder_no_change', 'test_failed']
const filters: (PhaseFilter | undefined)[] = [undefined, { only: 'queued' }, { only: 'failed' }, { classes: ['timeout', 'test_failed'] }, { phases: [{ run: 'run-0', phase: 'p1' }] }]

for (let seed = 1; seed <= 12; seed++) {
  test(`is what it executes when everything succeeds (seed ${seed})`, async () => {
    const random = randomOf(seed)
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!
    const plans = [0, 1, 2].map((run) => plan(`run-${run}`, [0, 1, 2, 3].map((phase) => ({ id: `p${phase}`, needs: phase > 0 && random() < 0.4 ? [`p${Math.floor(random() * phase)}`] : [] }))))
    await withBench(plans, async (bench) => {
      bench.script = () => {
        const failed = pick(classes)
        return random() < 0.6 ? { outcome: 'failed', ...(failed !== undefined && { class: failed }) } : {}
      }
      await bench.run({ batch: 5, rules: { maxAttemptsPerPhase: 1 } })
      bench.executed.length = 0
      bench.script = () => ({})
      const [filter, batch, skipRunsWithQueued] = [pick(filters), pick([undefined, 3]), random() < 0.8]
      await bench.store.grantAllowance('forecast')
      const rules = { ...drainDefaults, skipRunsWithQueued }
      const backlog = await readBacklog(bench.store, undefined)
      const before = JSON.stringify(backlog.runs)
      const { order } = await forecast(backlog, selectionRules('drain', rules, { runs: undefined, ...(filter && { filter }) }, bench.clock.now()), { store: bench.store, runtime: bench.clock, session: 'forecast', repeats: 3, reach: undefined }, { batch })
      assert.is(JSON.stringify(backlog.runs), before, 'the backlog is left as it is')
      await bench.run({ filter, batch, rules: { skipRunsWithQueued } })
      assert.equal(order.map(({ run, phase }) => `${run.record.id}/${phase.id}`), bench.executed, `seed ${seed}: ${JSON.stringify({ filter, batch, skipRunsWithQueued })}`)
    })
  })
}

test('waits for a paused builder as a drain does, and leaves alone what would take longer than it may wait', () => withBench([plan('a', ['one', 'two']), plan('d', [{ id: 'other', builder: 'codex' }])], async (bench) => {
  const { store, clock } = bench
  const until = clock.now() + 30 * 60_000
  bench.script = () => ({ outcome: 'usage-limit', notBefore: until })
  await bench.run({ runs: ['a'], rules: { maxPauseMinutes: 1 } })
  bench.executed.length = 0
  bench.script = () => ({})
  const circuits = await store.circuits()
  const pausedUntil: SelectionRules['pausedUntil'] = ({ spec }) => circuits.find(({ builder }) => builder === (spec.builder ?? 'claude'))?.until
  const ahead = async (maxPauseMs?: number) => {
    const { order } = await forecast(await readBacklog(store, undefined), { ...selectionRules('drain', drainDefaults, { runs: undefined }, clock.now()), pausedUntil }, { store, runtime: clock, session: 'forecast', repeats: 3, reach: undefined }, maxPauseMs === undefined ? {} : { maxPauseMs })
    return order.map(({ run, phase, from }) => [`${run.record.id}/${phase.id}`, from])
  }
  assert.equal(await ahead(60_000), [['d/other', undefined]])
  const order = await ahead()
  assert.equal(order, [['d/other', undefined], ['a/one', until], ['a/two', until]])
  await bench.run()
  assert.equal(order.map(([name]) => name), bench.executed)
}))

test.run()
