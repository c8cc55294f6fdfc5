import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { opencodeClient, opencodeRig } from '../support/agents/opencode-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'
import { answer, run as command } from '../support/model-endpoint/index.ts'

const test = suite('opencode')

scenarioTests(test, opencodeClient, ['edit', 'check', 'scope', 'resume', 'budget'])

test('what is denied ends it with exit code 0: an error, that says so', async () => {
  await using rig = await opencodeRig({ script: [answer('I look.', command('touch /var/tmp/autopack-denied')), answer('Done.')], config: 'drain: { maxAttemptsPerPhase: 1 },' })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'failed')
  assert.is(rig.endpoint.asked.length, rig.endpoint.requests.length, 'it asked for a title, which it does not count')
  assert.match(run.phase('edit').warnings.join(), /opencode was denied bash touch \/var\/tmp\/autopack-denied: .*`permission`/)
})

test('a model that it does not know is told before anything is claimed', async () => {
  await using rig = await opencodeRig({ options: "{ model: 'scripted/nope' }" })
  const run = await rig.run()
  assert.is(run.exitCode, 2)
  assert.match(run.stderr + run.stdout, /it knows no model scripted\/nope/)
  assert.is(rig.endpoint.asked.length, 0)
})

test.run()
