import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { noCounters } from '../../../core/drain/counters.ts'
import { stopOfItself } from '../../../core/drain/left.ts'
import { buildReport, type RunDescription } from '../../../core/drain/report.ts'
import type { DrainResult } from '../../../core/drain/index.ts'
import { drainDefaults } from '../../../core/model/drain.ts'
import type { DrainReport } from '../../../core/model/drain-report.ts'
import type { AttemptTelemetry } from '../../../core/model/telemetry.ts'

const test = suite('drain report')

type Phase = DrainResult['backlog']['runs'][number]['phases'][number]

const phase = (id: string, more: Partial<Phase> = {}) => ({ id, state: 'QUEUED', spec: { needs: [] }, ...more }) as unknown as Phase

/** The report on runs of the given phases, of which those named in `commits` have work. */
async function report(runs: Record<string, Phase[]>, commits: Record<string, number>, timeoutsByRun: Record<string, number> = {}, outcomes: Partial<DrainReport['phases'][number]>[] = [], end: { command?: 'run' | 'drain'; stop?: DrainReport['stop']; exitCode?: number; attempts?: readonly AttemptTelemetry[]; hasReview?: boolean } = {}): Promise<DrainReport> {
  const result = {
    session: { id: 's', project: 'p', command: end.command ?? 'run', runs: Object.keys(runs), rules: drainDefaults, startedAt: '2026-11-22T10:00:00.000Z', counters: { ...noCounters(), timeoutsByRun }, outcomes },
    backlog: { runs: Object.entries(runs).map(([id, phases]) => ({ record: { id, state: 'queued' }, phases })) },
    stop: end.stop ?? { reason: 'drained', detail: '' }, exitCode: end.exitCode ?? 0, executed: 0,
  } as unknown as DrainResult
  const describe = async ({ record: { id } }: { record: { id: string } }): Promise<RunDescription> => ({ branch: `autopack/p/${id}`, commits: commits[id] ?? 0, summary: '/s', ...(id === 'merged' && { merged: true }) })
  return await buildReport({ result, attempts: end.attempts ?? [], now: Date.parse('2026-11-22T10:01:00.000Z'), runsDir: '/r', hasReview: end.hasReview ?? true, describe })
}

test('a run that was left alone after its timeouts says so for each phase that waits', async () => {
  const { waiting } = await report({ slow: [phase('a'), phase('b', { holdReason: 'asked' })], fast: [phase('c')] }, {}, { slow: 2, fast: 1 })
  assert.equal(waiting.map(({ run, why, reason }) => [run, why, reason].join(' · ')), [
    'slow · queued · its run was left alone after 2 timeouts (maxTimeoutsPerRun 2)',
    'slow · held · asked',
    'fast · queued · was not reached',
  ])
})

test('what another process executes is not told as forgotten', async () => {
  const executing = phase('a', { state: 'EXECUTING' })
  const { waiting, counts } = await report({ theirs: [executing, phase('b'), phase('c', { holdReason: 'asked' })], free: [phase('d')] }, {})
  assert.equal(waiting.map(({ phase: id, state, reason }) => [id, state, reason].join(' · ')), [
    'a · EXECUTING · another process is at work at it', 'b · QUEUED · another process is at work at its run', 'c · QUEUED · asked', 'd · QUEUED · was not reached',
  ])
  assert.equal([counts.executing, counts.held, counts.queued], [1, 1, 2])
  const stop = stopOfItself({ runs: [{ record: { id: 'theirs' }, phases: [executing, phase('b')] }] } as unknown as Parameters<typeof stopOfItself>[0], { stoppedByName: new Set(), parked: [], executed: 1, held: new Map() })
  assert.is(stop.detail, 'nothing runnable is left; another process is at work at 1 phase')
})

test('what recovery ended since the session noted it is told as it stands', async () => {
  const noted: Partial<DrainReport['phases'][number]> = { run: 'a', state: 'QUEUED', outcome: 'interrupted', attempts: 1, warnings: [], durationMs: 1, usage: 'unknown' }
  const ended = phase('ended', { state: 'FAILED', class: 'interrupted', title: 'interrupted at stage checks', attempts: 2 })
  const { phases, next } = await report({ a: [ended, phase('open')] }, {}, {}, [{ ...noted, phase: 'ended' }, { ...noted, phase: 'open' }])
  assert.equal(phases.map((one) => [one.state, one.outcome, one.attempts, one.title]), [['FAILED', 'failed', 2, 'interrupted at stage checks'], ['QUEUED', 'interrupted', 1, undefined]])
  assert.is(next[0]?.command, 'autopack show a ended')
})

test('the work of every run is shown the way into the branch: only the first can be fast-forwarded', async () => {
  const { next, runs } = await report({ merged: [], a: [], b: [], c: [] }, { merged: 3, a: 2, c: 1 })
  assert.equal(runs.map((run) => Object.keys(run).sort().join(' ')), runs.map(() => 'branch commits id state summary'), 'what is merged already is known, and not published')
  assert.equal(next.map((step) => step.command), ['autopack show a --diff', 'git merge --no-edit autopack/p/a', 'git merge --no-edit autopack/p/c'])
})

test('without the command that decides reviews, the work that waits for one is shown', async () => {
  const commands = async (ids: string[], hasReview: boolean) => (await report({ a: ids.map((id) => phase(id, { run: 'a', state: 'REVIEW' })) }, {}, {}, [], { hasReview })).next.map((step) => step.command)
  assert.equal(await commands(['one'], true), ['autopack review show a one'])
  assert.equal(await commands(['one'], false), ['autopack show a one --diff'])
  assert.equal([await commands(['one', 'two'], true), await commands(['one', 'two'], false)], [['autopack review list'], ['autopack show a one --diff']])
})

test('a session is offered to be resumed where that would go on, and a new one where it would stop again at once', async () => {
  const last = async (command: 'run' | 'drain', reason: DrainReport['stop']['reason']) =>
    (await report({ 'my run': [phase('a')] }, {}, {}, [], { command, stop: { reason, detail: '' }, exitCode: 3 })).next.at(-1)?.command
  assert.equal([await last('run', 'stop_signal'), await last('run', 'batch_done'), await last('drain', 'batch_done'), await last('run', 'budget_tokens')], [
    'autopack run --resume s', 'autopack run --resume s', "autopack drain --run 'my run'", "autopack run 'my run'",
  ])
})

test('where go/no-go says go, the next batch is a larger one', async () => {
  const attempt = (index: number): AttemptTelemetry => ({
    attemptId: `${index}`, run: 'a', family: 'a', phase: `p${index}`, number: 1, session: 's', charged: true, outcome: 'complete', builderReached: true, usage: 'unknown', startedAt: 0, endedAt: 1, yield: { testsFixed: 0, testsBroken: 0, deliverables: 0 },
  })
  const last = async (attempts: number) =>
    (await report({ a: [phase('p')] }, {}, {}, [], { command: 'drain', stop: { reason: 'batch_done', detail: '' }, exitCode: 3, attempts: Array.from({ length: attempts }, (_, index) => attempt(index)) })).next.at(-1)
  assert.equal(await last(20), { command: 'autopack drain --run a --batch-size 100', why: 'go on with a larger batch: go/no-go says go' })
  assert.is((await last(19))?.command, 'autopack drain --run a')
})

test.run()
