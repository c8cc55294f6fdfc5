import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeProject } from 'autopack/testing'
import { presetTemplate } from '../src/index.ts'

test('ends a drain after its minutes, and protects the pipeline', async () => {
  await using project = await makeProject({
    config: { presets: [presetTemplate({ minutes: 5 })] },
    plans: [{ id: 'run-1', phases: [{ id: 'one', goal: 'Change the pipeline.' }, { id: 'two', goal: 'Take long.' }, { id: 'three', goal: 'Come too late.' }] }],
    build: { one: { write: { '.github/workflows/ci.yml': 'on: push\n' } }, two: { takes: '4m' } },
  })
  const run = await project.run()
  assert.equal(run.phase('one').classification?.class, 'scope_violation')
  assert.equal(run.phase('two').outcome, 'complete')
  assert.equal(run.report?.stop.reason, 'budget_time')
})
