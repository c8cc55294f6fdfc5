import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { claudeClient, claudeRig } from '../support/agents/claude-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'
import { write } from '../support/model-endpoint/index.ts'

const test = suite('claude')

scenarioTests(test, claudeClient, ['limit', 'overload', 'retry', 'key', 'credit', 'model', 'context'])

test('no key at all is told before anything is claimed', async () => {
  await using rig = await claudeRig({ login: 'none' })
  const run = await rig.run()
  assert.is(run.exitCode, 2)
  assert.match(run.stderr + run.stdout, /the builder claude cannot run here: it is not logged in".*run `claude` and type \/login, or set ANTHROPIC_API_KEY/)
  assert.is(rig.endpoint.asked.length, 0)
})

test('a model that never answers ends at the idle limit', async () => {
  await using rig = await claudeRig({ script: () => ({ type: 'hang' }), config: 'drain: { maxAttemptsPerPhase: 1, idleTimeoutSeconds: 4 },' })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'timeout')
  assert.match(run.phase('edit').reason ?? '', /printed nothing for too long/)
})

test('a budget in dollars ends it while it works, by an estimate', async () => {
  await using rig = await claudeRig({
    script: [{ type: 'answer', text: 'I think.', calls: [write('src/a.txt', 'one\n')], tokens: { input: 50_000 } }, { type: 'hang' }], config: 'drain: { maxAttemptsPerPhase: 1, maxCost: { attempt: 0.1 } },',
  })
  const costly = await rig.run()
  assert.is(costly.phase('edit').classification?.class, 'budget_exhausted', costly.stderr)
  assert.match(costly.phase('edit').reason ?? '', /^\$0\.20 in one attempt, more than maxCost\.attempt \$0\.10/)
})

test.run()
