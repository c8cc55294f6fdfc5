import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { runInside } from '../support/cli.ts'
import { makeProject } from '../support/project.ts'
import type { TestProject } from '../support/project.ts'
import { runHere, prepare, statusOf, told } from '../support/run-project.ts'
import type { Preparation } from '../support/run-project.ts'

const test = suite('plans of a run')
const config = 'drain: { maxAttemptsPerPhase: 1 },'
const work = 'echo "$AUTOPACK_PHASE" >> "$OUTSIDE/built"; echo "$AUTOPACK_ATTEMPT_ID" > "src/$AUTOPACK_PHASE"'
const fails = 'echo "$AUTOPACK_PHASE" >> "$OUTSIDE/built"; echo "Error: cannot do it"; exit 1'

async function planned(preparation: Preparation): Promise<TestProject> {
  const project = await makeProject({ files: { 'src/a.txt': 'a\n' } })
  await prepare(project, { config, ...preparation })
  await project.commit('prepare')
  return project
}

const states = async (project: TestProject): Promise<string[]> => Object.values(await statusOf(project)).map(({ id, state }) => `${id} ${state}`)

test('a plan is imported once, and a change of it is taken over by what has not run', async () => {
  await using project = await planned({ phases: { a: work, b: work, c: work, d: work } })
  const first = await runHere(project, ['--batch-size', '2'])
  assert.equal(first.events.filter((event) => event.type === 'run-imported').map((event) => event.change), ['new'])
  assert.equal(first.outcomes, { a: 'complete', b: 'complete' })
  assert.is(first.report?.stop.reason, 'batch_done')
  assert.is(first.exitCode, 3)

  const again = await runHere(project, ['r', '--batch-size', '1'])
  assert.equal(again.events.filter((event) => event.type === 'run-imported'), [], 'nothing changed')
  assert.equal(again.outcomes, { c: 'complete' })

  // a ran and changes; b ran and goes; c ran and stays; d has not run and changes; e is new.
  await prepare(project, { config, phases: { a: { build: work, goal: 'Do a otherwise' }, e: work, c: work, d: { build: work, goal: 'Do d better', scope: { paths: ['src/'] } } } })
  const changed = await runInside(project, ['run'])
  assert.is(changed.exitCode, 0, changed.stderr)
  const about = [...changed.stdout.matchAll(/^plan +(r\/.*)$/gm)].map(([, line]) => line)
  assert.equal(about.sort(), [
    'r/a: kept (goal): it ran already (COMPLETE): the plan\'s change of goal is not taken over',
    'r/b: kept: the plan no longer has it, but it ran: it stays in the store',
    'r/d: updated (goal, scope)',
    'r/e: added',
  ])
  assert.equal(await states(project), ['a COMPLETE', 'e COMPLETE', 'c COMPLETE', 'd COMPLETE', 'b COMPLETE'])
  assert.is(await told(project, 'built'), 'a\nb\nc\ne\nd\n')
  assert.match(await project.git('log', '-1', '--format=%s', 'autopack/p/r'), 'd: Do d better')

  // What has not run and goes is gone.
  await prepare(project, { config, phases: { a: work, c: work, d: work, e: work, f: work, g: work } })
  await runHere(project, ['--batch-size', '1'])
  await prepare(project, { config, phases: { a: work, c: work, d: work, e: work, f: work } })
  const idle = await runInside(project, ['run'])
  assert.is(idle.exitCode, 0)
  assert.match(idle.stdout, 'r/g: removed')
  assert.match(idle.stdout, 'nothing to do: every phase is done')
  assert.not.ok('g' in (await statusOf(project)))
  const unknown = await runInside(project, ['run', 'rr'])
  assert.is(unknown.exitCode, 2)
  assert.match(unknown.stderr, 'there is no run "rr", neither in the plans nor in the store')
  assert.match(unknown.stderr, 'did you mean "r"?')
})

test('a failure blocks what needs it and nothing else, and run says why it does nothing', async () => {
  await using project = await planned({ phases: { base: fails, child: { build: work, needs: ['base'] }, grandchild: { build: work, needs: ['child'] }, free: work } })
  const run = await runHere(project)
  assert.equal(run.outcomes, { base: run.outcomes['base'], free: 'complete' })
  assert.is(run.exitCode, 1)
  assert.equal([run.report?.counts.failed, run.report?.counts.blocked, run.report?.counts.complete], [1, 2, 1])
  assert.equal(await states(project), ['base FAILED', 'child QUEUED', 'grandchild QUEUED', 'free COMPLETE'])
  const status = await runInside(project, ['status', 'r'])
  assert.match(status.stdout, /blocked +child +needs base/)
  assert.match(status.stdout, /blocked +grandchild +needs child/)

  const again = await runInside(project, ['run', 'r'])
  assert.is(again.exitCode, 3, again.stdout)
  assert.match(again.stdout, /base.*failed earlier/)
  assert.match(again.stdout, /child.*needs base \(FAILED\)/)
  assert.match(again.stdout, /autopack (?:drain|requeue)/)
  assert.is(await told(project, 'built'), 'base\nfree\n', 'nothing was tried again')
})

test('an ordered plan stops at its first failure', async () => {
  await using project = await planned({ plan: { ordered: true }, phases: { one: work, two: fails, three: work, four: work } })
  const run = await runHere(project)
  assert.equal([run.outcomes['one'], run.phase('two').outcome, run.exitCode], ['complete', 'failed', 1])
  assert.equal(await states(project), ['one COMPLETE', 'two FAILED', 'three QUEUED', 'four QUEUED'])
  assert.match((await runInside(project, ['status', 'r'])).stdout, /blocked +three +needs two/)

  // Only a failed phase is left of the plan: the one that it blocked is gone.
  await prepare(project, { config, phases: { one: work, two: fails } })
  const failed = await runInside(project, ['run'])
  assert.is(failed.exitCode, 3, failed.stdout)
  assert.match(failed.stdout, /two.*failed earlier; run takes queued phases only/)
})

test.run()
