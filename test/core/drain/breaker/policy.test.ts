import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { fold, noBuckets } from '../../../../core/drain/breaker/fold.ts'
import { bucketsParking, bucketState, mayProbe } from '../../../../core/drain/breaker/parked.ts'
import { radiusText } from '../../../../core/drain/breaker/radius.ts'
import type { BreakerState } from '../../../../core/model/bucket.ts'
import { backlogOf, randomOf, Simulation, type SimPhase, type Verdict } from './simulation.ts'

const test = suite('breaker policy')

const fp = 'v1-aaaaaaaaaaaa'
const names = (phases: readonly { run: string; phase: string }[]) => phases.map((phase) => `${phase.run}/${phase.phase}`)
const failing = (simulation: Simulation, fingerprint = fp) => simulation.calls.filter((call) => call.fingerprint === fingerprint).length

test('a fault of the whole project costs two builder calls, and the rest is parked; mended, all is done by the next drain', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 2, phases: 4 }))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  assert.equal(names(simulation.calls.map((call) => call.phase)), ['f0-r0/p0', 'f1-r0/p0'], 'the probe shares the least with what failed')
  const bucket = simulation.state.buckets.get(fp)!
  assert.equal([bucketState(bucket, simulation.now), radiusText(bucket), bucket.members.length], ['open', 'the project', 2])
  assert.is(simulation.phases.filter((phase) => bucketsParking(simulation.state, phase).length > 0).length, 24)
  simulation.drain({ verdict: () => undefined })
  assert.ok(simulation.phases.every((phase) => phase.state === 'done'))
  assert.is(simulation.state.buckets.size, 0)
})

test('a fault of one family is narrowed to it by the first probe, and costs two builder calls', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 2, phases: 3 }))
  simulation.drain({ verdict: (phase) => (phase.family === 'f0' ? { found: { fingerprint: fp } } : undefined) })
  assert.is(failing(simulation), 2)
  assert.is(radiusText(simulation.state.buckets.get(fp)!), 'family f0')
  assert.is(simulation.phases.filter((phase) => phase.state === 'done').length, 12)
})

test('what a fault spared is parked for one probe and no longer', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 1, phases: 3 }))
  simulation.drain({ verdict: (phase) => (phase.run === 'f0-r0' && phase.phase === 'p0' ? { found: { fingerprint: fp } } : undefined) })
  assert.is(failing(simulation), 2, 'the phase has its own second attempt, last of all')
  assert.equal(simulation.phases.filter((phase) => phase.state !== 'done').map((phase) => phase.phase), ['p0'])
})

test('a check that is broken parks the phases that have it and no others', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 3, phases: 2 }, (phase) => ({ checks: phase.phase === 'p0' ? ['tests', 'lint'] : ['tests'] })))
  simulation.drain({ verdict: (phase) => (phase.checks.includes('lint') ? { found: { fingerprint: fp, blame: 'check', check: 'lint' } } : undefined) })
  assert.is(failing(simulation), 2)
  assert.is(radiusText(simulation.state.buckets.get(fp)!), 'check lint')
  assert.ok(simulation.phases.every((phase) => (phase.state === 'done') === (phase.phase === 'p1')))
})

test('a builder that fails parks its own phases; the other builder goes on', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 2, phases: 2 }, (phase) => ({ builder: phase.run.endsWith('r0') ? 'codex' : 'claude' })))
  simulation.drain({ verdict: (phase) => (phase.builder === 'codex' ? { found: { fingerprint: fp, blame: 'builder' }, stage: 'build' } : undefined) })
  assert.is(failing(simulation), 2)
  assert.is(radiusText(simulation.state.buckets.get(fp)!), 'builder codex')
  assert.ok(simulation.phases.every((phase) => (phase.state === 'done') === (phase.builder === 'claude')))
})

test('blame of a phase opens at the number of repeats and parks the members; where all lie in one family, the family', () => {
  const scattered = new Simulation(backlogOf({ families: 4, runs: 1, phases: 3 }))
  scattered.drain({ verdict: (phase) => (phase.phase === 'p1' ? { found: { fingerprint: fp, blame: 'phase' } } : undefined) })
  assert.is(failing(scattered), 4, 'each of them once: parked after the third, so that none is tried again')
  assert.ok(scattered.phases.every((phase) => (phase.state === 'done') === (phase.phase !== 'p1')))
  const family = new Simulation(backlogOf({ families: 2, runs: 3, phases: 3 }))
  family.drain({ verdict: (phase) => (phase.family === 'f0' ? { found: { fingerprint: fp, blame: 'phase' } } : undefined) })
  assert.is(failing(family), 3)
  assert.is(radiusText(family.state.buckets.get(fp)!), 'family f0')
})

test('low confidence and a history of flakes open nothing, however often', () => {
  for (const found of [{ fingerprint: fp, confidence: 'low' as const }, { fingerprint: fp, flaky: true }]) {
    const simulation = new Simulation(backlogOf({ families: 2, runs: 2, phases: 3 }))
    simulation.drain({ verdict: () => ({ found }), attempts: 1 })
    assert.is(simulation.calls.length, 12)
    assert.is(simulation.state.buckets.get(fp)!.members.length, 12, 'counted and shown all the same')
  }
})

test('a failure before the builder as the probe opens it at no further cost, and is probed again without a limit on calls', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 1, phases: 3 }))
  let broken = true
  const verdict = (): Verdict => (broken ? { found: { fingerprint: fp }, stage: 'baseline', builderReached: false } : undefined)
  simulation.drain({ verdict })
  assert.is(simulation.calls.length, 2)
  simulation.now += 10 * 60_000
  broken = false
  simulation.drain({ verdict })
  assert.ok(simulation.phases.every((phase) => phase.state === 'done'))
})

test('another fingerprint of a probe closes the bucket, where the attempt got as far as the fault', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 1, phases: 2 }))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  simulation.drain({ verdict: () => ({ found: { fingerprint: 'v1-bbbbbbbbbbbb', blame: 'phase' } }) })
  assert.not.ok(simulation.state.buckets.has(fp))
  const early = new Simulation(backlogOf({ families: 2, runs: 1, phases: 2 }))
  early.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  early.drain({ verdict: () => ({ found: { fingerprint: 'v1-bbbbbbbbbbbb', blame: 'phase' }, stage: 'build' }) })
  assert.ok(early.state.buckets.has(fp), 'it never came to where the fault shows')
})

test('what a probe fails with at another check says nothing of the bucket\'s', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 1, phases: 2 }, () => ({ checks: ['tests', 'build'] })))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp, check: 'build' } }) })
  simulation.drain({ verdict: () => ({ found: { fingerprint: 'v1-bbbbbbbbbbbb', blame: 'phase', check: 'tests' } }) })
  assert.ok(simulation.state.buckets.has(fp))
})

test('a fault that lasts costs one builder call in every later drain', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 2, phases: 3 }))
  const verdict = (): Verdict => ({ found: { fingerprint: fp } })
  simulation.drain({ verdict })
  for (let drains = 0; drains < 3; drains++) {
    const before = failing(simulation)
    simulation.now += 24 * 3_600_000
    simulation.drain({ verdict })
    assert.is(failing(simulation) - before, 1)
  }
})

test('a fault that lasts takes no phase to its cap of attempts: its probes take turns', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 3, phases: 4 }))
  for (let drains = 0; drains < 40; drains++) {
    simulation.drain({ verdict: (phase) => (phase.family === 'f0' ? { found: { fingerprint: fp, blame: 'phase' } } : undefined) })
    simulation.now += 3_600_000
  }
  const most = Math.max(...simulation.phases.map((phase) => simulation.calls.filter((call) => call.phase === phase).length))
  assert.ok(most < 10, `${most} attempts at one phase`)
})

test('what is closed or parked by hand stays so', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 1, phases: 2 }))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  assert.equal(simulation.tell({ type: 'close', fingerprint: fp, by: 'me', reason: 'mended' }).length, 2, 'its members may try again')
  assert.ok(simulation.phases.every((phase) => bucketsParking(simulation.state, phase).length === 0))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  simulation.tell({ type: 'park', fingerprint: fp, by: 'me', reason: 'wait for Monday' })
  const before = simulation.calls.length
  simulation.drain({ verdict: () => undefined })
  assert.is(simulation.calls.length, before, 'nobody probes it')
})

test('a bucket of an older fingerprint version goes on under the new names', () => {
  const simulation = new Simulation(backlogOf({ families: 2, runs: 1, phases: 2 }))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  simulation.tell({ type: 'carry', fingerprint: fp, into: ['v2-cccccccccccc', 'v2-dddddddddddd'] })
  assert.equal([...simulation.state.buckets.keys()], ['v2-cccccccccccc', 'v2-dddddddddddd'])
  assert.is(bucketsParking(simulation.state, simulation.phases[0]!).length, 2)
})

/** Facts of attempts by hand: the clock moves by one with each. */
function facts(simulation: Simulation) {
  const attempt = (phase: SimPhase, startedAt: number, fingerprint?: string, more: object = {}) => simulation.tell({
    type: 'attempt', run: phase.run, family: phase.family, phase: phase.phase, attempt: 1, session: 's', host: 'here', builder: phase.builder!, checks: [...phase.checks], builderReached: true, startedAt,
    stage: fingerprint === undefined ? 'commit' : 'delta', outcome: fingerprint === undefined ? 'complete' : 'failed',
    ...(fingerprint !== undefined && { found: { fingerprint, class: 'import_crash', title: 'it crashes', blame: 'project', confidence: 'high', flaky: false, onBase: false, ...more } }),
  })
  return { attempt, parked: (phase: SimPhase) => bucketsParking(simulation.state, phase).length > 0 }
}

test('what began before the fault says nothing of it', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 1, phases: 1 }))
  const { attempt, parked } = facts(simulation)
  const [first, second, third] = simulation.phases as [SimPhase, SimPhase, SimPhase]
  attempt(first, 10, fp)
  attempt(second, simulation.now - 1)
  assert.ok(parked(third), 'it was in flight')
  simulation.now++
  attempt(second, simulation.now)
  assert.not.ok(parked(third))
})

test('a phase without the check that fails is neither parked nor a witness', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 1, phases: 1 }, (phase) => ({ checks: phase.family === 'f1' ? ['docs'] : ['tests', 'docs'] })))
  const { attempt, parked } = facts(simulation)
  const [first, other, third] = simulation.phases as [SimPhase, SimPhase, SimPhase]
  attempt(first, 10, fp, { check: 'tests' })
  assert.equal([parked(other), parked(third)], [false, true])
  attempt(other, simulation.now + 1)
  assert.ok(parked(third), 'what passed does not run what failed')
})

test('once a probe has told how far a fault does not reach, a failure where it did not tell does not suspect all again', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 2, phases: 1 }))
  const { attempt, parked } = facts(simulation)
  const [first, , probe, , , last] = simulation.phases as [SimPhase, SimPhase, SimPhase, SimPhase, SimPhase, SimPhase]
  attempt(first, 10, fp)
  attempt(probe, simulation.now + 1)
  simulation.now += 10
  attempt(simulation.phases[1]!, simulation.now, fp)
  assert.equal([parked(last), parked(first), radiusText(simulation.state.buckets.get(fp)!)], [false, true, 'family f0'])
})

test('what a person queued again is the next probe', () => {
  const simulation = new Simulation(backlogOf({ families: 4, runs: 1, phases: 2 }))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  const asked = simulation.calls[1]!.phase
  simulation.tell({ type: 'requeue', run: asked.run, phase: asked.phase, reason: 'mended' })
  const before = simulation.calls.length
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp } }) })
  assert.is(simulation.calls[before]!.phase, asked)
  assert.is(simulation.state.buckets.get(fp)?.asked, undefined, 'once')
})

test('a member that its classifier wants to try again waits for no backoff, and has none but the two calls', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 1, phases: 1 }))
  const [first, second, third] = simulation.phases as [SimPhase, SimPhase, SimPhase]
  simulation.tell({ type: 'drain', session: 's', breakers: true, repeats: 3, executing: [] })
  const retry = (phase: SimPhase, builderReached: boolean) => simulation.tell({
    type: 'attempt', run: phase.run, family: phase.family, phase: phase.phase, attempt: 1, session: 's', host: 'here', checks: ['tests'], builderReached, startedAt: simulation.now + 1, stage: builderReached ? 'delta' : 'baseline',
    outcome: phase === first ? 'failed' : 'retry', found: { fingerprint: fp, class: 'network', title: 'no network', blame: 'machine', confidence: 'high', flaky: false, onBase: false },
  })
  const probes = () => [first, second, third].map((phase) => mayProbe(simulation.state.buckets.get(fp)!, phase, simulation.now + 1, false))
  retry(first, true)
  retry(second, false)
  assert.equal(probes(), [false, true, false], 'before the builder nothing is spent')
  retry(second, true)
  assert.equal(probes(), [false, false, false], 'two calls')
})

test('who is there to mend a broken base is not held up by it, and says nothing of others by failing', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 1, phases: 1 }, (phase) => (phase.family === 'f2' ? { mends: (file) => file === 'src/broken.py' } : {})))
  const { attempt, parked } = facts(simulation)
  const [first, second, mends] = simulation.phases as [SimPhase, SimPhase, SimPhase]
  attempt(first, 10, fp, { files: ['src/broken.py'], onBase: true })
  assert.equal([parked(second), parked(mends)], [true, false])
  attempt(mends, simulation.now + 1, fp, { mends: true })
  assert.is(simulation.state.buckets.get(fp)?.opened, undefined)
  attempt(second, simulation.now + 1, fp, { files: ['src/broken.py'], onBase: true })
  assert.ok(simulation.state.buckets.get(fp)?.opened)
  simulation.tell({ type: 'requeue', run: mends.run, phase: mends.phase, reason: 'again' })
  assert.not.ok(parked(mends))
})

test('a requeued member is not held back by what it failed with', () => {
  const simulation = new Simulation(backlogOf({ families: 3, runs: 1, phases: 1 }))
  simulation.drain({ verdict: () => ({ found: { fingerprint: fp, blame: 'phase' } }), attempts: 1 })
  const [first] = simulation.phases
  assert.is(bucketsParking(simulation.state, first!).length, 1)
  simulation.tell({ type: 'requeue', run: first!.run, phase: first!.phase, reason: 'mended' })
  assert.is(bucketsParking(simulation.state, first!).length, 0)
})

const shapes = [{ families: 1, runs: 1, phases: 6 }, { families: 4, runs: 3, phases: 3 }, { families: 2, runs: 5, phases: 2 }, { families: 6, runs: 1, phases: 4 }]
/** Radii that a fault can have, with the blame under which it shows. */
const faults: ((random: () => number) => { blame: 'machine' | 'project' | 'builder' | 'check' | 'run'; check?: string; hits: (phase: SimPhase) => boolean })[] = [
  () => ({ blame: 'machine', hits: () => true }),
  () => ({ blame: 'project', hits: () => true }),
  (random) => { const at = Math.floor(random() * 2); return { blame: 'project', hits: (phase) => phase.family === `f${at}` } },
  (random) => { const at = Math.floor(random() * 2); return { blame: 'machine', hits: (phase) => phase.builder === ['claude', 'codex'][at] } },
  () => ({ blame: 'project', check: 'lint', hits: (phase) => phase.checks.includes('lint') }),
  () => ({ blame: 'builder', hits: (phase) => phase.builder === 'codex' }),
  () => ({ blame: 'run', hits: (phase) => phase.run === 'f0-r0' }),
]

/** Each shape with a fault of each radius, in random orders, with phases that fail by themselves. */
function* worlds(seeds = Array.from({ length: 150 }, (_, index) => index + 1)): Generator<{ seed: number; simulation: Simulation; verdict: (phase: SimPhase) => Verdict; hits: (phase: SimPhase) => boolean; random: () => number; heal: () => void }> {
  for (const seed of seeds) {
    const random = randomOf(seed)
    const shape = shapes[seed % shapes.length]!
    const { blame, check, hits } = faults[seed % faults.length]!(random)
    const phases = backlogOf(shape, () => ({ builder: random() < 0.3 ? 'codex' : 'claude', checks: random() < 0.4 ? ['tests', 'lint'] : ['tests'] }))
    const bad = new Set(phases.filter(() => random() < 0.08))
    const simulation = new Simulation(phases)
    let active = true
    yield {
      seed, simulation, hits, random, heal: () => { active = false },
      verdict: (phase) => active && hits(phase) ? { found: { fingerprint: fp, blame, ...(check !== undefined && { check }) } } : bad.has(phase) ? { found: { fingerprint: `own-${phase.run}-${phase.phase}`, blame: 'phase' } } : undefined,
    }
  }
}

test('in any order of events a systemic fault costs at most two builder calls in a drain', () => {
  for (const { seed, simulation, verdict, random } of worlds()) {
    for (let drains = 0; drains < 3; drains++) {
      const before = failing(simulation)
      simulation.drain({ verdict, random })
      assert.ok(failing(simulation) - before <= 2, `seed ${seed}, drain ${drains}: ${failing(simulation) - before} calls`)
    }
  }
})

test('with several at once, what was in flight ends by itself and nothing but probes begins', () => {
  for (const { seed, simulation, verdict, random } of worlds()) {
    const parallel = 2 + (seed % 4)
    simulation.drain({ verdict, random, parallel })
    // Those of the first moment, and no more than one probe for each suspicion that they raised, and the one that opens it.
    assert.ok(failing(simulation) <= parallel + 2, `seed ${seed}, parallel ${parallel}: ${failing(simulation)} calls`)
  }
})

test('a bucket never has two probes at once', () => {
  for (const { seed, simulation, verdict, random } of worlds()) {
    const check = () => {
      const probed = new Map<string, number>()
      for (const event of simulation.events) {
        if (event.type === 'probe') for (const one of event.fingerprints) probed.set(one, (probed.get(one) ?? 0) + 1)
        if (event.type === 'attempt') for (const call of simulation.calls) if (call.phase.run === event.run && call.phase.phase === event.phase && call.startedAt === event.startedAt) for (const one of call.probeOf) probed.set(one, probed.get(one)! - 1)
        for (const [fingerprint, count] of probed) assert.ok(count <= 1, `seed ${seed}: ${count} probes of ${fingerprint}`)
      }
    }
    simulation.drain({ verdict, random, parallel: 4 })
    check()
  }
})

test('what lies outside of a fault is done in the drain in which the fault shows', () => {
  for (const { seed, simulation, verdict, hits, random } of worlds()) {
    simulation.drain({ verdict, random })
    const left = simulation.phases.filter((phase) => phase.state !== 'done' && !hits(phase) && verdict(phase) === undefined)
    assert.equal(names(left), [], `seed ${seed}`)
  }
})

test('where two calls could not tell how far a fault reaches, what lies outside of it is done by the next drain, which costs one more', () => {
  // In these nothing was left that shared no more than the machine with what failed first.
  for (const { seed, simulation, verdict, hits, random } of worlds([1494, 6786, 7262])) {
    const left = () => simulation.phases.filter((phase) => phase.state !== 'done' && !hits(phase) && verdict(phase) === undefined)
    simulation.drain({ verdict, random })
    assert.equal([left().length > 0, failing(simulation)], [true, 2], `seed ${seed}`)
    simulation.now += 24 * 3_600_000
    simulation.drain({ verdict, random })
    assert.equal([names(left()), failing(simulation)], [[], 3], `seed ${seed}`)
  }
})

test('mended, everything doable is done by the next drain', () => {
  for (const { seed, simulation, verdict, random, heal } of worlds()) {
    simulation.drain({ verdict, random, parallel: 1 + (seed % 3) })
    heal()
    simulation.drain({ verdict, random, parallel: 1 + (seed % 3) })
    const left = simulation.phases.filter((phase) => phase.state !== 'done' && verdict(phase) === undefined)
    assert.equal(names(left), [], `seed ${seed}`)
  }
})

test('the events alone give the state again, from the beginning and from any point', () => {
  for (const { seed, simulation, verdict, random } of worlds()) {
    simulation.drain({ verdict, random, parallel: 3 })
    const stored = (state: BreakerState) => JSON.stringify({ ...state, buckets: [...state.buckets] })
    const again = simulation.events.reduce((state, event) => fold(state, event).state, noBuckets())
    assert.is(stored(again), stored(simulation.state), `seed ${seed}`)
    const cut = Math.floor(random() * simulation.events.length)
    const half = simulation.events.slice(0, cut).reduce((state, event) => fold(state, event).state, noBuckets())
    const reread = JSON.parse(stored(half)) as { buckets: [string, never][] }
    const rest = simulation.events.reduce((state, event) => fold(state, event).state, { ...half, ...reread, buckets: new Map(reread.buckets) } as BreakerState)
    assert.is(stored(rest), stored(simulation.state), `seed ${seed}, cut at ${cut}`)
  }
})

test.run()
