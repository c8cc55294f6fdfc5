import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { geminiClient, geminiRig } from '../support/agents/gemini-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'

const test = suite('gemini')

scenarioTests(test, geminiClient, ['limit', 'overload', 'retry', 'key', 'credit', 'model', 'context'])

test('a quota of a day, of which it tells no time, is a pause too', async () => {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }]
  await using rig = await geminiRig({
    script: () => ({ type: 'refuse', status: 429, kind: 'RESOURCE_EXHAUSTED', message: 'You exceeded your current quota, please check your plan and billing details.', fields: { details } }),
    config: 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },',
  })
  const run = await rig.run()
  assert.equal([run.phase('edit').outcome, run.report?.stop.reason], ['usage-limit', 'builder_paused'], run.stdout.slice(-2_000))
  assert.match(run.phase('edit').reason ?? '', /exhausted your daily quota/)
})

test.run()
