/** The real drain over a real store, on a clock that the test moves, with an executor that does what the test's script says. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { drain, type DrainDependencies, type DrainResult, type Session } from '../../../core/drain/index.ts'
import { createRunLayout } from '../../../core/layout/layout.ts'
import { drainDefaults, type DrainRules } from '../../../core/model/drain.ts'
import type { EventBody } from '../../../core/model/events.ts'
import type { Classification } from '../../../core/model/failure.ts'
import type { PhaseResult } from '../../../core/model/phase-result.ts'
import { planSchema, type PlanInput } from '../../../core/model/plan.ts'
import type { Usage } from '../../../core/model/usage.ts'
import { createBeside } from '../../../core/pipeline/beside.ts'
import { mayGoBeside } from '../../../core/pipeline/overlap.ts'
import { openStore } from '../../../core/store/open.ts'
import type { Store } from '../../../core/store/store.ts'
import type { Repository } from '../../../core/workspace/index.ts'
import { movingClock, type MovingClock } from '../../support/moving-clock.ts'

type Script = { outcome?: 'complete' | 'failed' | 'retry' | 'usage-limit' | 'deferred' | 'held' | 'interrupted'; class?: string; minutes?: number; usage?: Usage; charged?: boolean; builderReached?: boolean; notBefore?: number; fixed?: number; /** Or of the signal that stops the attempt. */ wait?: Promise<void> | ((signal: AbortSignal) => Promise<void>) }

type Preflight = { type: 'passed' } | { type: 'failed'; detail: string }

export interface Bench {
  store: Store
  clock: MovingClock
  executed: string[]
  events: EventBody[]
  saved: Session[]
  /** Answers one attempt at a phase; default: it completes. */
  script: (run: string, phase: string, attempt: number) => Script
  stop: { run?: string; phase?: string } | undefined
  consumed: unknown[]
  preflight: (run: string, signal: AbortSignal) => Preflight | Promise<Preflight>
  onEvent: (event: EventBody) => void
  /** Whether there are buckets and breakers. */
  buckets: boolean
  /** How long an attempt is expected to take, in minutes. */
  expected: ((phase: string) => number | undefined) | undefined
  run(options?: Partial<Omit<Parameters<typeof drain>[1], 'rules'>> & { rules?: Partial<DrainRules> }): Promise<DrainResult>
}

const classification = (name: string): Classification => ({
  class: name, fingerprint: 'v1-000000000000', confidence: 'high', title: name, evidence: [], blame: 'phase', action: { type: 'fail' }, classifier: 'built-in',
})

export async function withBench(plans: PlanInput[], use: (bench: Bench) => Promise<void>, time: { jump?: number } = {}): Promise<void> {
  const dir = await mkdtemp(path.join(tmpdir(), 'autopack-drain-'))
  const clock = movingClock(time)
  const layout = createRunLayout({ runsDir: dir, project: 'p' })
  const store = await openStore({ layout, configDir: dir, project: 'p', runtime: clock, isAlive: () => true, create: true, synchronous: 'NORMAL' })
  const beside = createBeside()
  const owner = { host: clock.host, pid: clock.pid, startTime: 'test' }
  try {
    for (const plan of plans) await store.importPlan(planSchema.parse(plan), 'plan.yaml')
    let sessions = 0
    const bench: Bench = {
      store, clock, executed: [], events: [], saved: [], script: () => ({}), stop: undefined, consumed: [], preflight: () => ({ type: 'passed' }), onEvent: () => undefined, buckets: false, expected: undefined,
      async run(options = {}) {
        const rules: DrainRules = { ...drainDefaults, ...options.rules }
        const session = options.session ?? `session-${++sessions}`
        if (!options.resumed) await store.grantAllowance(session)
        const dependencies: DrainDependencies = {
          store, runtime: clock, project: 'p', emit: (event) => { bench.events.push(event); bench.onEvent(event) },
          execute: async (request): Promise<PhaseResult> => {
            const claimed = await beside.claim(request.run, (others) => store.claim({ ...request, ...(rules.phaseParallelism > 1 && { beside: others }), owner, leaseSeconds: 60, maxAttempts: rules.maxAttemptsPerPhase, absoluteCap: rules.absoluteAttemptCap, circuit: ({ spec }) => spec.builder ?? 'claude' }))
            if (claimed.type === 'builder-paused') return { type: 'builder-paused', reason: claimed.reason }
            if (claimed.type !== 'claimed') return { type: 'not-claimed', reason: claimed.type }
            const { claim } = claimed
            using _left = { [Symbol.dispose]: () => beside.leave(claim) }
            bench.executed.push(`${request.run}/${request.phase}`)
            const script = bench.script(request.run, request.phase, claim.number)
            await (typeof script.wait === 'function' ? script.wait(request.signal) : script.wait)
            const outcome = script.outcome ?? 'complete'
            const state = outcome === 'complete' ? 'COMPLETE' : outcome === 'failed' ? 'FAILED' : 'QUEUED'
            clock.advance((script.minutes ?? 0) * 60_000)
            const charged = script.charged ?? (outcome !== 'usage-limit' && outcome !== 'deferred' && outcome !== 'held')
            const usage = script.usage ?? 'unknown'
            const failed = script.class === undefined ? {} : { classification: classification(script.class) }
            const isLimit = outcome === 'usage-limit'
            const until = script.notBefore === undefined || isLimit ? {} : { notBefore: script.notBefore }
            const account = { circuit: claim.phase.spec.builder ?? 'claude', ...(isLimit && { limit: { reason: 'limit reached', ...(script.notBefore !== undefined && { until: script.notBefore }) } }) }
            await store.finish(claim, { yield: { testsFixed: script.fixed ?? 0, testsBroken: 0, deliverables: 0 }, outcome, state, ...(outcome === 'held' && { holdReason: 'ask first' }), charged, stage: 'build', usage, builderReached: script.builderReached ?? true, ...failed, ...until, ...account })
            return { type: 'ended', outcome, state, attempt: claim.number, charged, usage, builderReached: script.builderReached ?? true, durationMs: 0, warnings: [], yield: { testsFixed: script.fixed ?? 0, deliverables: 0 }, ...failed, ...until, ...(script.class === 'auth' && { refused: 'the key is refused; renew it' }) }
          },
          mayGoBeside: (one, other) => mayGoBeside({ repository: { prefix: '' } as Repository }, one, other),
          ...(bench.expected && { expectedMs: (_run, { id }) => { const minutes = bench.expected!(id); return minutes === undefined ? undefined : minutes * 60_000 } }),
          ...(bench.buckets && { reach: () => ({ checks: [] }) }),
          circuitOf: ({ spec }) => spec.builder ?? 'claude',
          preflight: async (run, signal) => bench.preflight(run.record.id, signal),
          stopRequest: async () => bench.stop && { at: '2026-01-05T09:00:00.000Z', by: 'test', ...bench.stop },
          consumeStop: async ({ at: _at, by: _by, ...stop }) => { bench.consumed.push(stop); bench.stop = undefined },
          save: async (record) => void bench.saved.push(structuredClone(record)),
        }
        const { rules: _rules, ...rest } = options
        return await drain(dependencies, { command: 'drain', session, runs: undefined, rules, batch: undefined, signal: new AbortController().signal, ...rest })
      },
    }
    await use(bench)
  } finally {
    await store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

export const plan = (id: string, phases: (string | Record<string, unknown>)[], rest: Partial<PlanInput> = {}): PlanInput =>
  ({ id, ...rest, phases: phases.map((phase) => (typeof phase === 'string' ? { id: phase, goal: phase } : { goal: String(phase['id']), ...phase })) }) as PlanInput
