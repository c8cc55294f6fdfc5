import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { reportTelemetry } from '../../../core/drain/report-telemetry.ts'
import { drainReportSchema, type DrainReport } from '../../../core/model/drain-report.ts'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'
import type { Usage } from '../../../core/model/usage.ts'
import { createStyle } from '../../../core/reporters/style.ts'
import { summaryLines } from '../../../core/reporters/summary.ts'

const test = suite('summary of a drain')

const at = '2026-11-22T10:00:00.000Z'
const attempt = (index: number, more: Partial<AttemptTelemetry>): AttemptTelemetry => ({
  attemptId: String(index), run: `run-${index % 20}`, family: 'run', phase: `phase-${index}`, number: 1, session: 's', charged: true, outcome: 'complete', builderReached: true,
  usage: { inputTokens: 9_000, outputTokens: 1_000, cost: 0.05 }, startedAt: 0, endedAt: 60_000, yield: { testsFixed: 1, testsBroken: 0, deliverables: 2 }, ...more,
})
const nothing = { testsFixed: 0, testsBroken: 0, deliverables: 0 }

function reportOf(attempts: readonly AttemptTelemetry[], more: Partial<DrainReport> = {}): DrainReport {
  const usage: Usage = { inputTokens: 10, outputTokens: 0, cost: 1 }
  return drainReportSchema.parse({
    session: 's', project: 'p', command: 'drain', startedAt: at, endedAt: at, durationMs: 1_000, stop: { reason: 'batch_done', detail: '30 phases, the batch size' }, exitCode: 3,
    counts: { complete: 1, failed: 1, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 0, parked: 0, executing: 0, queued: 0 },
    phases: attempts.map((one) => ({
      run: one.run, phase: one.phase, state: one.outcome === 'complete' ? 'COMPLETE' : 'FAILED', attempts: 1, outcome: one.outcome, warnings: [], durationMs: 1, usage: one.usage,
      ...(one.class !== undefined && { class: one.class, fingerprint: one.fingerprint, title: `title of ${one.fingerprint}` }),
    })),
    waiting: [], runs: Array.from({ length: 20 }, (_, index) => ({ id: `run-${index}`, state: 'queued', branch: `b-${index}`, commits: index % 2, summary: `/p/${index}.md` })),
    usage, buckets: [], runsDir: '/p', sections: [], next: [], ...reportTelemetry(attempts), ...more,
  })
}
const print = (report: DrainReport) => summaryLines(report, { style: createStyle(false), columns: 100, cwd: '/p' })

test('however many phases failed in however many runs, the end is one screen', () => {
  const attempts = Array.from({ length: 100 }, (_, index) =>
    attempt(index, index < 40 ? {} : { outcome: 'failed', yield: nothing, class: 'test_failed', fingerprint: `v1-${index < 90 ? 'aa' : index}`, ...(index % 2 === 0 && { usage: 'unknown' }) }))
  const lines = print(reportOf(attempts))
  assert.ok(lines.length <= 45, `${lines.length} lines:\n${lines.join('\n')}`)
  assert.is(lines[2], '  failed    run-0/phase-40 and 49 others  test_failed · v1-aa · 83 % of the failures')
  assert.ok(lines.includes('            and 3 more: autopack status'))
  assert.ok(lines.includes('          and 14 other runs: autopack status'))
  const from = lines.findIndex((line) => line.startsWith('spent'))
  assert.equal(lines.slice(from, from + 9), [
    'spent     10 tokens · $1.00 · unknown of 30 attempts',
    '          complete 400k (57 %) · failed 300k (43 %)',
    '          against the budgets: 2.2M tokens · $11.00, with what is assumed of 30 attempts',
    'brought   40 phases · 40 tests fixed · 80 deliverables · 57 phases per million tokens · 24 an hour',
    '          60 attempts brought nothing: 60 reached the builder and failed',
    'go/no-go  go: 0 import-time failures (0 allowed), 0 % failed at collection (below 5 % allowed), 70 %',
    '          of the phases have events (above 60 % needed)',
    'stopped   batch_done: 30 phases, the batch size',
    'summary   1.md',
  ])
})

test('what waits for the same reason shares a line', () => {
  const waiting = Array.from({ length: 40 }, (_, index) => ({ run: 'r', phase: `p${index}`, state: 'QUEUED' as const, ...(index < 3 ? { why: 'parked' as const, reason: 'the disk is full' } : { why: 'queued' as const, reason: 'was not reached' }) }))
  const lines = print(reportOf([attempt(1, {})], { waiting }))
  assert.equal(lines.filter((line) => /^ {2}(?:parked|queued)/.test(line)), ['  parked    r/p0 and 2 others  the disk is full', '  queued    r/p3 and 36 others  was not reached'])
})

test('what another process executes is not called queued', () => {
  const counts = { ...reportOf([attempt(1, {})]).counts, failed: 0, executing: 2 }
  const lines = print(reportOf([attempt(1, {})], { counts, waiting: [{ run: 'r', phase: 'p', state: 'EXECUTING', why: 'executing', reason: 'another process is at work at it' }] }))
  assert.ok(lines.includes('  executing r/p  another process is at work at it'), lines.join('\n'))
  assert.match(lines[1]!, /^1 complete · 2 executing elsewhere in /)
})

test('the criteria of go/no-go are told once: a plugin may tell them one by one', () => {
  const lines = print(reportOf(Array.from({ length: 20 }, (_, index) => attempt(index, {})), { sections: [{ plugin: 'x', title: 'Go or no-go for a larger batch', lines: ['go'] }] }))
  assert.ok(lines.includes('go/no-go  go'), lines.join('\n'))
})

test('of one attempt nothing is said twice, and a run has no go/no-go', () => {
  const lines = print(reportOf([attempt(1, { usage: 'unknown' })], { usage: 'unknown', command: 'run' })).join('\n')
  assert.match(lines, /^spent     tokens unknown$/m)
  assert.not.match(lines, /brought|go\/no-go/)
})

test.run()
