import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHook, runPhase } from 'autopack/testing'
import { pluginTemplate } from '../src/index.ts'

test('beforePhase gives every phase the hint', async () => {
  const { said } = await runHook(pluginTemplate({ hint: 'Write for beginners.' }), 'beforePhase')
  assert.deepEqual(said.hints, ['Write for beginners.'])
})

test('the builder reads it in its prompt', async () => {
  const phase = await runPhase({ plugins: [pluginTemplate()], phase: { deliverables: ['docs/api.md'] } })
  assert.equal(phase.outcome, 'complete')
  assert.match(phase.prompt, /Keep the change small\./)
})
