import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { drain, type DrainDependencies, type DrainRequest, type DrainResult } from '../../../../core/drain/index.ts'
import { createRunLayout } from '../../../../core/layout/layout.ts'
import { drainDefaults, type DrainRules } from '../../../../core/model/drain.ts'
import type { EventBody } from '../../../../core/model/events.ts'
import type { Classification } from '../../../../core/model/failure.ts'
import type { PhaseToExecute } from '../../../../core/model/phase-result.ts'
import { planSchema, type PlanInput } from '../../../../core/model/plan.ts'
import { openStore } from '../../../../core/store/open.ts'
import type { Store } from '../../../../core/store/store.ts'
import { movingClock, type MovingClock } from '../../../support/moving-clock.ts'

const test = suite('breaker in a drain')

const fp = 'v1-aaaaaaaaaaaa'
const crash: Classification = { class: 'import_crash', fingerprint: fp, confidence: 'high', title: 'No module named shop', evidence: [], blame: 'project', action: { type: 'fail' }, classifier: 'built-in' }

interface Answer { fails?: Partial<Classification>; builderReached?: boolean; charged?: boolean; minutes?: number; wait?: Promise<void> }

interface Bench {
  store: Store
  clock: MovingClock
  executed: string[]
  requests: PhaseToExecute[]
  events: EventBody[]
  answer: (run: string, phase: string) => Answer
  /** Before the first phase of a run. */
  preflight: (run: string) => Promise<void>
  /** The store as a new process finds it. */
  reopen(): Promise<void>
  run(options?: Partial<Omit<DrainRequest, 'rules'>> & { rules?: Partial<DrainRules>; breakers?: boolean }): Promise<DrainResult>
}

async function withBench(plans: PlanInput[], use: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'autopack-breaker-'))
  const clock = movingClock()
  const layout = createRunLayout({ runsDir: dir, project: 'p' })
  const open = () => openStore({ layout, configDir: dir, project: 'p', runtime: clock, isAlive: () => true, create: true, synchronous: 'NORMAL' })
  let sessions = 0
  const bench: Bench = {
    store: await open(), clock, executed: [], requests: [], events: [], answer: () => ({}), preflight: async () => undefined,
    async reopen() {
      await bench.store.close()
      bench.store = await open()
    },
    async run({ rules: given, breakers = true, ...options } = {}) {
      const { store } = bench
      const rules: DrainRules = { ...drainDefaults, ...given }
      const session = options.session ?? `session-${++sessions}`
      if (!options.resumed) await store.grantAllowance(session)
      const dependencies: DrainDependencies = {
        store, runtime: clock, project: 'p', emit: (event) => void bench.events.push(event),
        ...(breakers && { reach: (phase) => ({ builder: phase.spec.builder ?? 'claude', checks: ['tests', ...phase.spec.checks.map((check) => check.name)] }) }),
        async execute(request) {
          const claimed = await store.claim({ ...request, owner: { host: clock.host, pid: clock.pid, startTime: 't' }, leaseSeconds: 60, maxAttempts: rules.maxAttemptsPerPhase, absoluteCap: rules.absoluteAttemptCap })
          if (claimed.type !== 'claimed') return { type: 'not-claimed', reason: claimed.type }
          bench.executed.push(`${request.run}/${request.phase}`)
          bench.requests.push(request)
          const { fails, minutes = 1, wait, builderReached = true, charged = true } = bench.answer(request.run, request.phase)
          await wait
          clock.advance(minutes * 60_000)
          const spec = claimed.claim.phase.spec
          const ended = { charged, stage: fails ? (builderReached ? 'delta' : 'baseline') : 'commit', usage: 'unknown', builderReached, builder: spec.builder ?? 'claude', checks: ['tests'] } as const
          const found = fails && { classification: { ...crash, ...fails } }
          const [outcome, state] = fails ? (['failed', 'FAILED'] as const) : (['complete', 'COMPLETE'] as const)
          await store.finish(claimed.claim, { ...ended, outcome, state, ...found })
          return { type: 'ended', outcome, state, attempt: claimed.claim.number, durationMs: 0, warnings: [], yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 }, ...ended, ...found }
        },
        preflight: async (run) => { await bench.preflight(run.record.id); return { type: 'passed' } },
        stopRequest: async () => undefined,
        consumeStop: async () => undefined,
        save: async () => undefined,
      }
      return await drain(dependencies, { command: 'drain', session, runs: undefined, rules, batch: undefined, signal: new AbortController().signal, ...options })
    },
  }
  try {
    for (const plan of plans) await bench.store.importPlan(planSchema.parse(plan), 'plan.yaml')
    await use(bench)
  } finally {
    await bench.store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

const plan = (id: string, phases: string[], more: Partial<PlanInput['phases'][number]> = {}): PlanInput => ({ id, phases: phases.map((phase) => ({ id: phase, goal: phase, ...more })) })
const states = async ({ store }: Bench) => (await store.phases()).map((phase) => phase.state)
const changes = ({ events }: Bench) => events.flatMap((event) => (event.type === 'bucket-changed' ? [`${event.state} ${event.radius}`.trim()] : []))
const backlog = () => [plan('a-20260101', ['a1', 'a2', 'a3']), plan('b-20260101', ['b1', 'b2', 'b3'])]

test('a systemic fault costs two builder calls; what is left is parked, the drain says so, and the next one probes with a member', () => withBench(backlog(), async (bench) => {
  bench.answer = () => ({ fails: {} })
  const first = await bench.run()
  assert.equal(bench.executed, ['a-20260101/a1', 'b-20260101/b1'])
  assert.equal([first.stop.reason, first.stop.detail, first.exitCode], ['fingerprint_repeat', `6 phases are parked by ${fp}: autopack buckets`, 3])
  assert.equal(changes(bench), ['suspended the project', 'open the project'])
  const opened = bench.events.find((event) => event.type === 'bucket-changed' && event.state === 'open')
  assert.equal(opened?.type === 'bucket-changed' && [opened.systemic, opened.members], [true, 2])
  await bench.reopen()
  bench.executed.length = 0
  await bench.run()
  assert.equal(bench.executed, ['a-20260101/a1'], 'still broken: one probe, although it is failed and others are queued')
  await bench.reopen()
  bench.executed.length = 0
  bench.answer = () => ({})
  const mended = await bench.run()
  assert.equal([mended.stop.reason, mended.exitCode, bench.executed[0]], ['drained', 0, 'a-20260101/a1'])
  assert.equal(new Set(await states(bench)), new Set(['COMPLETE']))
}))

test('of a fault of one family the probe in the other tells; that one is drained', () => withBench(backlog(), async (bench) => {
  bench.answer = (run) => (run.startsWith('a') ? { fails: {} } : {})
  const result = await bench.run()
  assert.equal(bench.executed, ['a-20260101/a1', 'b-20260101/b1', 'a-20260101/a2', 'b-20260101/b2', 'b-20260101/b3'])
  assert.equal([result.stop.reason, changes(bench)], ['fingerprint_repeat', ['suspended the project', 'closed', 'open family a']])
}))

test('blame of a phase parks its members at maxFingerprintRepeats', () => withBench(['a', 'b', 'c', 'd'].map((id) => plan(id, ['x', 'y'])), async (bench) => {
  bench.answer = (_run, phase) => (phase === 'x' ? { fails: { blame: 'phase' } } : {})
  const result = await bench.run({ rules: { maxFingerprintRepeats: 2 } })
  assert.equal(bench.executed.filter((name) => name.endsWith('x')).length, 4, 'each once, and none again')
  assert.equal([result.stop.reason, changes(bench)], ['fingerprint_repeat', ['open its 2 phases', 'open its 3 phases', 'open its 4 phases']])
}))

test('what fails with one fingerprint again and again has one attempt in a drain, until it fails in another way', () => withBench([plan('a', ['x'])], async (bench) => {
  const attempts = async (rules: Partial<DrainRules> = {}) => {
    bench.executed.length = 0
    await bench.run({ rules: { maxAttemptsPerPhase: 5, ...rules } })
    return bench.executed.length
  }
  bench.answer = () => ({ fails: { blame: 'phase' } })
  assert.is(await attempts({ maxFingerprintRepeats: 4 }), 4)
  await bench.reopen()
  assert.is(await attempts(), 1, 'a new drain, and no more than to see whether it still does')
  let failures = 0
  bench.answer = () => ({ fails: { blame: 'phase', ...(++failures > 1 && { fingerprint: 'v1-bbbbbbbbbbbb' }) } })
  await bench.store.requeue('a', 'x', { reason: 'the plan is clearer' })
  assert.is(await attempts(), 4, 'once as before, and three times in another way')
}))

test('with several at once a suspended radius starts nothing but its probe; what is in flight ends by itself', () => withBench(['a', 'b', 'c', 'd', 'e'].map((id) => plan(id, ['one', 'two'])), async (bench) => {
  let inFlight = () => {}
  let release = () => {}
  const [begun, held] = [new Promise<void>((resolve) => { inFlight = resolve }), new Promise<void>((resolve) => { release = resolve })]
  const during: string[][] = []
  const isSuspended = () => bench.events.some((event) => event.type === 'bucket-changed' && event.state === 'suspended')
  // Two are at work when the first of them fails; the third is chosen after that, however long a claim takes.
  bench.preflight = async (run) => { while (run !== 'a' && run !== 'b' && !isSuspended()) await new Promise((resolve) => setImmediate(resolve)) }
  bench.answer = (run, phase) => {
    if (run === 'a' && phase === 'one') return { fails: {}, wait: begun }
    if (run === 'b' && phase === 'one') { inFlight(); return { wait: held } }
    if (during.length > 0) return {}
    // The third place stays empty as long as nobody knows how far it reaches.
    for (let turn = 0; turn < 5; turn++) during.push([])
    const look = (turn: number): unknown => (turn === during.length ? release() : setImmediate(() => { during[turn] = [...bench.executed]; look(turn + 1) }))
    look(0)
    return { wait: held }
  }
  const result = await bench.run({ rules: { parallel: 3, maxAttemptsPerPhase: 1 } })
  for (const executed of during) assert.equal(executed, ['a/one', 'b/one', 'c/one'])
  assert.equal([result.stop.reason, (await states(bench)).filter((state) => state !== 'COMPLETE')], ['drained', ['FAILED']])
}))

test('the closing of its bucket gives a new allowance within the drain, before the builder too', () => withBench(backlog(), async (bench) => {
  let broken = true
  const answer = (run: string): Answer => {
    // It is mended while the drain works on other things.
    if (run === 'c') broken = false
    return run === 'c' ? { minutes: 40 } : broken ? { fails: { blame: 'builder' }, builderReached: false, charged: false } : {}
  }
  bench.answer = answer
  await bench.run()
  assert.is(bench.executed.length, 2)
  await bench.store.importPlan(planSchema.parse(plan('c', ['c1'], { builder: 'codex' })), 'plan.yaml')
  bench.executed.length = 0
  const result = await bench.run()
  assert.equal(bench.executed.slice(0, 3), ['a-20260101/a1', 'c/c1', 'a-20260101/a2'], 'a member, then what is not parked, then after a while another phase of the radius')
  assert.equal([result.stop.reason, new Set(await states(bench))], ['drained', new Set(['COMPLETE'])])
}))

test('a probe of a fault that shows before the builder says which check tells it', () => withBench(backlog(), async (bench) => {
  bench.answer = () => ({ fails: {}, builderReached: false, charged: false })
  await bench.run()
  assert.equal(bench.requests.map((request) => request.probes ?? []), [[], [{ fingerprint: fp }]])
}))

test('without a reach there are no buckets: everything is tried as often as it may be', () => withBench(backlog(), async (bench) => {
  bench.answer = () => ({ fails: {} })
  await bench.run()
  bench.executed.length = 0
  const result = await bench.run({ breakers: false })
  assert.equal([bench.executed.length, result.stop.reason], [12, 'drained'])
  assert.equal(result.breaker?.live(), [])
}))

test('a session that goes on does not probe anew, and counts on', () => withBench(backlog(), async (bench) => {
  bench.answer = () => ({ fails: {} })
  const first = await bench.run()
  const resumed = await bench.run({ session: first.session.id, resumed: first.session })
  assert.equal([bench.executed.length, resumed.stop.reason], [2, 'fingerprint_repeat'])
}))

test('a bucket is drained alone', () => withBench(backlog(), async (bench) => {
  bench.answer = (_run, phase) => (phase === 'a2' ? { fails: { blame: 'phase' } } : {})
  await bench.run({ runs: ['a-20260101'], rules: { maxAttemptsPerPhase: 1 } })
  bench.executed.length = 0
  bench.answer = () => ({})
  await bench.run({ filter: { buckets: [fp] } })
  assert.equal(bench.executed, ['a-20260101/a2'])
}))

test.run()
