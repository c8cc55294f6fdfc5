import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codexClient, codexRig } from '../support/agents/codex-rig.ts'
import { codeProgram } from './recordings/codex.ts'
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

test('the key of its service does not reach the commands that it runs, unless it is told to; nothing reaches them that it does not get itself', async () => {
  // In their own environment, and in that of every process that they can look at.
  const look = 'for name in OPENAI_API_KEY DEPLOY_TOKEN; do if (env; cat /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n") | grep -aq "^$name=fake"; then echo "$name is seen"; else echo "$name is not"; fi; done; test -z "$OWN" && echo OWN is excluded'
  // As docs/security.md says it.
  for (const [options, seen] of [['{}', 'not'], ['{ keyInCommands: true }', 'seen']]) {
    await using rig = await codexRig({ script: [answer('I look.', command(look)), ...edit], options, config: "env: { pass: ['OWN'] },", env: { DEPLOY_TOKEN: 'fake-token-of-a-test', OWN: 'own' } })
    await rig.project.write({ '../home/.codex/config.toml': `${await rig.project.read('../home/.codex/config.toml')}[shell_environment_policy]\nexclude = ["OWN"]\n` })
    const run = await rig.run()
    assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-2_000))
    assert.match(rig.endpoint.requests[1]!.text, `OPENAI_API_KEY is ${seen}\\nDEPLOY_TOKEN is not\\nOWN is excluded`)
  }
})

test('newer models are offered a program in the place of tools: what it runs and edits is told of, and counts as one answer', async () => {
  await using rig = await codexRig({ script: [answer('I write it.', codeProgram('src/a.txt')), answer('It is written.')], model: 'gpt-6-sol' })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-3_000))
  assert.ok(rig.endpoint.requests[0]!.tools.includes('functions.exec') && !rig.endpoint.requests[0]!.tools.includes('exec_command'), rig.endpoint.requests[0]!.tools.join(', '))
  assert.match(await rig.file('builder.log'), /\[turn 1\] runs cat src\/a\.txt\n(?:.*\n)*\[turn \d\] changes src\/a\.txt\n(?:.*\n)*exited with code 3\n/)
  assert.ok(run.events.some((event) => event.type === 'progress' && /runs cat src\/a\.txt|changes src\/a\.txt|runs exit 3/.test(event.line ?? '')))
  const told = run.phase('edit').usage
  assert.equal(told === 'unknown' ? told : [told.turns, told.model, told.cost !== undefined], [2, 'gpt-6-sol', true])
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
