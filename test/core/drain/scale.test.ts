import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plan, withBench, type Bench } from './bench.ts'

const test = suite('scale of a drain')

const many = (count: number) => [plan('one', Array.from({ length: count }, (_, index) => `p${index}`))]
const told = (bench: Bench) => bench.events.flatMap((event) => (event.type === 'notice' ? [event.message] : []))

test('--scale auto goes on up to 100 phases when go/no-go says go, and says why', () => withBench(many(130), async (bench) => {
  const result = await bench.run({ batch: 30, scale: true })
  assert.is(bench.executed.length, 100)
  assert.equal([result.stop.reason, result.stop.detail, result.exitCode], ['batch_done', '100 phases, the batch size', 3])
  assert.equal(told(bench).filter((text) => text.startsWith('go/no-go')), [
    'go/no-go after 30 phases: go (0 import-time failures (0 allowed), 0 % failed at collection (below 5 % allowed), 100 % of the phases have events (above 60 % needed)); going on up to 100 phases (--scale auto)',
  ])
}))

test('--scale auto stays at the batch where go/no-go says no or too little was seen, and is silent where nothing is left to do', async () => {
  const bad = (of: Bench) => { of.script = (_run, phase) => (phase === 'p3' ? { outcome: 'failed', class: 'import_crash' } : {}) }
  await withBench(many(40), async (bench) => {
    bad(bench)
    const result = await bench.run({ batch: 30, scale: true })
    assert.equal([bench.executed.length, result.stop.detail], [30, '30 phases, the batch size; not scaled to 100: no-go, 1 import-time failure (0 allowed)'])
    assert.equal(told(bench).filter((text) => text.startsWith('go/no-go')), ['go/no-go after 30 phases: no-go (1 import-time failure (0 allowed)); staying at 30 phases (--scale auto)'])
  })
  await withBench(many(12), async (bench) => {
    assert.is((await bench.run({ batch: 10, scale: true })).stop.detail, '10 phases, the batch size; not scaled to 100: insufficient, 10 charged attempts ended; fewer than 20 say nothing of a larger batch')
  })
  await withBench(many(30), async (bench) => {
    assert.equal([(await bench.run({ batch: 30, scale: true })).exitCode, told(bench).filter((text) => text.startsWith('go/no-go'))], [0, []])
  })
})

test.run()
