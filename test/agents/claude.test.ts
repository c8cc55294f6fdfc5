import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { agentRig, type AgentRigOptions, type Pointing } from '../support/agents/rig.ts'
import { answer, write } from '../support/model-endpoint/index.ts'

const test = suite('claude')

const pointing: Pointing = ({ url }) => ({ env: { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'fake-key-of-a-test', CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1' } })
const claude = (options?: AgentRigOptions) => agentRig('claude', pointing, options)

test('an edit that passes is committed, with what it cost', async () => {
  await using rig = await claude({ script: [answer('I write it.', write('src/a.txt', 'one\n')), answer('It is written.')] })
  const run = await rig.run()
  console.log(run.stdout, run.stderr)
  console.log(await rig.file('builder.log'))
  assert.is(run.phase('edit').outcome, 'complete')
})

test.run()
