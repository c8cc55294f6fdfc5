/** Who asks a run to stop is obeyed: by Ctrl-C, by a supervisor's SIGTERM, by `autopack stop`; and the next run goes on from there. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Session } from '../../core/drain/session.ts'
import type { AutopackEvent } from '../../core/model/events.ts'
import type { PlanInput } from '../../core/model/plan.ts'
import { patchOf, verifiedAttempts } from '../support/attempts.ts'
import { findOnPath } from '../../core/cli/find-program.ts'
import { runInside } from '../support/cli.ts'
import { cliPath, makeProject } from '../support/project.ts'
import type { RunningCommand, TestProject } from '../support/project.ts'
import { outside, prepare, runHere, statusOf, told } from '../support/run-project.ts'
import type { Preparation } from '../support/run-project.ts'
import { runs, waitForFile, waitUntil } from '../support/wait.ts'

const test = suite('signals')

async function interruptible(preparation: Preparation, plans: PlanInput[] = []): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/kept.txt': 'kept\n' } })
  await prepare(project, preparation)
  for (const plan of plans) await project.write({ [`runs/${plan.id}.json`]: JSON.stringify(plan) })
  await project.commit('prepare')
  return project
}

const stopFile = (project: TestProject): string => project.path('.autonomous_runs/.stop_executor')
const startRun = (project: TestProject, ...args: string[]): RunningCommand => project.startCli(['run', '--json', ...args])
const pidsTold = async (project: TestProject): Promise<number[]> => (await told(project, 'pids')).split('\n').filter(Boolean).map(Number)

async function ended(running: RunningCommand): Promise<{ exitCode: number; events: AutopackEvent[]; stop: string | undefined; outcomes: string[] }> {
  const { exitCode, stdout } = await running.result
  const events = stdout.trimEnd().split('\n').filter(Boolean).map((line) => JSON.parse(line) as AutopackEvent)
  const report = events.find((event) => event.type === 'drain-finished')?.report
  return { exitCode, events, stop: report?.stop.reason, outcomes: events.flatMap((event) => (event.type === 'phase-finished' ? [`${event.run}/${event.phase} ${event.outcome}`] : [])) }
}

/** Waits for a file of a builder; fails at once when the command ends first. */
async function reached(project: TestProject, running: RunningCommand, file: string): Promise<void> {
  await Promise.race([waitForFile(outside(project, file)), running.result.then(({ stdout, stderr }) => Promise.reject(new Error(`ended too early:\n${stdout}${stderr}`)))])
}

// The first attempt hangs after half of its work, with a child, and neither listens to SIGTERM; the second does it all.
const stubborn = `
if [ "$AUTOPACK_ATTEMPT" = 1 ]; then
  trap '' TERM INT HUP
  echo half > src/half.txt
  echo $$ >> "$OUTSIDE/pids"
  sh -c 'echo $$ >> "$OUTSIDE/pids"; : > "$OUTSIDE/started"; exec sleep 600'
fi
echo whole > src/whole.txt
`
// Hangs in its first attempt, and goes when it is told to.
const hanging = 'if [ "$AUTOPACK_ATTEMPT" = 1 ]; then echo $$ >> "$OUTSIDE/pids"; echo $$ > "$OUTSIDE/pid-of-$AUTOPACK_RUN"; : > "$OUTSIDE/started-$AUTOPACK_RUN-$AUTOPACK_PHASE"; exec sleep 600; fi; echo done > src/$AUTOPACK_PHASE.txt'
const quick = 'echo done > src/$AUTOPACK_PHASE.txt'

test('Ctrl-C once stops after cleaning up, and the next run goes on', async () => {
  await using project = await interruptible({ phases: { add: stubborn, after: quick } })
  const running = startRun(project)
  await reached(project, running, 'started')
  running.signal('SIGINT', 'group')
  const first = await ended(running)
  assert.equal([first.exitCode, first.stop, first.outcomes], [130, 'interrupted', ['r/add interrupted']])
  assert.ok(first.events.some((event) => event.type === 'notice' && event.message === 'SIGINT: stopping after cleaning up; once more stops at once'))
  assert.equal((await pidsTold(project)).map(runs), [false, false], 'the builder ignored SIGTERM and is gone all the same')
  assert.is((await statusOf(project))['add']!.state, 'QUEUED')
  assert.match(await patchOf((await verifiedAttempts(project, 'add'))[0]!), /\+half/)
  await project.checkLeaks()

  const second = await runHere(project)
  assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete', after: 'complete' }])
  assert.is(await project.git('ls-tree', '-r', '--name-only', 'autopack/p/r', 'src'), 'src/after.txt\nsrc/kept.txt\nsrc/whole.txt')
})

test('Ctrl-C twice stops at once, and the next run takes up what is left', async () => {
  await using project = await interruptible({ phases: { add: stubborn } })
  const running = startRun(project)
  await reached(project, running, 'started')
  running.signal('SIGINT', 'group')
  await running.waitFor(/once more stops at once/)
  let over = false
  void running.result.then(() => { over = true })
  // What comes within a tenth of a second is taken for the same Ctrl-C.
  await waitUntil('the end', () => {
    if (!over) running.signal('SIGINT')
    return over
  })
  const first = await ended(running)
  assert.equal([first.exitCode, first.stop, first.outcomes], [130, undefined, []], 'it cleaned up, and that took the five seconds that the builder was given')
  await waitUntil('the end of its children', async () => (await pidsTold(project)).every((pid) => !runs(pid)))
  assert.is((await statusOf(project))['add']!.state, 'EXECUTING')
  assert.match((await runInside(project, ['status'])).stdout, /\n {2}executing +add +build · its process is gone: the next autopack run or drain recovers it\n/)

  const second = await runHere(project)
  assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete' }])
  const attempts = await verifiedAttempts(project, 'add')
  assert.equal(attempts.map(({ outcome }) => outcome), ['interrupted', 'complete'])
  assert.match(await patchOf(attempts[0]!), /\+half/)
})

/** `script` of util-linux gives a command a terminal; elsewhere it is called otherwise. */
const terminal = process.platform === 'linux' ? await findOnPath('script', process.env) : undefined

const ttyTitle = 'Ctrl-C twice on a terminal gives the cursor and the title back'
const ttyTest = async (): Promise<void> => {
  await using project = await interruptible({ phases: { add: `echo $PPID > "$OUTSIDE/supervisor"; ${stubborn}` } })
  const line = `'${process.execPath}' '${cliPath}' run; echo "ended with $?"`
  const running = project.start([terminal!, '-qefc', line, '/dev/null'], { env: { TERM: 'xterm', CI: undefined, NO_COLOR: undefined, SHELL: '/bin/sh' } })
  await reached(project, running, 'started')
  await running.waitFor(hidden)
  const supervisor = Number(await told(project, 'supervisor'))
  process.kill(supervisor, 'SIGINT')
  await running.waitFor(/once more stops at once/)
  await waitUntil('the end', () => {
    // It may be gone before its last words have come, and between being seen and being asked.
    try { process.kill(supervisor, 'SIGINT') } catch (error) { assert.is((error as NodeJS.ErrnoException).code, 'ESRCH') }
    return running.output().stdout.includes('ended with')
  })
  const { stdout } = await running.result
  assert.match(stdout, /ended with 130/)
  assert.ok(stdout.lastIndexOf('\u001b[?25h') > stdout.lastIndexOf('\u001b[?25l'), JSON.stringify(stdout.slice(-300)))
  assert.ok(stdout.includes('\u001b]0;autopack 0/1: add\u0007') && stdout.lastIndexOf('\u001b[23;0t') > stdout.lastIndexOf('\u001b]0;'), JSON.stringify(stdout.slice(-300)))
  await waitUntil('the end of its children', async () => (await pidsTold(project)).every((pid) => !runs(pid)))
}
const hidden = new RegExp('\u001b\\[\\?25l')
if (terminal === undefined) {
  console.log(`skip because there is no \`script\` of util-linux here to make a terminal`)
  test.skip(ttyTitle)
} else test(ttyTitle, ttyTest)

for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} is heard like Ctrl-C`, async () => {
    await using project = await interruptible({ phases: { add: hanging } })
    const running = startRun(project)
    await reached(project, running, 'started-r-add')
    running.signal(signal)
    const first = await ended(running)
    assert.equal([first.exitCode, first.stop, first.outcomes], [130, 'interrupted', ['r/add interrupted']])
    assert.equal((await pidsTold(project)).map(runs), [false])
  })
}

test('a check is stopped as a builder is', async () => {
  const check = 'if [ -e src/add.txt ]; then echo $$ >> "$OUTSIDE/pids"; : > "$OUTSIDE/started"; exec sleep 600; fi'
  await using project = await interruptible({ phases: { add: quick }, config: `checks: [{ name: 'slow', run: { shell: ${JSON.stringify(check)} } }],` })
  const running = startRun(project)
  await reached(project, running, 'started')
  running.signal('SIGINT', 'group')
  const first = await ended(running)
  assert.equal([first.exitCode, first.outcomes], [130, ['r/add interrupted']])
  assert.equal((await pidsTold(project)).map(runs), [false])
  assert.match(await patchOf((await verifiedAttempts(project, 'add'))[0]!), /\+done/)
})

test('autopack stop ends a drain from another process', async () => {
  await using project = await interruptible({ phases: { add: hanging, after: quick } })
  const running = startRun(project)
  await reached(project, running, 'started-r-add')
  const asked = await runInside(project, ['stop'])
  assert.equal([asked.exitCode, asked.stdout, asked.stderr], [0, 'Asked every drain of this project to stop after cleaning up.\n', ''])
  const first = await ended(running)
  assert.equal([first.exitCode, first.stop, first.outcomes], [3, 'stop_signal', ['r/add interrupted']])
  assert.equal((await pidsTold(project)).map(runs), [false])
  assert.not.ok(existsSync(stopFile(project)), 'the stop is used up')
  const second = await runHere(project)
  assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete', after: 'complete' }])
})

test('autopack stop RUN stops this run and no other; run-1 is not run-10', async () => {
  const plan = (id: string): PlanInput => ({ id, phases: [{ id: 'add', goal: 'Add' }, { id: 'after', goal: 'Go on' }] })
  await using project = await interruptible({ phases: { add: hanging, after: quick }, plan: { id: 'run-1' } }, [plan('run-10')])
  const running = startRun(project, '--parallel', '2')
  await reached(project, running, 'started-run-1-add')
  await reached(project, running, 'started-run-10-add')
  assert.is((await runInside(project, ['stop', 'run-1'])).stdout, 'Asked run run-1 to stop after cleaning up.\n')
  await waitUntil('the stop to be used up', () => !existsSync(stopFile(project)))
  // The other one still hangs in its first attempt: it is let go, and all of its phases run.
  const [stopped, going] = await Promise.all(['run-1', 'run-10'].map(async (run) => Number(await told(project, `pid-of-${run}`))))
  await waitUntil('the end of the stopped builder', () => !runs(stopped!))
  assert.ok(runs(going!))
  process.kill(going!, 'SIGKILL')
  const first = await ended(running)
  assert.ok(first.outcomes.includes('run-1/add interrupted'), first.outcomes.join())
  assert.ok(first.outcomes.includes('run-10/after complete'), first.outcomes.join())
  assert.not.ok(first.outcomes.some((outcome) => outcome.startsWith('run-1/after')), first.outcomes.join())
  assert.equal([first.exitCode, first.stop], [3, 'stop_signal'])
  const second = await runHere(project, ['run-1'])
  assert.equal([second.exitCode, second.outcomes], [0, { add: 'complete', after: 'complete' }])
})

test('autopack stop RUN PHASE stops that phase, and the run goes on with the others', async () => {
  await using project = await interruptible({ phases: { add: hanging, other: quick } })
  const running = startRun(project)
  await reached(project, running, 'started-r-add')
  assert.is((await runInside(project, ['stop', 'r', 'add'])).stdout, 'Asked r/add to stop after cleaning up.\n')
  const first = await ended(running)
  assert.equal([first.exitCode, first.stop, first.outcomes], [3, 'stop_signal', ['r/add interrupted', 'r/other complete']])
  const status = await statusOf(project)
  assert.equal([status['add']!.state, status['other']!.state], ['QUEUED', 'COMPLETE'])
  const resumed = await runHere(project, ['--resume'])
  assert.equal([resumed.exitCode, resumed.outcomes], [0, { add: 'complete' }], 'who resumes the session wants what was stopped')
})

test('a stop that is older than the run is removed, and that is told', async () => {
  await using project = await interruptible({ phases: { add: quick } })
  const asked = await runInside(project, ['stop'])
  assert.equal([asked.exitCode, asked.stderr], [0, 'Nothing runs at the moment: a drain that starts later takes no notice of this.\n'])
  assert.ok(existsSync(stopFile(project)))
  const run = await runHere(project)
  assert.equal([run.exitCode, run.outcomes], [0, { add: 'complete' }])
  assert.ok(run.notices.some((notice) => /^removed a stale stop signal of \d{4}-.* by .+@.+$/.test(notice)), run.notices.join('\n'))
  assert.not.ok(existsSync(stopFile(project)))
})

async function sessions(project: TestProject): Promise<Session[]> {
  const folder = project.path('.autonomous_runs/drain_sessions')
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'))
  return await Promise.all(names.sort().map(async (name) => JSON.parse(await readFile(join(folder, name), 'utf8')) as Session))
}

test('--resume goes on with the session, its clock and its counters', async () => {
  await using project = await interruptible({ phases: { first: quick, add: hanging, last: quick } })
  const running = startRun(project)
  await reached(project, running, 'started-r-add')
  running.signal('SIGINT')
  await running.result
  const [before] = await sessions(project)
  assert.is(before!.counters.executed, 2)

  const resumed = await runHere(project, ['--resume'])
  assert.is(resumed.exitCode, 0, resumed.stdout)
  const [after, ...others] = await sessions(project)
  assert.equal(others, [])
  assert.equal([after!.id, after!.startedAt, after!.counters.executed], [before!.id, before!.startedAt, 4])
  assert.ok(after!.counters.activeMs > before!.counters.activeMs)
  assert.equal(after!.outcomes.map(({ phase, state }) => [phase, state]), [['first', 'COMPLETE'], ['add', 'COMPLETE'], ['last', 'COMPLETE']])
})

test('--resume of a session that is at work is refused', async () => {
  await using project = await interruptible({ phases: { add: hanging } })
  const running = startRun(project)
  await reached(project, running, 'started-r-add')
  const { exitCode, stderr } = await runInside(project, ['run', '--resume'])
  assert.is(exitCode, 2, stderr)
  assert.match(stderr, /^error\[session-busy\]: the drain session batch-drain-\d+-\d+ is at work in process \d+/)
  await runInside(project, ['stop'])
  assert.equal((await ended(running)).outcomes, ['r/add interrupted'])
})

test('two drains on one store share the work', async () => {
  const names = ['a', 'b', 'c', 'd']
  const plan = (id: string): PlanInput => ({ id, phases: [{ id: 'add', goal: 'Add' }] })
  // Nobody ends before two are at work: only two drains can get past this.
  const together = 'echo "$AUTOPACK_RUN" >> "$OUTSIDE/builds"; while [ "$(wc -l < "$OUTSIDE/builds")" -lt 2 ]; do sleep 0.02; done; : > "$OUTSIDE/together"; echo $AUTOPACK_RUN > src/$AUTOPACK_RUN.txt'
  await using project = await interruptible({ phases: { add: together }, plan: { id: names[0]! } }, names.slice(1).map(plan))
  const running = [startRun(project), startRun(project)]
  // One that ends while its first build waits for the other's never ends well: it is told at once.
  await Promise.all(running.map((one) => reached(project, one, 'together')))
  const both = await Promise.all(running.map(ended))
  assert.equal(both.map(({ exitCode }) => exitCode), [0, 0], JSON.stringify(both))
  assert.equal((await told(project, 'builds')).trim().split('\n').sort(), names, 'each run was taken once')
  assert.equal(both.flatMap(({ outcomes }) => outcomes).sort(), names.map((name) => `${name}/add complete`))
  assert.ok(both.every(({ outcomes }) => outcomes.length > 0))
  for (const name of names) assert.equal((await verifiedAttempts(project, 'add', name)).map(({ outcome }) => outcome), ['complete'])
})

test('a stop by name reaches the drain that has the run, whoever sees it first', async () => {
  const plan = (id: string): PlanInput => ({ id, phases: [{ id: 'add', goal: 'Add' }] })
  await using project = await interruptible({ phases: { add: hanging }, plan: { id: 'one' } }, [plan('two')])
  const one = startRun(project)
  await reached(project, one, 'started-one-add')
  const other = startRun(project)
  await reached(project, other, 'started-two-add')
  await runInside(project, ['stop', 'one'])
  const first = await ended(one)
  assert.equal(first.outcomes, ['one/add interrupted'])
  await waitUntil('the stop to be used up', () => !existsSync(stopFile(project)))
  await runInside(project, ['stop', 'two'])
  const second = await ended(other)
  assert.equal(second.outcomes, ['two/add interrupted'])
  assert.not.ok(existsSync(stopFile(project)))
  assert.equal([first.stop, second.stop], ['stop_signal', 'stop_signal'])
})

test.run()
