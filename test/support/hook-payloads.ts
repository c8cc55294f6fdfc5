import { reportTelemetry } from '../../core/drain/index.ts'
import type { DrainReport } from '../../core/model/drain-report.ts'
import type { HookName, HookTypes } from '../../core/model/plugin.ts'
import { phaseSpecSchema } from '../../core/model/plan.ts'

const identity = { run: 'run-1', phase: phaseSpecSchema.parse({ id: 'phase-1', goal: 'Do it.' }), attempt: 1, attemptId: 'a-1' }
const roots = { projectRoot: '/repo', repositoryRoot: '/repo' }
const nothing = () => {}

const report: DrainReport = {
  session: 'batch-drain-20251208-120000', project: 'demo', command: 'drain', startedAt: '2025-12-08T12:00:00Z', endedAt: '2025-12-08T12:01:00Z', durationMs: 60_000,
  stop: { reason: 'drained', detail: '' }, exitCode: 0,
  counts: { complete: 1, failed: 0, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, parked: 0, executing: 0, queued: 0 },
  phases: [], waiting: [], runs: [], usage: 'unknown', ...reportTelemetry([]), runsDir: '/repo/.runs', buckets: [], sections: [], next: [],
}

/** A valid payload for each hook. */
export const payloads: { [Name in HookName]: HookTypes[Name]['payload'] } = {
  resolvePath: { raw: 'a.txt', purpose: 'scope', ...roots },
  beforePhase: {
    ...identity, ...roots, scope: { write: ['a.txt'], readOnly: [] }, deliverables: ['a.txt'], checks: [{ name: 'tests', argv: ['npm', 'test'] }],
    resolve: async (raw) => ({ relative: raw }), exists: () => false, stubKind: () => undefined,
    stub: nothing, hint: nothing, context: nothing, checkArguments: nothing, skip: nothing, hold: nothing,
  },
  validateDeliverables: { ...identity, ...roots, deliverables: [], problems: [], existing: 0, problem: nothing, accept: nothing, review: nothing },
  classifyFailure: {
    ...identity, ...roots, checks: [],
    failure: { stage: 'checks', message: 'check tests failed', output: 'Error acquiring the state lock', problems: [], causes: [], exitCode: 1 },
  },
  afterDrain: { report, section: nothing },
}
