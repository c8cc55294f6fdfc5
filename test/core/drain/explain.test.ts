import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { BacklogRun } from '../../../core/drain/index.ts'
import { explainNothing } from '../../../core/drain/index.ts'
import type { SelectionRules } from '../../../core/drain/index.ts'
import { runInside } from '../../support/cli.ts'
import { makeProject } from '../../support/project.ts'

const test = suite('why a drain selected nothing')

const rules: SelectionRules = {
  now: 0, maxAttemptsPerPhase: 2, absoluteAttemptCap: 10, skipRunsWithQueued: true, busyRuns: new Set(), heldRuns: new Map(), excluded: new Map(), oldFailures: false, failedHere: new Set(),
}
const runWith = (phase: object): BacklogRun =>
  ({ record: { id: 'first' }, phases: [{ id: 'one phase', state: 'QUEUED', charged: 0, chargedEver: 0, spec: { needs: [] }, ...phase }] }) as unknown as BacklogRun

test('names a command for each state that could be typed as it is', () => {
  const nextOf = (phase: object) => explainNothing([runWith(phase)], rules, true)[0]?.next
  assert.is(nextOf({ state: 'FAILED' }), "autopack requeue first 'one phase' --reason '…'")
  assert.is(nextOf({ holdReason: 'ask first' }), "autopack requeue first 'one phase' --reason '…'")
  assert.is(nextOf({ state: 'REVIEW' }), "autopack review show first 'one phase'")
  assert.is(explainNothing([runWith({ state: 'REVIEW' })], rules, false)[0]?.next, "autopack show first 'one phase' --diff", 'a project without the command has the work to look at')
  assert.is(nextOf({}), 'autopack show first')
  assert.is(nextOf({ state: 'COMPLETE' }), undefined)
})

test('the command after a run that left an earlier failure alone works', async () => {
  await using project = await makeProject({
    files: {
      'autopack.config.mjs': "import { defineConfig } from 'autopack'\nimport { command } from 'autopack/builders'\nexport default defineConfig({ project: 'p', builder: command({ run: ['false'] }), drain: { maxAttemptsPerPhase: 1 } })\n",
      'runs/r.yaml': 'id: r\nphases: [{ id: a, goal: fail }]\n',
    },
  })
  assert.is((await runInside(project, ['run'])).exitCode, 1)
  const { exitCode, stdout } = await runInside(project, ['run'])
  assert.is(exitCode, 3, stdout)
  const [, next] = /next: autopack (.*)$/m.exec(stdout) ?? []
  assert.ok(next, stdout)
  const again = await project.run(['sh', '-c', `"$0" "$1" ${next}`, process.execPath, new URL('../../../core/cli/bin.ts', import.meta.url).pathname])
  assert.is(again.exitCode, 0, `${again.stdout}${again.stderr}`)
  assert.match(again.stdout, /queued again/)
})

test.run()
