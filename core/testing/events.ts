import { reportTelemetry } from '../drain/report-telemetry.ts'
import { clean } from '../failure/index.ts'
import { failureSchema } from '../model/failure.ts'
import type { FailureInput } from '../model/failure.ts'
import { phaseSpecSchema } from '../model/plan.ts'
import type { PhaseSpec } from '../model/plan.ts'
import type { DrainReport } from '../model/drain-report.ts'
import type { AfterDrainEvent, BeforePhaseEvent, ClassifyEvent, DeliverablesEvent, PathRequest } from '../model/plugin.ts'
import type { DeliverableStatus, StubKind } from '../model/plugin.ts'
import { causesOfFailure } from '../pipeline/ask-classifiers.ts'
import { toldStubKind } from '../pipeline/stubs.ts'

/** What a test says of an event; the rest is filled in. */
export interface EventInputs {
  resolvePath: Partial<PathRequest>
  beforePhase: Partial<Omit<BeforePhaseEvent, 'phase'>> & PhaseInput
  validateDeliverables: Partial<Omit<DeliverablesEvent, 'phase' | 'deliverables'>> & PhaseInput & { deliverables?: readonly (Partial<DeliverableStatus> & { relative: string })[] }
  classifyFailure: Partial<Omit<ClassifyEvent, 'phase' | 'failure'>> & PhaseInput & { failure?: Partial<FailureInput> }
  afterDrain: { report?: Partial<DrainReport>; section?: AfterDrainEvent['section'] }
}
interface PhaseInput { phase?: Partial<PhaseSpec> }

/** What a tap called on the event, by function, in order. */
export interface Said {
  stubs: Parameters<BeforePhaseEvent['stub']>[0][]
  hints: string[]
  context: Parameters<BeforePhaseEvent['context']>[0][]
  checkArguments: Parameters<BeforePhaseEvent['checkArguments']>[0][]
  skipped: string[]
  held: string[]
  problems: Parameters<DeliverablesEvent['problem']>[0][]
  accepted: string[]
  reviews: Parameters<DeliverablesEvent['review']>[0][]
  sections: Parameters<AfterDrainEvent['section']>[0][]
}
export const emptySaid = (): Said => ({ stubs: [], hints: [], context: [], checkArguments: [], skipped: [], held: [], problems: [], accepted: [], reviews: [], sections: [] })

const roots = { projectRoot: '/repository', repositoryRoot: '/repository' }
const identity = (input: PhaseInput) => ({
  run: 'run-1', attempt: 1, attemptId: 'attempt-1',
  phase: phaseSpecSchema.parse({ id: 'phase-1', goal: 'A phase for a test.', ...input.phase }),
})
const write = <Value>(list: Value[]) => (value: Value) => void list.push(value)

/** A whole event from what a test said of it; what a tap calls on it goes into `said`. */
export const eventFrom = {
  resolvePath: (input: EventInputs['resolvePath']): PathRequest => ({ raw: 'file.txt', purpose: 'scope', ...roots, ...input }),
  beforePhase(input: EventInputs['beforePhase'], said: Said, stubKinds: readonly StubKind[] = []): BeforePhaseEvent {
    const spec = identity(input)
    return {
      scope: { write: spec.phase.scope.paths, readOnly: spec.phase.scope.readOnly },
      deliverables: Object.values(spec.phase.deliverables).flat(),
      checks: [], ...roots,
      resolve: async (raw) => ({ relative: raw.replace(/^\.\//, '') }),
      exists: () => false,
      stubKind: (relative) => toldStubKind(stubKinds, relative),
      stub: write(said.stubs), hint: write(said.hints), context: write(said.context), checkArguments: write(said.checkArguments), skip: write(said.skipped), hold: write(said.held),
      ...input, ...spec,
    }
  },
  validateDeliverables(input: EventInputs['validateDeliverables'], said: Said): DeliverablesEvent {
    const deliverables = (input.deliverables ?? []).map((one): DeliverableStatus => ({ raw: one.relative, present: true, satisfied: true, existedBefore: false, touched: true, stub: 'none', ...one }))
    return {
      problems: [], existing: deliverables.length, ...roots,
      problem: write(said.problems), accept: write(said.accepted), review: write(said.reviews),
      ...input, ...identity(input), deliverables,
    }
  },
  classifyFailure(input: EventInputs['classifyFailure']): ClassifyEvent {
    const failure = failureSchema.parse({ stage: 'delta', message: 'check tests failed', check: 'tests', exitCode: 1, ...input.failure })
    // As in a run: the causes are read before anybody is asked, and a classifier sees the output as a person would.
    if (failure.causes.length === 0) failure.causes = causesOfFailure(failure, {})
    return { checks: [], ...roots, ...input, ...identity(input), failure: { ...failure, output: clean(failure.output) } }
  },
  afterDrain: (input: EventInputs['afterDrain'], said: Said): AfterDrainEvent => ({
    section: input.section ?? write(said.sections),
    report: {
      session: 'batch-drain-20251208-120000', project: 'test', command: 'drain', startedAt: '2025-12-08T12:00:00.000Z', endedAt: '2025-12-08T12:10:00.000Z', durationMs: 600_000,
      stop: { reason: 'drained', detail: 'nothing runnable is left' }, exitCode: 0,
      counts: { complete: 0, failed: 0, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, parked: 0, executing: 0, queued: 0 },
      phases: [], waiting: [], runs: [], usage: 'unknown', ...reportTelemetry([]), runsDir: '/repository/.runs', buckets: [], sections: [], next: [],
      ...input.report,
    },
  }),
}
