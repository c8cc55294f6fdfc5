import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AutopackEvent } from '../../../core/model/events.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'
import { prepare } from '../../support/run-project.ts'

const test = suite('preflight')

test("is classified by the project's classifiers, from the failing command's own output", async () => {
  await using project = await makeProject()
  await prepare(project, {
    phases: { one: 'echo 1 > one.txt' },
    imports: "import { defineClassifier } from 'autopack'",
    config: `preflight: [{ shell: 'echo MARK first' }, { shell: 'echo MARK second; exit 3' }], classifiers: [
      { type: 'classifier', name: 'throws', classify() { throw new Error('no table') } },
      { type: 'classifier', name: 'stage', classify({ failure, run }) { return failure.stage === 'preflight' && failure.exitCode === 3 ? { class: 'seen', title: run + ' saw ' + failure.output.trim() } : undefined } },
    ],`,
  })
  await project.commit('prepare')
  const { exitCode, stdout, stderr } = await runInside(project, ['run', '--json'])
  assert.is(exitCode, 4, stderr)
  const events = stdout.trim().split('\n').map((line) => JSON.parse(line) as AutopackEvent)
  const report = events.find((event) => event.type === 'drain-finished')?.report
  assert.is(report?.stop.reason, 'preflight_failed')
  assert.ok(report!.stop.detail.endsWith(`: r saw MARK second (exit code 3); log: ${project.path('.autonomous_runs/p/runs/r/r/diagnostics/preflight.log')}`), report!.stop.detail)
  assert.is(await project.read('.autonomous_runs/p/runs/r/r/diagnostics/preflight.log'), 'MARK first\nMARK second\n')
  assert.equal(events.flatMap((event) => (event.type === 'notice' ? [event.message] : [])), ['classifier throws threw in hook classifyFailure: no table'])
})

test.run()
