/** A git that ends as none should: the machine's fault, and no phase's. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { AutopackEvent } from '../../core/model/events.ts'
import { verifiedAttempts } from '../support/attempts.ts'
import { runInside } from '../support/cli.ts'
import { gitFailingWhere } from '../support/failing-git.ts'
import { makeProject } from '../support/project.ts'
import { prepare, runHere } from '../support/run-project.ts'

const test = suite('a git that fails')

test('what a builder did cannot be staged: the drain stops, and neither the phase nor its attempts pay for it', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt' } })
  const PATH = await gitFailingWhere(project, `case "$*" in *update-index*) true ;; *) false ;; esac`)
  const { exitCode, stdout } = await runInside(project, ['run', '--json'], { env: { PATH } })
  const events = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line) as AutopackEvent)
  const finished = events.find((event) => event.type === 'drain-finished')!
  assert.is(exitCode, 4, stdout)
  assert.equal(finished.report.stop, { reason: 'infrastructure', detail: 'git update-index failed with exit code 128: fatal: the disk does not answer' })
  assert.equal(events.filter((event) => event.type === 'phase-finished'), [])
  const again = await runHere(project)
  assert.equal([again.exitCode, again.outcomes], [0, { one: 'complete' }], again.stdout + again.stderr)
  assert.equal((await verifiedAttempts(project, 'one')).map(({ outcome, charged }) => [outcome, charged]), [['interrupted', false], ['complete', true]])
})

test('a base that git cannot look up is not called unknown', async () => {
  await using project = await makeProject()
  await prepare(project, { phases: { one: 'echo 1 > one.txt' } })
  const PATH = await gitFailingWhere(project, `case "$*" in *rev-list*) true ;; *) false ;; esac`)
  const { exitCode, stderr } = await runInside(project, ['run'], { env: { PATH } })
  assert.is(exitCode, 4)
  assert.match(stderr, /^error\[git-failed\]: git rev-list failed with exit code 128: fatal: the disk does not answer\n {2}fix: /)
})

test.run()
