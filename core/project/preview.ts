import { capsInForce, forecast, readBacklog, reportTelemetry, skippedRuns, whyNotRunnable, type BacklogPhase, type BacklogRun, type Planned, type Session, type SelectionRules } from '../drain/index.ts'
import { pausedBuilders, pausedText } from '../model/circuit.ts'
import type { Comparison } from '../model/comparison.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { DrainRules } from '../model/drain.ts'
import type { AutopackEvent } from '../model/events.ts'
import { circuitOfPhase, findBuilder } from '../pipeline/builder-of.ts'
import type { Engine } from '../pipeline/engine.ts'
import { reachOfPhase } from '../pipeline/reach.ts'
import { branchOf } from '../pipeline/run-base.ts'
import { compareWithRetry } from '../telemetry/compare.ts'
import { createHistory } from '../telemetry/estimate.ts'
import { sumEstimates } from '../telemetry/expected.ts'
import { resolveBase } from '../workspace/index.ts'
import type { Chosen } from './choose.ts'
import { selectionRules } from './selection-rules.ts'

export interface PreviewRequest {
  command: 'run' | 'drain'
  chosen: Chosen
  rules: DrainRules
  batch: number | undefined
  /** Whether buckets are switched on. */
  buckets: boolean
  /** How many of the latest attempts estimates are made of. */
  mostHistory: number
  /** Set the project's history against that of a plain retry loop. */
  compare: boolean
  /** As if no builder were paused. */
  retryBuilders: boolean
}

type PreviewedPhase = Extract<AutopackEvent, { type: 'drain-previewed' }>['runs'][number]['phases'][number]

/** What would run, in order, for how much, and under which rules. The store is a copy that is thrown away. */
export async function preview(engine: Engine, request: PreviewRequest): Promise<DrainReport> {
  const { store, config, runtime } = engine
  // As a drain would: what was tried in vain before has its attempts back.
  await store.grantAllowance('(dry run)')
  const history = createHistory(await store.telemetry({ limit: request.mostHistory }))
  const backlog = await readBacklog(store, request.chosen.runs)
  const circuits = request.retryBuilders ? [] : await store.circuits()
  const circuitOf = ({ commit, spec }: BacklogPhase) => circuits.find((circuit) => circuit.builder === (commit === undefined ? circuitOfPhase(engine, spec) : undefined))
  for (const paused of pausedBuilders(circuits, runtime.now())) engine.emit({ type: 'notice', level: 'warning', message: pausedText(paused) })
  const { order, probeOf, rules } = await forecast(
    backlog, { ...selectionRules(request.command, request.rules, request.chosen, runtime.now()), pausedUntil: (phase) => circuitOf(phase)?.until },
    { store, runtime, session: '(dry run)', repeats: request.rules.maxFingerprintRepeats, reach: request.buckets ? ({ spec }) => reachOfPhase(engine, spec) : undefined },
    { batch: request.batch, maxPauseMs: request.rules.maxPauseMinutes * 60_000 },
  )
  const places = new Map(order.map((selection, index) => [JSON.stringify([selection.run.record.id, selection.phase.id]), { selection, order: index + 1 }]))
  const skipped = new Map(skippedRuns(backlog, rules).map((one) => [one.run, one.reason]))
  const isFull = order.length === request.batch

  const describePhase = (run: BacklogRun, phase: BacklogPhase): PreviewedPhase => {
    const place = places.get(JSON.stringify([run.record.id, phase.id]))
    const expected = place && history.expect({ run: run.record.id, family: run.record.family, phase: phase.id })
    const isProbe = place?.order === 1 && probeOf.length > 0
    const action = !place ? whyLeft(run, phase, { rules, skipped: skipped.get(run.record.id), isFull, maxPauseMinutes: request.rules.maxPauseMinutes })
      : isProbe ? `would run first, as the probe of ${probeOf.join(', ')}`
      : actionOf(run, place.selection, phase, circuitOf(phase)?.builder)
    return { phase: phase.id, state: phase.state, builder: findBuilder(engine, phase.spec)?.name ?? '(none)', action, ...(place && { order: place.order }), ...(expected && { expected }) }
  }
  const runs = []
  for (const run of backlog.runs) {
    const base = await resolveBase(engine.repository, run.record.baseRef)
    runs.push({ run: run.record.id, base: `${run.record.baseRef} (${base.commit.slice(0, 12)})`, branch: branchOf(engine, run.record), source: run.record.source, phases: run.phases.map((phase) => describePhase(run, phase)) })
  }
  const expected = sumEstimates(order.map(({ run, phase }) => history.expect({ run: run.record.id, family: run.record.family, phase: phase.id })))
  engine.emit({ type: 'drain-previewed', caps: capsInForce(request.rules, request.batch), runs, checks: config.checks.map((check) => check.name), runsDir: config.runsDir, expected, ...(request.compare && { comparison: await compareWithLoop(engine) }) })
  return nothingDone(engine, request.command)
}

async function compareWithLoop({ store }: Engine): Promise<Comparison> {
  const sessions = (await store.sessions()).map((entry) => JSON.parse(entry.json) as Session)
  const runs = new Map((await store.runs()).map((run) => [run.id, run]))
  const phases = (await store.phases()).map(({ run, id, spec }) => ({ run, family: runs.get(run)?.family ?? run, phase: id, needs: spec.needs, importedAt: runs.get(run)?.importedAt ?? 0 }))
  return compareWithRetry(await store.telemetry({}), sessions, phases)
}

/** `paused`: its builder, where that is paused. */
function actionOf(run: BacklogRun, { kind, from }: Planned, phase: BacklogPhase, paused: string | undefined): string {
  const open = phase.spec.needs.filter((need) => run.phases.some((one) => one.id === need && one.state !== 'COMPLETE' && one.state !== 'SKIPPED'))
  const after = open.length > 0 ? ` after ${open.join(', ')}` : ''
  const wait = from === undefined ? '' : ` from ${new Date(from).toISOString().replace(/\.\d+Z$/, 'Z')} on${paused === undefined ? '' : `, when builder ${paused} may be asked again`}`
  return `${kind === 'failed' ? 'would be tried again' : 'would run'}${after}${wait}`
}

function whyLeft(run: BacklogRun, phase: BacklogPhase, { rules, skipped, isFull, maxPauseMinutes }: { rules: SelectionRules; skipped: string | undefined; isFull: boolean; maxPauseMinutes: number }): string {
  const why = whyNotRunnable(run, phase, rules)
  if (why?.type === 'parked') return `parked: ${why.reason}; released by ${why.release}`
  if (why?.type === 'deferred' && why.until - rules.now > maxPauseMinutes * 60_000) return `${why.reason}: later than maxPauseMinutes ${maxPauseMinutes} allows to wait`
  if (why && (why.type !== 'blocked' || !isFull)) return why.reason
  if (phase.state === 'FAILED' && skipped !== undefined) return skipped
  return isFull ? 'left for another drain: the batch is full' : 'left alone'
}

function nothingDone({ config, runtime }: Engine, command: 'run' | 'drain'): DrainReport {
  const at = new Date(runtime.now()).toISOString()
  return {
    session: '(dry run)', project: config.project, command, startedAt: at, endedAt: at, durationMs: 0, stop: { reason: 'drained', detail: 'dry run: nothing was written' }, exitCode: 0,
    counts: { complete: 0, failed: 0, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, parked: 0, executing: 0, queued: 0 }, phases: [], waiting: [], runs: [], usage: 'unknown', ...reportTelemetry([]), runsDir: config.runsDir, buckets: [], sections: [], next: [],
  }
}
