import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plan, withBench, type Bench } from './bench.ts'

const test = suite('a probe that another process executes')

async function until(holds: () => boolean | Promise<boolean>, what: string, turn = () => {}): Promise<void> {
  for (let count = 0; count < 2_000; count++) {
    if (await holds()) return
    turn()
    await new Promise((resolve) => setImmediate(resolve))
  }
  throw new Error(`never happened: ${what}`)
}

const ids = ['a', 'b', 'c']
const still = { jump: Number.POSITIVE_INFINITY }

/** A bucket that is open for all three, whose probe one drain executes while another begins. */
async function withProbe(bench: Bench, use: (probe: { run: string; open(): void; first: ReturnType<Bench['run']> }) => Promise<void>): Promise<void> {
  bench.buckets = true
  bench.script = () => ({ outcome: 'failed', class: 'crash' })
  await bench.run({ rules: { maxAttemptsPerPhase: 1 } })
  bench.executed.length = 0
  let open = () => {}
  const gate = new Promise<void>((resolve) => { open = resolve })
  bench.script = () => (bench.executed.length === 1 ? { wait: gate } : {})
  const first = bench.run()
  await until(() => bench.executed.length === 1, 'the probe')
  await use({ run: bench.executed[0]!.split('/')[0]!, open, first })
}

/** How often the second drain has looked, since this was called, who is at work. */
function watchLooks(bench: Bench): () => number {
  const { heldLeases } = bench.store
  let count = 0
  bench.store.heldLeases = () => {
    count++
    return heldLeases()
  }
  return () => count
}

const said = (bench: Bench) => bench.events.filter((event) => event.type === 'notice' && /^waiting for another process, which executes ./.test(event.message))

test('is waited for, and what it releases is done', () => withBench(ids.map((id) => plan(id, ['one'])), (bench) => withProbe(bench, async ({ run, open, first }) => {
  const second = bench.run({ runs: ids.filter((id) => id !== run) })
  await until(() => said(bench).length > 0, 'the waiting')
  const looks = watchLooks(bench)
  await until(() => looks() >= 5, 'five more looks', () => bench.clock.advance(2_000))
  assert.equal([bench.executed, said(bench).length], [[`${run}/one`], 1])
  open()
  let ended = false
  void Promise.all([first, second]).finally(() => { ended = true })
  await until(() => ended, 'the end', () => bench.clock.advance(2_000))
  assert.equal([(await first).stop.reason, (await second).stop.reason], ['drained', 'drained'])
  assert.equal((await bench.store.phases()).map((phase) => phase.state), ['COMPLETE', 'COMPLETE', 'COMPLETE'])
}), still))

test('is not waited for longer than pauses may take, nor when its process is gone', () => withBench(ids.map((id) => plan(id, ['one'])), (bench) => withProbe(bench, async ({ run, open, first }) => {
  const others = ids.filter((id) => id !== run)
  let ended = false
  const short = bench.run({ runs: others, rules: { maxPauseMinutes: 0.1 } }).finally(() => { ended = true })
  await until(() => ended, 'the end of pauses', () => bench.clock.advance(2_000))
  const { stop, session } = await short
  assert.equal([stop.reason, session.counters.pausedMs], ['fingerprint_repeat', 6_000])
  // Nobody renews its lease.
  bench.clock.advance(60_000)
  assert.is((await bench.run({ runs: others })).stop.reason, 'fingerprint_repeat')
  open()
  ended = false
  void first.finally(() => { ended = true })
  await until(() => ended, 'the first', () => bench.clock.advance(2_000))
}), still))

test.run()
