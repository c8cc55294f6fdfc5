import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codexClient, codexRig } from '../support/agents/codex-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'
import { answer, run as command, write, type ModelRequest, type Step } from '../support/model-endpoint/index.ts'

const test = suite('codex')

const edit = [answer('I write it.', write('src/a.txt', 'one\n')), answer('It is written.')]
scenarioTests(test, codexClient, ['edit', 'check', 'scope', 'resume', 'budget'])

test('an edit outside the worktree is not possible', async () => {
  await using rig = await codexRig({ script: [edit[0]!, answer('And one more.', command('echo three > /var/tmp/autopack-three.txt')), answer('Done.')] })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-2_000))
  // In what the model was told: Codex does not always tell of a command that its sandbox refuses.
  assert.match(rig.endpoint.requests.at(-1)!.text, /autopack-three\.txt: Read-only file system/)
})

test('the key of its service reaches the commands that it runs, unless it is told otherwise; nothing reaches them that it does not get itself', async () => {
  const look = 'for name in OPENAI_API_KEY DEPLOY_TOKEN; do if env | grep -q "^$name="; then echo "$name is seen"; else echo "$name is not"; fi; done'
  // As docs/security.md says it.
  for (const [options, seen] of [['{}', 'seen'], [`{ args: ['-c', 'shell_environment_policy.exclude=["OPENAI_API_KEY"]'] }`, 'not']]) {
    await using rig = await codexRig({ script: [answer('I look.', command(look)), ...edit], options, env: { DEPLOY_TOKEN: 'fake-token-of-a-test' } })
    const run = await rig.run()
    assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-2_000))
    assert.match(rig.endpoint.requests[1]!.text, `OPENAI_API_KEY is ${seen}\\nDEPLOY_TOKEN is not`)
  }
})

test('sub-agents are counted, of which the stream tells no usage', async () => {
  const script = ({ text }: ModelRequest): Step | undefined => {
    if (!text.includes('Write one into src/a.txt')) return { type: 'answer', text: 'I saw it.', tokens: { input: 10_000, cachedInput: 0, output: 100 } }
    if (!text.includes('I ask one')) return answer('I ask one.', { type: 'tool', name: 'multi_agent_v1.spawn_agent', input: { message: 'please look' } })
    if (!text.includes('I wait')) return answer('I wait.', { type: 'tool', name: 'multi_agent_v1.wait_agent', input: { targets: [/agent_id[^0-9a-f]*([0-9a-f-]{36})/.exec(text)![1]!], timeout_ms: 30_000 } })
    return text.includes('I write it') ? undefined : edit[0]
  }
  await using rig = await codexRig({ script })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-3_000))
  const told = run.phase('edit').usage
  assert.equal(told === 'unknown' ? told : [told.inputTokens, told.outputTokens, told.turns], [4 * 1_300 + 10_000, 4 * 50 + 100, 4])
})

test.run()
