import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { geminiClient, geminiRig } from '../support/agents/gemini-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'
import { answer, write } from '../support/model-endpoint/index.ts'

const test = suite('gemini')

scenarioTests(test, geminiClient, ['edit', 'check', 'scope', 'resume', 'budget'])

test('what is outside of the worktree is denied, and a warning', async () => {
  await using rig = await geminiRig({ script: [answer('I write both.', write('src/a.txt', 'one\n'), write('/var/tmp/autopack-denied.txt', 'x\n')), answer('Done.')] })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-2_000))
  assert.match(run.phase('edit').warnings.join(), /gemini was denied write_file \/var\/tmp/)
})

test.run()
