import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { reportTelemetry } from '../../../core/drain/report-telemetry.ts'
import type { DrainReport } from '../../../core/model/drain-report.ts'
import type { AutopackEvent } from '../../../core/model/events.ts'
import { eventSchema } from '../../../core/model/event-schema.ts'
import { createJsonReporter } from '../../../core/reporters/json.ts'
import { createLinesReporter } from '../../../core/reporters/lines.ts'
import { createStyle } from '../../../core/reporters/style.ts'

const test = suite('lines')

const at = '2026-11-22T10:00:00.000Z'
const phase = (name: string, attempt = 1) => ({ at, run: 'demo', phase: name, attempt })
const usage = { inputTokens: 12_000, outputTokens: 300, cost: 0.041 }
const delta = {
  check: 'tests', against: 'baseline' as const, verdict: { type: 'blocked' as const, reason: 'new failures' }, newFailures: ['a', 'b'], preexisting: ['c'], flaky: [], fixed: [],
  disappeared: [], newlySkipped: [], lost: [], collectionErrors: [], warnings: [], severity: 'medium' as const,
}
const failure = {
  class: 'test_failed', fingerprint: 'v1-3f9c2a71b04d', confidence: 'high' as const, title: 'slug keeps accents: expected é', evidence: ["AssertionError: 'e' == 'é'", '  at slug.test.js:4'],
  blame: 'phase' as const, action: { type: 'fail' as const }, classifier: 'built-in',
}
const report: DrainReport = {
  session: 's', project: 'demo', command: 'run', startedAt: at, endedAt: at, durationMs: 14_300, stop: { reason: 'drained', detail: 'nothing runnable is left' }, exitCode: 1,
  counts: { complete: 1, failed: 1, skipped: 0, review: 0, held: 0, deferred: 0, blocked: 1, parked: 0, executing: 0, queued: 0 },
  phases: [
    { run: 'demo', phase: 'slug', state: 'COMPLETE', attempts: 1, outcome: 'complete', warnings: ['1 flaky test'], durationMs: 1, usage },
    { run: 'demo', phase: 'never', state: 'FAILED', attempts: 2, outcome: 'failed', class: 'test_failed', fingerprint: failure.fingerprint, title: failure.title, warnings: [], durationMs: 1, usage: 'unknown' },
  ],
  waiting: [{ run: 'demo', phase: 'last', state: 'QUEUED', why: 'blocked', reason: 'needs never (failed)' }],
  runs: [{ id: 'demo', state: 'failed', branch: 'autopack/demo/demo', commits: 1, diffStat: { files: 3, added: 120, removed: 4 }, summary: '/p/runs-dir/run_summary.md' }],
  usage, ...reportTelemetry([]), runsDir: '/p/runs-dir', buckets: [], sections: [{ plugin: 'x', title: 'Extra', lines: ['a line'] }],
  next: [{ command: 'autopack show demo --diff', why: 'look at the changes' }],
}
const events: AutopackEvent[] = [
  { at, type: 'run-imported', run: 'demo', change: 'new', changes: [{ phase: 'slug', type: 'added' }, { phase: 'never', type: 'added' }] },
  { at, type: 'run-imported', run: 'same', change: 'unchanged', changes: [] },
  { at, type: 'drain-started', session: 'batch-drain-1', runs: ['demo'], phases: 2, caps: { timeout: '15m', tokens: '2M attempt, 4M phase, 20M drain', cost: '$5 / $10 / $50', parallel: '1' } },
  { ...phase('slug'), type: 'phase-started', goal: 'Keep the accents of slugs\nand more', builder: 'command', attemptDir: '/p/a' },
  { ...phase('slug'), type: 'stage-started', stage: 'scope' },
  { ...phase('slug'), type: 'stage-started', stage: 'baseline', detail: 'tests (baseline)', lastMs: 12_300 },
  { ...phase('slug'), type: 'progress', line: 'reading', usage },
  { ...phase('slug'), type: 'check-judged', delta: { ...delta, verdict: { type: 'passed' }, newFailures: [] } },
  {
    ...phase('slug'), type: 'phase-finished', outcome: 'complete', usage, durationMs: 4_200, warnings: ['1 flaky test'], commit: 'a1b2c3d4e5f60', diffStat: { files: 3, added: 120, removed: 4 }, attemptDir: '/p/a',
  },
  { ...phase('never', 2), type: 'phase-started', goal: 'Never', builder: 'command', attemptDir: '/p/b' },
  { ...phase('never', 2), type: 'check-judged', delta },
  { ...phase('never', 2), type: 'phase-finished', outcome: 'failed', usage: 'unknown', durationMs: 9_800, warnings: [], classification: failure, attemptDir: '/p/b' },
  { at, type: 'notice', level: 'warning', message: 'stopping', run: 'demo', phase: 'never' },
  { at, type: 'drain-finished', report },
]

const printed = (columns: number, color = false): string[] => {
  const lines: string[] = []
  const reporter = createLinesReporter({ print: (line) => lines.push(line), style: createStyle(color), columns, cwd: '/p' })
  for (const event of events) reporter.event(event)
  return lines
}

test('a drain on 80 columns', () => {
  assert.equal(printed(80), [
    'plan      demo: imported, 2 phases',
    'session   batch-drain-1 · run demo · 2 phases',
    'caps      timeout 15m · tokens 2M attempt, 4M phase, 20M drain',
    '          cost $5 / $10 / $50 · parallel 1',
    'start     slug  Keep the accents of slugs',
    'baseline  slug  tests, 12.3s last time',
    'complete  slug  4.2s · 3 files +120 -4 · 12.3k tokens · $0.04 · a1b2c3d4e5',
    '          warning: 1 flaky test',
    'start     never  attempt 2 · Never',
    'check     never  tests blocked: 2 new failures · 1 failed before too',
    'failed    never  test_failed · 9.8s · tokens unknown',
    '          slug keeps accents: expected é',
    "          | AssertionError: 'e' == 'é'",
    '          | at slug.test.js:4',
    '          autopack show demo never',
    'warning   demo/never: stopping',
    '',
    '1 complete · 1 failed · 1 blocked in 14.3s',
    '  failed    demo/never  test_failed · v1-3f9c2a71b04d',
    '            slug keeps accents: expected é',
    '  warning   demo/slug',
    '            1 flaky test',
    '  blocked   demo/last  needs never (failed)',
    '',
    'run       demo · failed · 1 commit · 3 files +120 -4',
    'spent     12.3k tokens · $0.04',
    'stopped   drained: nothing runnable is left',
    'summary   runs-dir/run_summary.md',
    '',
    'Extra',
    '  a line',
    '',
    'next',
    '  autopack show demo --diff  look at the changes',
  ])
})

test('a warning that an earlier phase had is told by that phase, and at the end once for all', () => {
  const lines: string[] = []
  const reporter = createLinesReporter({ print: (line) => lines.push(line), style: createStyle(false), columns: Infinity, cwd: '/p' })
  const finish = (id: string, warnings: string[]) => reporter.event({ ...phase(id), type: 'phase-finished', outcome: 'complete', usage, durationMs: 1, warnings, attemptDir: '/p/c' })
  finish('one', ['a', 'b'])
  finish('two', ['a', 'b', 'c'])
  finish('three', ['c'])
  assert.equal(lines.filter((line) => line.includes('warning')).map((line) => line.trim()), ['warning: a', 'warning: b', 'warning: c', 'warning: the same 2 as of one', 'warning: the same as of two'])
  const [first] = report.phases
  const phases = ['one', 'two'].map((id) => ({ ...first!, phase: id, state: 'COMPLETE' as const, warnings: ['a', 'b'] }))
  reporter.event({ at, type: 'drain-finished', report: { ...report, phases } })
  const from = lines.indexOf('  warning   demo/one and 1 other')
  assert.equal(lines.slice(from + 1, from + 3).map((line) => line.trim()), ['a', 'b'])
})

test('a failure before the builder says so, and evidence does not say the title again', () => {
  const lines: string[] = []
  const reporter = createLinesReporter({ print: (line) => lines.push(line), style: createStyle(false), columns: Infinity, cwd: '/p' })
  const classification = { ...failure, title: 'a.py::adds: assert 5 == 4 + where 5… (and 2 more)', evidence: ['a.py::adds: assert 5 == 4  +  where 5 = add(1)', 'a.py::totals: assert 1 == 2'] }
  reporter.event({ ...phase('broken'), type: 'phase-finished', outcome: 'failed', usage, durationMs: 1, warnings: [], classification, reason: 'before the builder: tests is broken on the base', attemptDir: '/p/c' })
  assert.equal(lines.slice(1), [
    '          a.py::adds: assert 5 == 4 + where 5… (and 2 more)',
    '          before the builder: tests is broken on the base',
    '          | a.py::totals: assert 1 == 2',
    '          autopack show demo broken',
  ])
  const { title } = classification
  lines.length = 0
  reporter.event({ ...phase('broken'), type: 'phase-finished', outcome: 'failed', usage, durationMs: 1, warnings: [], classification, reason: `before the builder: ${title}`, attemptDir: '/p/c' })
  assert.equal(lines.slice(1, 3), [`          before the builder: ${title}`, '          | a.py::totals: assert 1 == 2'])
})

test('a log is neither cut nor wrapped, and colours change nothing but colours', () => {
  assert.ok(printed(Infinity).includes('caps      timeout 15m · tokens 2M attempt, 4M phase, 20M drain · cost $5 / $10 / $50 · parallel 1'))
  const escape = new RegExp(String.raw`\u001b\[\d+m`, 'g')
  assert.match(printed(80, true).join('\n'), escape)
  assert.equal(printed(80, true).map((line) => line.replace(escape, '')), printed(80))
})

test('nothing is wider than the terminal but what is there to be copied', () => {
  for (const line of printed(60)) assert.ok([...line].length <= 60 || line.startsWith('run ') || line.startsWith('complete'), line)
})

test('as JSON, one event a line, each as the published schema says', () => {
  const lines: string[] = []
  const reporter = createJsonReporter((line) => lines.push(line))
  for (const event of events) reporter.event(event)
  assert.equal(lines.map((line) => JSON.parse(line) as unknown), events)
  for (const line of lines) eventSchema.parse(JSON.parse(line))
})

test.run()
