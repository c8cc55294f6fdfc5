import { readFile, stat } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { eventSchema } from '../../../core/model/event-schema.ts'
import { configOutputSchema, requeueOutputSchema, showOutputSchema, statusOutputSchema, stopOutputSchema, verifyOutputSchema } from '../../../core/model/outputs.ts'
import { projectFiles, runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import type { TestProject } from '../../support/project.ts'

const test = suite('run')

// `good` does its work, `bad` leaves a file that its check refuses, `after` waits for `bad`.
const files = projectFiles({
  builder: 'echo "building $AUTOPACK_PHASE"; echo "$AUTOPACK_PHASE" > "$AUTOPACK_PHASE.txt"',
  plan: `id: demo
goal: Show what happens
phases:
  - { id: good, goal: Write good.txt, scope: { paths: [good.txt] }, deliverables: [good.txt] }
  - { id: bad, goal: Write bad.txt, scope: { paths: [bad.txt] }, checks: [{ name: refuse, run: [sh, -c, 'echo "Error: it is bad"; exit 3'] }] }
  - { id: after, goal: Write after.txt, scope: { paths: [after.txt] }, needs: [bad] }
`,
})

const json = async (project: TestProject, ...args: string[]): Promise<unknown> => {
  const { exitCode, stdout, stderr } = await runInside(project, [...args, '--json'])
  assert.equal([exitCode, stderr], [0, ''], args.join(' '))
  return JSON.parse(stdout)
}

test('a run, and everything to look at afterwards', async () => {
  await using project = await makeProject({ files })
  const { exitCode, stdout, stderr } = await project.cli(['run'])
  assert.equal([exitCode, stderr], [1, ''])
  assert.match(stdout, /^plan {6}demo: imported, 3 phases\nsession {3}batch-drain-\d{8}-\d{6} · run demo · 3 phases\ncaps {6}/)
  assert.match(stdout, /\nstart {5}good {2}Write good\.txt\n/)
  assert.match(stdout, /\ncomplete {2}good {2}\S+ · 1 file \+1 -0 · tokens unknown · [0-9a-f]{10}\n/)
  assert.match(stdout, /\nfailed {4}bad +\w+ · \S+ · tokens unknown\n/)
  assert.match(stdout, /\n1 complete · 1 failed · 1 blocked in /)
  assert.match(stdout, /\nnext\n/)

  const status = statusOutputSchema.parse(await json(project, 'status'))
  assert.equal(status.runs.map((run) => [run.id, run.family]), [['demo', 'demo']])
  assert.equal(status.runs[0]!.phases.map((phase) => [phase.id, phase.state, phase.attempts]), [['good', 'COMPLETE', 1], ['bad', 'FAILED', 2], ['after', 'QUEUED', 0]])
  assert.match(status.runs[0]!.phases[1]!.fingerprint ?? '', /^v\d+-[0-9a-f]{12}$/)
  const text = (await runInside(project, ['status'])).stdout
  assert.match(text, /^demo {2}1 run\nstore sqlite \S+, id [0-9a-f]{32}\n\ndemo {2}queued · 1 of 3 complete\n {2}failed {6}bad {4}\w+ · v\d+-[0-9a-f]{12} · 2 attempts\n {14}.+\n {2}blocked {5}after {2}needs bad\n\nnext {2}autopack show demo bad\n$/)

  const shown = showOutputSchema.parse(await json(project, 'show', 'demo', 'bad'))
  assert.equal(shown.attempts.map((attempt) => [attempt.number, attempt.outcome]), [[1, 'failed'], [2, 'failed']])
  assert.equal(shown.attempts[1]!.checks.map((check) => [check.name, check.verdict]), [['refuse', 'blocked']])
  assert.is(showOutputSchema.parse(await json(project, 'show', 'demo')).phases.length, 3)
  const described = (await runInside(project, ['show', 'demo', 'bad'])).stdout
  for (const part of ['demo/bad  failed\nWrite bad.txt\n', 'attempt 2  failed', 'class     ', 'check     refuse: blocked', 'autopack requeue demo bad --reason']) assert.ok(described.includes(part), `${part}\n${described}`)

  assert.match((await runInside(project, ['show', 'demo', 'good', '--diff'])).stdout, /^diff --git a\/good\.txt b\/good\.txt\n[\s\S]*\+good\n$/)
  assert.match((await runInside(project, ['show', 'demo', '--diff'])).stdout, /^diff --git a\/good\.txt/)
  assert.match((await runInside(project, ['show', 'demo', 'bad', '--patch'])).stdout, /\+bad\n/)
  assert.is((await runInside(project, ['show', 'demo', 'bad', '--log'])).stdout, 'building bad\n')
  assert.is((await runInside(project, ['logs', 'demo', 'bad', '--attempt', '1'])).stdout, 'building bad\n')
  assert.is((await runInside(project, ['logs', 'demo', 'bad', '--follow'])).stdout, 'building bad\n')
  assert.is((await runInside(project, ['logs', 'demo', 'bad', '--check', 'refuse'])).stdout, 'Error: it is bad\n')

  const receipt = shown.attempts[1]!.receipt!
  const verified = verifyOutputSchema.parse(await json(project, 'verify', receipt))
  assert.equal([verified.ok, verified.problems], [true, []])
  const again = verifyOutputSchema.parse(await json(project, 'verify', receipt, '--rerun'))
  assert.ok(again.confirmed.includes('check refuse ends the same way again: exit code 3'), again.confirmed.join('\n'))
  await project.write({ 'elsewhere/receipt.json': (await readFile(receipt, 'utf8')).replace('"outcome": "failed"', '"outcome": "complete"') })
  const forged = await runInside(project, ['verify', 'elsewhere'])
  assert.is(forged.exitCode, 1)
  assert.match(forged.stdout, /The receipt does not hold: elsewhere\/receipt\.json\n$/)

  await slips(project)

  assert.equal(requeueOutputSchema.parse(await json(project, 'requeue', 'demo', 'bad', '--reason', 'mended')), { run: 'demo', phase: 'bad', reason: 'mended', state: 'QUEUED' })
  const stopped = stopOutputSchema.parse(JSON.parse((await runInside(project, ['stop', 'demo', 'bad', '--json'])).stdout))
  assert.equal([stopped.run, stopped.phase], ['demo', 'bad'])
  configOutputSchema.parse(await json(project, 'config'))
})

/** What is not there is said with the nearest that is. */
async function slips(project: TestProject): Promise<void> {
  const told = async (...args: string[]) => {
    const { exitCode, stderr } = await runInside(project, args)
    assert.is(exitCode, 2, args.join(' '))
    return stderr
  }
  assert.is(await told('show', 'demon'), 'error[run-unknown]: there is no run "demon"\n  fix: did you mean demo?\n')
  assert.is(await told('show', 'demo', 'bat'), 'error[phase-unknown]: run demo has no phase "bat"\n  fix: did you mean bad?\n')
  assert.is(await told('logs', 'demo', 'xyz'), 'error[phase-unknown]: run demo has no phase "xyz"\n  fix: name one of: good, bad, after\n')
  assert.is(await told('logs', 'demo', 'after'), 'error[attempt-unknown]: demo/after has not been attempted yet\n  fix: run it with `autopack run demo`\n')
  assert.is(await told('logs', 'demo', 'bad', '--attempt', '9'), 'error[attempt-unknown]: demo/bad has no attempt 9\n  fix: name one from 1 to 2\n')
  assert.match(await told('logs', 'demo', 'bad', '--check', 'nope'), /^error\[attempt-file-missing\]: this attempt left no log of check nope\n {2}--> .*\n {2}fix: see `autopack show demo bad` for how far it got\n$/)
  assert.is(await told('requeue', 'demo', 'good', '--reason', 'x'), 'error[requeue-state]: demo/good is COMPLETE and cannot be requeued: only a FAILED phase, or a held one, can\n  fix: write a new phase into the plan for what is still to be done\n')
  assert.match(await told('show', 'demo', 'bad', '--diff'), /^error\[usage\]: demo\/bad has no commit\n {2}fix: see what a failed attempt left with `autopack show demo bad --patch`\n$/)
  assert.match(await told('show', 'demo', '--patch'), /^error\[usage\]: --patch, --log and --attempt are about a phase\n/)
  assert.match(await told('verify', 'nope.json'), /^error\[receipt-missing\]: there is no receipt .*nope\.json\n/)
  assert.match(await told('stop', 'demon'), /^error\[run-unknown\]/)
}

test('--json prints one event a line, the report last', async () => {
  await using project = await makeProject({ files })
  const { exitCode, stdout } = await runInside(project, ['run', 'demo', '--json', '--max-attempts-per-phase', '1'])
  assert.is(exitCode, 1)
  const events = stdout.trimEnd().split('\n').map((line) => eventSchema.parse(JSON.parse(line)))
  assert.is(events[0]!.type, 'run-imported')
  assert.ok(events.every((event) => !Number.isNaN(Date.parse(event.at))))
  const last = events.at(-1)!
  assert.is(last.type, 'drain-finished')
  assert.is(last.type === 'drain-finished' && last.report.exitCode, 1)
  assert.is(events.filter((event) => event.type === 'phase-started').length, 2)
})

test('a dry run prints the plan and the rules, and writes nothing', async () => {
  await using project = await makeProject({ files })
  const { exitCode, stdout, stderr } = await runInside(project, ['run', '--dry-run', '--max-attempts-per-phase', '1'])
  assert.equal([exitCode, stderr], [0, ''])
  assert.match(stdout, /^demo\n {2}plan {6}runs\/demo\.yaml\n {2}base {6}HEAD \([0-9a-f]{12}\)\n {2}branch {4}autopack\/demo\/demo\n {2}good {3}command {2}would run\n/)
  assert.match(stdout, /after {2}command {2}would run after bad\n/)
  assert.match(stdout, /maxAttemptsPerPhase 1/)
  assert.match(stdout, /A dry run: nothing was written\.\n$/)
  assert.is(await project.git('status', '--porcelain', '--ignored'), '')
  assert.is(await project.git('branch', '--list', 'autopack/*'), '')
})

test('--goal is a first try without a plan file', async () => {
  await using project = await makeProject({ files: { 'autopack.config.mjs': projectFiles({ builder: 'echo hello > hello.txt', plan: '' })['autopack.config.mjs']! } })
  const { exitCode, stdout } = await runInside(project, ['run', '--goal', 'Say hello', '--scope', 'hello.txt', '--deliverable', 'hello.txt', '--check', 'grep hello hello.txt'])
  assert.is(exitCode, 0, stdout)
  assert.match(stdout, /\ncomplete {2}goal {2}/)
  const status = statusOutputSchema.parse(await json(project, 'status'))
  assert.match(status.runs[0]!.id, /^goal-\d{8}-\d{6}$/)
  assert.is(status.runs[0]!.family, 'goal')
})

test('before the first run there is nothing to see, and that is said', async () => {
  await using project = await makeProject({ files })
  assert.equal(await json(project, 'status'), { project: 'demo', runs: [] })
  assert.is((await runInside(project, ['status'])).stdout, 'demo  0 runs\nNothing has been imported yet. Next: autopack run\n')
  const { exitCode, stderr } = await runInside(project, ['show', 'demo'])
  assert.equal([exitCode, stderr], [2, 'error[nothing-imported]: there are no runs yet\n  fix: import and run the plans with `autopack run`\n'])
  assert.is(await stat(project.path('.autonomous_runs')).catch(() => undefined), undefined)
})

test.run()
