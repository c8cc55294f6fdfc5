import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codexClient, codexRig } from '../support/agents/codex-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'

const test = suite('codex')

scenarioTests(test, codexClient, ['limit', 'overload', 'retry', 'key', 'credit', 'model', 'context'])

test('no login is told before anything is claimed, and a model without a price too', async () => {
  await using rig = await codexRig({ login: 'none' })
  const run = await rig.run()
  assert.is(run.exitCode, 2)
  assert.match(run.stderr + run.stdout, /the builder codex cannot run here: it is not logged in.*run `codex login`, or set CODEX_API_KEY/)
  await using other = await codexRig({ options: "{ model: 'gpt-99' }" })
  const second = await other.run()
  assert.is(second.exitCode, 2)
  assert.match(second.stderr + second.stdout, /codex tells no cost, and there is no price for the model gpt-99/)
  assert.is(other.endpoint.asked.length, 0)
})

// Without its patience the command would be at its own limit.
test('without a network it would try for ever: it ends within its patience', async () => {
  const offline = "{ patience: '3s', args: ['-c', 'model_providers.scripted.base_url=\"http://127.0.0.1:9/v1\"'] }"
  await using rig = await codexRig({ options: offline, config: 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },' })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'usage-limit', run.stdout.slice(-2_000))
})

test.run()
