/** Which phases of a run may be executed at once: laws over random plans, on what the drain itself chooses with and on the whole drain. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Active } from '../../../core/drain/active.ts'
import type { BacklogPhase, BacklogRun } from '../../../core/drain/backlog.ts'
import { inOrder, type SelectionRules } from '../../../core/drain/select.ts'
import { mayGoBeside, scopesOverlap } from '../../../core/pipeline/overlap.ts'
import type { Repository } from '../../../core/workspace/index.ts'
import { randomFrom, type Random } from '../../torture/random.ts'
import { plan, withBench } from './bench.ts'

const test = suite('phases beside each other')
const rules = { now: 0, maxAttemptsPerPhase: 2, absoluteAttemptCap: 10, skipRunsWithQueued: true, heldRuns: new Map(), excluded: new Map(), oldFailures: true, failedHere: new Set<string>() }
const repository = { prefix: '' } as Repository
const places = ['src/', 'src/a.ts', 'src/b.ts', 'src/*.ts', 'docs/', 'docs/a.md', 'README.md', 'lib/x', 'lib/x/y.ts', 'lib/**/*.ts']

/** Needs of earlier phases only, and scopes of a few places. */
function randomPhases(random: Random, count: number): { id: string; needs: string[]; scope: { paths: string[] } }[] {
  const some = <Item>(items: readonly Item[], most: number): Item[] => items.filter(() => random.below(items.length) < most)
  return Array.from({ length: count }, (_, index) => ({
    id: `p${index}`, needs: some(Array.from({ length: index }, (_none, before) => `p${before}`), random.below(2)),
    scope: { paths: random.below(12) === 0 ? [] : [places[random.below(places.length)]!, ...some(places, random.below(2))] },
  }))
}

const runOf = (id: string, phases: ReturnType<typeof randomPhases>): BacklogRun => ({
  record: { id }, phases: phases.map(({ id: phase, ...spec }, index) => ({ run: id, id: phase, index, state: 'QUEUED', spec: { ...spec, repairs: [] }, charged: 0, chargedEver: 0 })),
}) as unknown as BacklogRun

test('law: needs come first, no two with one file are at work at once, numbers hold, and everything is begun once', () => {
  let most = 0
  for (let seed = 1; seed <= 80; seed++) {
    const random = randomFrom(seed)
    const runs = Array.from({ length: random.between(1, 4) }, (_, number) => runOf(`run-${number}`, randomPhases(random, random.between(2, 9))))
    const numbers = { parallel: random.between(1, 3), phaseParallelism: random.between(1, 4) }
    const active = new Active(numbers, (one, other) => mayGoBeside({ repository }, one, other))
    const ends = new Map<BacklogPhase, number>()
    let begun = 0
    const open = () => runs.some((run) => run.phases.some(({ state }) => state === 'QUEUED'))
    for (let now = 0; active.size > 0 || open(); now++) {
      assert.ok(now < 2_000, `seed ${seed}: it stands still`)
      for (const { run, phase } of active.all()) {
        if (ends.get(phase)! > now) continue
        active.end(run.record.id, phase.id)
        phase.state = 'COMPLETE'
      }
      while (active.hasPlace()) {
        const selection = inOrder(runs, { ...rules, ...active.places(), waits: (run, phase) => active.waits(run, phase) } satisfies SelectionRules).next().value ?? undefined
        if (!selection) break
        const { run, phase } = selection
        const label = `seed ${seed}, at ${now}: ${run.record.id}/${phase.id}`
        for (const need of phase.spec.needs) assert.is(run.phases.find((other: BacklogPhase) => other.id === need)?.state, 'COMPLETE', `${label} needs ${need}`)
        for (const one of active.of(run.record.id)) assert.not(scopesOverlap(one.phase.spec.scope.paths, phase.spec.scope.paths, ''), `${label} beside ${one.phase.id}`)
        active.begin({ ...selection, startedAt: now, controller: new AbortController(), done: Promise.resolve() })
        ends.set(phase, now + random.between(1, 9))
        begun++
        assert.ok(active.of(run.record.id).length <= numbers.phaseParallelism, label)
        assert.ok(new Set(active.all().map((one) => one.run.record.id)).size <= numbers.parallel, label)
        most = Math.max(most, active.size)
      }
    }
    assert.is(begun, runs.reduce((sum, run) => sum + run.phases.length, 0), `seed ${seed}`)
  }
  assert.ok(most >= 5, `at most ${most} at once`)
})

test('law: the whole drain keeps to it, and every phase is executed once', async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = randomFrom(seed)
    const phases = randomPhases(random, 8)
    await withBench([plan('r', phases)], async (bench) => {
      const atWork = new Set<string>()
      const done = new Set<string>()
      bench.script = (_run, id) => {
        const phase = phases.find((one) => one.id === id)!
        for (const need of phase.needs) assert.ok(done.has(need), `seed ${seed}: ${id} needs ${need}`)
        for (const other of atWork) assert.not(scopesOverlap(phases.find((one) => one.id === other)!.scope.paths, phase.scope.paths, ''), `seed ${seed}: ${id} beside ${other}`)
        atWork.add(id)
        const turns = random.below(30)
        const wait = (async () => { for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => void setImmediate(resolve)) })()
        return { wait: wait.then(() => { atWork.delete(id); done.add(id) }) }
      }
      const { exitCode, stop } = await bench.run({ rules: { phaseParallelism: 3 } })
      assert.equal([exitCode, bench.executed.toSorted()], [0, phases.map(({ id }) => `r/${id}`)], `seed ${seed}: ${stop.detail}`)
    })
  }
})

test('a phase that failed is tried again when nothing that is queued of its run is at work', () => withBench([plan('r', ['a', 'b', 'c'].map((id) => ({ id, scope: { paths: [`${id}.txt`] } })))], async (bench) => {
  const failed = Promise.withResolvers<void>()
  let atWork = 0
  bench.script = (_run, phase, attempt) => {
    const others = atWork++
    if (phase === 'a' && attempt === 1) return { outcome: 'failed', class: 'test_failed', wait: Promise.resolve().then(() => { atWork-- }) }
    if (phase === 'a') { assert.is(others, 0, 'b and c are through'); failed.resolve() }
    return { wait: new Promise<void>((resolve) => void setImmediate(resolve)).then(() => { atWork-- }) }
  }
  await bench.run({ rules: { phaseParallelism: 2 } })
  await failed.promise
  assert.equal(bench.executed.toSorted(), ['r/a', 'r/a', 'r/b', 'r/c'])
  assert.is(bench.executed.at(-1), 'r/a')
}))

test('a stop by name ends one of two that are at work', () => withBench([plan('r', ['a', 'b'].map((id) => ({ id, scope: { paths: [`${id}.txt`] } })))], async (bench) => {
  const stopped = Promise.withResolvers<void>()
  bench.script = (_run, phase) => {
    if (phase === 'b') {
      bench.stop = { run: 'r', phase: 'a' }
      // About once a second it is looked at.
      setImmediate(() => bench.clock.advance(600))
      return { wait: stopped.promise }
    }
    return { outcome: 'interrupted', wait: (signal) => new Promise((resolve) => { signal.addEventListener('abort', () => { stopped.resolve(); resolve() }) }) }
  }
  const { session } = await bench.run({ rules: { phaseParallelism: 2 } })
  assert.equal(session.outcomes.map(({ phase, outcome }) => [phase, outcome]).toSorted(), [['a', 'interrupted'], ['b', 'complete']])
}))

test('two scopes overlap where a file may lie in both', () => {
  const overlap = (one: string[], other: string[], prefix = '') => {
    assert.is(scopesOverlap(one, other, prefix), scopesOverlap(other, one, prefix), `${one.join()} and ${other.join()}, the other way round`)
    return scopesOverlap(one, other, prefix)
  }
  for (const [one, other] of [['a.ts', 'a.ts'], ['src/', 'src/a.ts'], ['src', 'src/a/b.ts'], ['src/**', 'src/a.ts'], ['**/*.ts', 'src/a.ts'], ['SRC/A.ts', 'src/a.ts'], ['./a.ts', 'a.ts'], ['src/./a.ts', 'src/a.ts'], ['src/*.ts', 'src/**/x.ts'], ['app/[id].tsx', 'app/[id].tsx'], ['.', 'a.ts']])
    assert.ok(overlap([one!], [other!]), `${one} and ${other}`)
  for (const [one, other] of [['a.ts', 'b.ts'], ['src/', 'src2/a.ts'], ['src/a.ts', 'src/a.tsx'], ['src/*.ts', 'src/a.md'], ['src/**/*.ts', 'lib/**/*.ts'], ['src/a/', 'src/b/']])
    assert.not(overlap([one!], [other!]), `${one} and ${other}`)
  assert.ok(overlap([], ['a.ts']), 'an empty scope is everything')
  assert.ok(overlap(['!a.ts'], ['b.ts']))
  // With the root `app/`, both readings of a path count.
  assert.ok(overlap(['app/src/a.ts'], ['src/a.ts'], 'app/'))
  assert.ok(overlap(['./src/a.ts'], ['app/src/a.ts'], 'app/'))
  assert.not(overlap(['./src/a.ts'], ['./lib/a.ts'], 'app/'))
})

test('what is there for the whole run goes alone', () => {
  const phase = (spec: object, commit?: string) => ({ spec: { needs: [], repairs: [], scope: { paths: ['a.ts'] }, ...spec }, ...(commit !== undefined && { commit }) }) as unknown as BacklogPhase
  const other = phase({ scope: { paths: ['b.ts'] } })
  assert.ok(mayGoBeside({ repository }, phase({}), other))
  for (const alone of [phase({ merge: 'main' }), phase({ repairs: ['tests'] }), phase({}, 'c0ffee')]) assert.not(mayGoBeside({ repository }, alone, other) || mayGoBeside({ repository }, other, alone))
})

test.run()
