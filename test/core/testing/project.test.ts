import { existsSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { definePlugin } from '../../../core/index.ts'
import { createTestClock } from '../../../core/testing/clock.ts'
import { makeProject, runPhase } from '../../../core/testing/index.ts'

const test = suite('projects of a test')

test('one phase: the prompt, what was built and committed, and what a check says', async () => {
  const seen: string[] = []
  const plugin = definePlugin({
    name: 'acme',
    apiVersion: 1,
    apply(api) {
      api.hooks.beforePhase.tap((event) => event.hint(`Say acme in ${event.phase.id}.`))
      api.hooks.validateDeliverables.tap((event) => void seen.push(...event.deliverables.map((one) => `${one.relative} ${one.satisfied}`)))
    },
  })
  const phase = await runPhase({
    plugins: [plugin()],
    files: { 'old.txt': 'old\n' },
    phase: { deliverables: ['docs/a.md'], checks: [{ name: 'told', run: ['grep', '-q', 'acme', 'docs/a.md'] }] },
    build: async ({ promptPath }) => ({ write: { 'docs/a.md': `${promptPath.endsWith('prompt.md')} acme\n`, 'old.txt': null }, usage: { inputTokens: 7, outputTokens: 3 } }),
  })
  assert.equal([phase.outcome, phase.built, phase.usage], ['complete', true, { inputTokens: 7, outputTokens: 3 }])
  assert.match(phase.prompt, /Say acme in phase-1\./)
  assert.equal(phase.changed, { 'docs/a.md': 'true acme\n', 'old.txt': null })
  assert.equal(seen, ['docs/a.md true'])
  assert.ok(phase.events.some((event) => event.type === 'check-judged'))
  assert.not.ok(existsSync(phase.attemptDir), 'nothing is left behind')
})

test('what is not built, and what cannot begin', async () => {
  const skips = definePlugin({ name: 'skips', apiVersion: 1, apply(api) { api.hooks.beforePhase.tap((event) => event.skip('done already')) } })
  const phase = await runPhase({ plugins: [skips()] })
  assert.equal([phase.outcome, phase.reason, phase.built, phase.prompt, phase.changed], ['skipped', 'done already', false, '', {}])
  const broken = definePlugin({ name: 'broken', apiVersion: 1, apply() { throw new Error('no licence') } })
  const message = await runPhase({ plugins: [broken()] }).then(() => '', (error: Error) => error.message)
  assert.match(message, /^no attempt at phase "phase-1" ended; ended: none\nerror\[plugin-apply\]: plugin broken could not be loaded: no licence\n/)
})

test('a whole drain on a clock that the test moves: pauses are skipped, limits hold, attempts follow their script', async () => {
  const before = Date.now()
  await using project = await makeProject({
    startsAt: '2026-01-05T09:00:00Z',
    config: {
      plugins: [definePlugin({
        name: 'acme',
        apiVersion: 1,
        apply(api) {
          api.hooks.afterDrain.tap(({ report, section }) => section({ title: 'Ended', lines: [report.endedAt.slice(0, 13)] }))
          api.provide({ commands: [{ name: 'hello', summary: 'Says hello.', async run({ args, print }) { print(`hello ${args.join(' ')}`); return 3 } }] })
        },
      })()],
      drain: { maxTotalMinutes: 38, maxAttemptsPerPhase: 1 },
    },
    plans: [{
      id: 'r',
      phases: [{ id: 'paused', goal: 'Meet a usage limit.' }, { id: 'slow', goal: 'Take too long.', timeout: '5m' }, { id: 'long', goal: 'Take long.', timeout: '30m' }, { id: 'never', goal: 'Come too late.' }],
    }],
    build: {
      paused: [{ ends: { type: 'usage-limit', resetsAfter: '2h' } }, {}],
      long: { takes: '29m' },
      slow: { takes: '20m', write: { 'slow.txt': 'never written\n' } },
    },
  })
  const run = await project.run()
  assert.equal(run.phases.map(({ phase, attempt, outcome, classification }) => [phase, attempt, classification?.class ?? outcome]), [
    ['paused', 1, 'usage-limit'], ['paused', 2, 'complete'], ['slow', 1, 'timeout'], ['long', 1, 'complete'],
  ], run.stderr)
  assert.is(run.report?.stop.reason, 'budget_time')
  assert.match(run.report?.stop.detail ?? '', /^(?:3m \d\ds|4m 00s) of 38 minutes are left \(maxTotalMinutes\), and r\/never takes about 5m \d\ds by its history$/)
  assert.equal(run.report?.sections.filter((section) => section.plugin === 'acme'), [{ plugin: 'acme', title: 'Ended', lines: ['2026-01-05T11'] }])
  assert.throws(() => run.phase('never'), /no attempt at phase "never" ended; ended: paused, slow, long/)
  assert.equal(await project.autopack('hello', 'world'), { exitCode: 3, stdout: 'hello world\n', stderr: '' })
  assert.ok(Date.now() - before < 60_000, 'nobody waited for the clock')
})

test('a drain ends when its time is over: its builder is ended, the attempt is no timeout, and the phase is queued again', async () => {
  await using project = await makeProject({
    config: { drain: { maxTotalMinutes: 45, maxTimeoutsPerRun: 1 } },
    plans: [{ id: 'r', phases: [{ id: 'long', goal: 'Take long.', timeout: '1h' }, { id: 'next', goal: 'Come too late.' }] }],
    build: { long: [{ takes: '50m' }, { takes: '30m' }] },
  })
  const run = await project.run()
  assert.equal(run.phases.map(({ phase, outcome, reason }) => [phase, outcome, reason]), [['long', 'interrupted', 'the time of the drain is over (maxTotalMinutes 45)']])
  assert.equal([run.report?.stop, run.exitCode, Math.floor((run.report?.durationMs ?? 0) / 60_000)], [{ reason: 'budget_time', detail: '45 minutes (maxTotalMinutes)' }, 3, 45])
  const again = await project.run()
  assert.equal(again.phases.map(({ phase, outcome }) => [phase, outcome]), [['long', 'complete']], 'it has its attempts back; the next one would be cut off')
})

test('the builder of the config builds, and the scripted one where a phase names it', async () => {
  const own = { name: 'own', build: async () => ({ type: 'error' as const, argv: ['own'], usage: 'unknown' as const, exitCode: 2, signal: null, tail: '', message: 'not today' }) }
  await using project = await makeProject({
    config: { builder: own, drain: { maxAttemptsPerPhase: 1 } },
    plans: [{ id: 'r', phases: [{ id: 'a', goal: 'By own.' }, { id: 'b', goal: 'By the script.', builder: 'scripted' }] }],
  })
  const run = await project.drain()
  assert.equal([run.phase('a').outcome, run.phase('b').changed], ['failed', { 'made.txt': 'made for b in attempt 1\n' }])
  assert.match(run.phase('a').reason ?? '', 'not today')
})

test('the clock wakes who slept long enough, and runs on by itself', async () => {
  const { clock, time } = createTestClock(1_000_000)
  assert.ok(clock.now() >= 1_000_000 && clock.now() < 1_060_000)
  const woken: string[] = []
  const sleepers = [time.sleep(60_000).then(() => woken.push('minute')), time.sleep(3_600_000).then(() => woken.push('hour')), time.sleep(1).then(() => woken.push('moment'))]
  await sleepers[2]
  assert.equal(woken, ['moment'])
  clock.advance('2m')
  await sleepers[0]
  assert.equal(woken, ['moment', 'minute'])
  clock.advance(3_600)
  await sleepers[1]
  const aborted = new AbortController()
  const sleeping = time.sleep(3_600_000, aborted.signal)
  aborted.abort()
  await sleeping
  assert.throws(() => clock.advance('soon'), /cannot be moved by "soon"/)
})

test.run()
