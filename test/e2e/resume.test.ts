import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject } from '../support/project.ts'
import { prepare, runHere } from '../support/run-project.ts'

const test = suite('resume')

test('a resumed session goes on with the runs that it was started with; others are refused', async () => {
  await using project = await makeProject({ files: { 'README.md': 'x\n' } })
  await prepare(project, { phases: { one: 'echo 1 > one.txt', two: 'echo 2 > two.txt' } })
  const other = { id: 'other', phases: [{ id: 'one', goal: 'Do it' }] }
  await project.write({ 'runs/other.json': JSON.stringify(other) })

  const first = await runHere(project, ['r', '--batch-size', '1'])
  assert.equal([first.exitCode, first.outcomes], [3, { one: 'complete' }], first.stdout)
  const resumed = await runHere(project, ['--resume'])
  assert.equal([resumed.exitCode, resumed.outcomes], [0, { two: 'complete' }], resumed.stdout)
  assert.equal(resumed.report!.runs.map((run) => run.id), ['r'])
  const named = await runHere(project, ['other', '--resume'])
  assert.is(named.exitCode, 2)
  assert.match(named.stderr, /was started with r, and goes on with that: --run other says otherwise/)
})

test.run()
