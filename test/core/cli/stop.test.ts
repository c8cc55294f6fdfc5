import { stat } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { statusOutputSchema } from '../../../core/model/outputs.ts'
import { projectFiles, runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('stop')
// The builder goes on until somebody ends it.
const files = projectFiles({ builder: 'echo "at work"; while true; do sleep 0.2; done', plan: 'id: demo\nphases: [{ id: long, goal: Never end, scope: { paths: [x] } }]\n' })

test('Ctrl-C ends the builder, cleans up and says how to go on; a follower of the log ends with the attempt', async () => {
  await using project = await makeProject({ files })
  const run = project.startCli(['run'])
  await run.waitFor(/\nstart {5}long/)
  const follower = project.startCli(['logs', 'demo', 'long', '--follow'])
  await follower.waitFor(/at work\n/)
  run.signal('SIGINT')
  const { exitCode, stdout } = await run.result
  assert.is(exitCode, 130, stdout)
  assert.match(stdout, /\nwarning {3}SIGINT: stopping after cleaning up; once more stops at once\n/)
  assert.match(stdout, /\nstopped {3}interrupted/)
  assert.match(stdout, /\nnext\n {2}autopack run --resume batch-drain-/)
  assert.is((await follower.result).exitCode, 0)
  const status = statusOutputSchema.parse(JSON.parse((await runInside(project, ['status', '--json'])).stdout))
  assert.is(status.runs[0]!.phases[0]!.state, 'QUEUED')
})

test('`autopack stop RUN PHASE` is honoured by the drain that runs it', async () => {
  await using project = await makeProject({ files })
  const run = project.startCli(['run'])
  await run.waitFor(/\nstart {5}long/)
  const stop = await runInside(project, ['stop', 'demo', 'long'])
  assert.equal([stop.exitCode, stop.stdout, stop.stderr], [0, 'Asked demo/long to stop after cleaning up.\n', ''])
  const { exitCode, stdout } = await run.result
  assert.ok(exitCode === 3 || exitCode === 0, stdout)
  assert.is(await stat(project.path('.autonomous_runs', '.stop_executor')).catch(() => undefined), undefined, 'a stop that was honoured is used up')
})

test('a stop that nothing hears is said', async () => {
  await using project = await makeProject({ files })
  const { exitCode, stdout, stderr } = await runInside(project, ['stop'])
  assert.equal([exitCode, stdout], [0, 'Asked every drain of this project to stop after cleaning up.\n'])
  assert.is(stderr, 'Nothing runs at the moment: a drain that starts later takes no notice of this.\n')
})

test.run()
