import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Receipt } from '../../core/model/receipt.ts'
import { codexRig } from '../support/agents/codex-rig.ts'
import { answer, run as command, write, type ModelRequest, type Step } from '../support/model-endpoint/index.ts'

const test = suite('codex at work')

const edit = [answer('I write it.', write('src/a.txt', 'one\n')), answer('It is written.')]
const one = { checks: [{ name: 'one', run: ['grep', '-q', 'one', 'src/a.txt'] }] }
const once = 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },'
/** Of two answers: 1,000 that were read anew, 300 from a cache and 50 written, each. */
const usage = { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, cost: (2_000 * 1.25 + 600 * 0.125 + 100 * 10) / 1e6, costEstimated: true, turns: 2, model: 'gpt-5.1' }

test('an edit that passes is committed, with what it did and what it cost', async () => {
  await using rig = await codexRig({ script: edit, phase: one })
  const run = await rig.run()
  assert.is(run.exitCode, 0, run.stderr + run.stdout.slice(-3_000))
  const finished = run.phase('edit')
  assert.is(finished.outcome, 'complete')
  assert.equal(finished.usage, usage)
  assert.ok(run.events.some((event) => event.type === 'progress' && event.line?.startsWith("turn 1 · runs cat > 'src/a.txt'")))
  const receipt = JSON.parse(await rig.file('receipt.json')) as Receipt
  assert.is(receipt.builder?.name, 'codex')
  assert.match(await rig.file('builder.log'), /I write it\.\n\[turn 1\] runs cat > 'src\/a\.txt'.*\n(?:.*\n)*It is written\./)
  assert.match(rig.endpoint.requests[0]!.text, /Write one into src\/a\.txt/)
  assert.not.match(await rig.file('builder.jsonl'), /fake-key-of-a-test/)
  assert.is(await rig.project.git('show', 'autopack/p/r:src/a.txt'), 'one')
})

test('an edit that breaks the check fails the phase, whatever the agent says of it', async () => {
  await using rig = await codexRig({ script: [answer('I write it.', write('src/a.txt', 'two\n')), answer('Everything passes.')], phase: one, config: once })
  const run = await rig.run()
  assert.is(run.exitCode, 1)
  assert.is(run.phase('edit').outcome, 'failed')
  assert.is(run.phase('edit').classification?.blame, 'phase')
})

test('an edit outside the scope is refused, and one outside the worktree is not possible', async () => {
  await using rig = await codexRig({ script: [answer('I write them.', write('src/a.txt', 'one\n'), command('echo two > other.txt')), answer('And one more.', command('echo three > /var/tmp/autopack-three.txt')), answer('Done.')], config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'scope_violation')
  assert.match(run.phase('edit').reason ?? '', /other\.txt/)
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

test('a second attempt goes on with the conversation of the first, and counts only its own', async () => {
  const script = (request: ModelRequest): Step | undefined => {
    const isSecond = request.text.includes('The attempt before this one failed')
    const edits = request.text.split('I write it').length - 1
    return edits > (isSecond ? 1 : 0) ? undefined : answer('I write it.', write('src/a.txt', isSecond ? 'one\n' : 'two\n'))
  }
  await using rig = await codexRig({ script, options: '{ resume: true }', phase: one })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-3_000))
  assert.is(run.phase('edit').attempt, 2)
  assert.is(await rig.file('thread.json'), await rig.file('thread.json', 2))
  assert.match(rig.endpoint.requests.at(-1)!.text, /Write one into src\/a\.txt.*The attempt before this one failed/s)
  // The stream tells the sum of both.
  assert.match((await rig.file('builder.jsonl', 2)).trim().split('\n').at(-1)!, /"input_tokens":5200/)
  assert.equal(run.phase('edit').usage, usage)
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

test('a stop in mid-stream leaves no process, no change on the branch, and the phase queued', async () => {
  await using rig = await codexRig({ script: [edit[0]!, { type: 'hang' }] })
  const running = rig.project.startCli(['run', '--json'])
  await rig.endpoint.reached(2)
  running.signal('SIGINT')
  assert.is((await running.result).exitCode, 130)
  assert.match(await rig.file('changes.patch'), /^\+one$/m)
})

test('a budget that is passed ends it while it works; what it did is a patch, and nothing is on the branch', async () => {
  await using rig = await codexRig({
    script: [edit[0]!, { type: 'answer', text: 'I look.', calls: [command('true')], tokens: { input: 50_000 } }, { type: 'hang' }], config: 'drain: { maxAttemptsPerPhase: 1, maxTokens: { attempt: 40_000 } },',
  })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'budget_exhausted')
  const told = run.phase('edit').usage
  assert.is(told === 'unknown' ? told : told.inputTokens, 1_300 + 50_300)
  assert.match(await rig.file('changes.patch'), /^\+one$/m)
  assert.is(await rig.project.git('for-each-ref', 'refs/heads/autopack'), '')
})

test.run()
