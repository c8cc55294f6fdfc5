/** A backlog of two nights, as a person drains it: typed commands, watched from another terminal, stopped, resumed. */
import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AutopackEvent } from '../../core/model/events.ts'
import type { DrainReport } from '../../core/model/drain-report.ts'
import { eventSchema } from '../../core/model/event-schema.ts'
import { runInside } from '../support/cli.ts'
import { makeProject, type CommandResult, type TestProject } from '../support/project.ts'
import { outside, prepare } from '../support/run-project.ts'
import { waitForFile } from '../support/wait.ts'

const test = suite('drain')

const events = ({ stdout }: { stdout: string }): AutopackEvent[] => stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as AutopackEvent)
const reportOf = (result: { stdout: string }): DrainReport => events(result).flatMap((event) => (event.type === 'drain-finished' ? [event.report] : []))[0]!
const outcomes = (result: { stdout: string }): string[] => events(result).flatMap((event) => (event.type === 'phase-finished' ? [`${event.run}/${event.phase} ${event.outcome}`] : []))
const drain = (project: TestProject, ...args: string[]): Promise<CommandResult> => runInside(project, ['drain', '--json', ...args])

/** Fails until somebody lets it pass; `slow` waits for a sign. */
const failing = 'test -e "$OUTSIDE/mended" && echo done > src/$AUTOPACK_RUN-$AUTOPACK_PHASE.txt'
const quick = 'echo done > src/$AUTOPACK_RUN-$AUTOPACK_PHASE.txt'
const slow = `: > "$OUTSIDE/started"; while [ ! -e "$OUTSIDE/go" ]; do sleep 0.02; done; ${quick}`

test('strict triage as it was always typed; selection by flags; a resumed session keeps them; watched from another terminal', async () => {
  await using project = await makeProject({ files: { 'src/kept.txt': 'kept\n' } })
  await prepare(project, { plan: { id: 'shop-20260101' }, phases: { bad: failing, good: quick, slow: { build: slow, needs: ['bad'] } } })
  await project.write({ 'runs/two.json': JSON.stringify({ id: 'other/run', phases: [{ id: 'good', goal: 'Do it' }] }) })
  await project.commit('prepare')
  const typed = '--batch-size 30 --phase-timeout-seconds 600 --max-total-minutes 45 --max-fingerprint-repeats 2 --max-timeouts-per-run 1 --max-attempts-per-phase 1'.split(' ')

  const plan = await runInside(project, ['drain', ...typed, '--dry-run'])
  assert.is(plan.exitCode, 0, plan.stderr)
  assert.match(plan.stdout, /\n {2}slow +command +would run after bad\n/)
  const first = await drain(project, ...typed, '--skip-run-prefix', 'other')
  assert.equal([first.exitCode, outcomes(first)], [1, ['shop-20260101/bad failed', 'shop-20260101/good complete']], first.stderr)
  assert.equal(reportOf(first).waiting.map(({ phase, why }) => `${phase} ${why}`), ['slow blocked'])

  const nothing = await runInside(project, ['drain', '--family', 'shop', '--only', 'queued'])
  assert.is(nothing.exitCode, 3, nothing.stdout)
  assert.match(nothing.stdout, /bad is FAILED: failed, and --only queued was asked for\n[^]*slow is QUEUED: needs bad \(FAILED\)\n[^]*next: autopack drain --run shop-20260101/)
  const unknown = await runInside(project, ['drain', '--phase', 'other/run/god'])
  assert.equal([unknown.exitCode, /fix: (.*)/.exec(unknown.stderr)?.[1]], [2, 'did you mean "other/run/good"?'])

  await writeFile(outside(project, 'mended'), '')
  const running = project.startCli(['drain', '--json', '--run', 'shop-20260101', '--max-total-minutes', '45'])
  await Promise.race([waitForFile(outside(project, 'started')), running.result])
  const watching = project.startCli(['drain', '--watch'])
  await watching.waitFor(/\nstart {5}slow/)
  running.signal('SIGINT')
  const [interrupted, watched] = await Promise.all([running.result, watching.result])
  assert.equal([interrupted.exitCode, watched.exitCode], [130, 130], watched.stderr)
  assert.match(watched.stdout, /^session {3}batch-drain-[^]*\ncomplete {2}bad[^]*\nstopped {3}interrupted/)

  await writeFile(outside(project, 'go'), '')
  const refused = await drain(project, '--resume', '--run', 'other/run')
  assert.match(refused.stderr, /resume-contradiction/)
  const resumed = await drain(project, '--resume')
  assert.equal([resumed.exitCode, outcomes(resumed)], [0, ['shop-20260101/slow complete']], resumed.stderr)
  assert.is(reportOf(resumed).session, reportOf(interrupted).session)
  const again = await runInside(project, ['drain', '--watch', reportOf(resumed).session, '--json'])
  assert.equal([again.exitCode, outcomes(again)], [0, ['shop-20260101/slow complete']], 'one that has ended is told from its last beginning')
  for (const event of events(again)) eventSchema.parse(event)
  const compared = await runInside(project, ['drain', '--dry-run', '--compare', 'retry'])
  assert.match(compared.stdout, /\ncompared {2}3 sessions so far took 5 builder calls · [^\n]*\n {10}a plain retry loop, up to 5 attempts at each phase in each of them until it is done, would have taken about 8 builder calls/)
  assert.match((await runInside(project, ['drain', '--watch'])).stderr, /session-not-running.*\n.*drain --watch batch-drain-/)
})

test.run()
