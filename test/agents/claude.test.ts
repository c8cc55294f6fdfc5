import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Usage } from '../../core/model/usage.ts'
import { costOf, knownPrices } from '../../core/telemetry/prices.ts'
import { claudeClient, claudeRig } from '../support/agents/claude-rig.ts'
import { scenarioTests } from '../support/agents/scenario-tests.ts'
import { answer, write, type ModelRequest, type Step } from '../support/model-endpoint/index.ts'

const test = suite('claude')

scenarioTests(test, claudeClient, ['edit', 'check', 'scope', 'resume', 'budget'])

test('of a project inside a repository it edits what the scope names beside its root', async () => {
  await using rig = await claudeRig({
    script: [answer('I write both.', write('src/a.txt', 'one\n'), write('../shared/b.txt', 'two\n')), answer('Done.')], config: "root: 'app',",
    files: { 'app/src/a.txt': 'zero\n', 'shared/b.txt': 'zero\n' }, phase: { scope: { paths: ['app/src/', 'shared/'] } },
  })
  const run = await rig.run()
  assert.equal([run.phase('edit').outcome, run.phase('edit').warnings], ['complete', []], run.stderr + run.stdout.slice(-1_500))
  assert.is(await rig.project.git('show', 'autopack/p/r:shared/b.txt'), 'two')
})

test('no change at all is none, whatever is said; what was denied is told', async () => {
  await using rig = await claudeRig({ script: [answer('I test it.', { type: 'run', command: 'npm publish' }), answer('It is done.')], config: 'drain: { maxAttemptsPerPhase: 1 },' })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'builder_no_change')
  assert.match(run.phase('edit').warnings.join(), /claude was denied Bash npm publish: .* allowedTools/)
})

test('sub-agents that work side by side are counted, each message once', async () => {
  const look = (which: string) => ({ type: 'tool' as const, name: 'Agent', input: { description: which, prompt: `please look at the ${which}`, subagent_type: 'general-purpose', run_in_background: false } })
  const tokens = { input: 10_000, cachedInput: 0, cacheWrite: 0, output: 100 }
  // The client's own conversation holds what it asked the others; theirs begin with it.
  const script = ({ text }: ModelRequest): Step | undefined => {
    const isMain = text.includes('Write one into src/a.txt')
    if (!isMain) return text.includes('tool_result') ? { type: 'answer', text: 'I saw it.', tokens } : { type: 'answer', text: 'I look.', calls: [{ type: 'tool', name: 'Bash', input: { command: 'ls', description: 'List' } }], tokens }
    if (!text.includes('please look at')) return answer('I ask two.', look('first'), look('second'))
    return text.includes('I write it') ? undefined : answer('I write it.', write('src/a.txt', 'one\n'))
  }
  await using rig = await claudeRig({ script })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout)
  // Two turns of each of two sub-agents, three of its own.
  const { cost, ...usage } = run.phase('edit').usage as Exclude<Usage, 'unknown'>
  assert.equal(usage, { inputTokens: 4 * 10_000 + 3 * 1_500, outputTokens: 4 * 100 + 3 * 50, cachedInputTokens: 900, turns: 3, model: 'claude-opus-5-5' })
  assert.is(cost?.toFixed(6), '0.186180')
  // What was told meanwhile only grows, up to that: how much of it is told when lies with the looks at a stream that is soon over.
  const told = run.events.flatMap((event) => (event.type === 'progress' && event.usage && event.usage !== 'unknown' && event.usage.costEstimated ? [event.usage.inputTokens] : []))
  assert.equal(told, told.toSorted((left, right) => left - right))
  assert.ok(told.every((one) => one <= usage.inputTokens), `told ${told.join(', ')}`)
})

test('the prices that Autopack knows are those that it reckons with', async () => {
  const counts = { inputTokens: 300_000, cachedInputTokens: 100_000, cacheWriteTokens: 100_000, outputTokens: 100_000 }
  for (const model of ['claude-opus-5-5', 'claude-haiku-4-5']) {
    await using rig = await claudeRig({ script: [{ type: 'answer', text: 'Done.', tokens: { input: 100_000, cachedInput: 100_000, cacheWrite: 100_000, output: 100_000 } }], options: `{ model: '${model}' }`, config: 'drain: { maxAttemptsPerPhase: 1 },' })
    const run = await rig.run()
    const { usage } = run.phase('edit')
    assert.equal(usage === 'unknown' ? usage : [usage.model, usage.costEstimated, usage.cost?.toFixed(4)], [model, undefined, costOf(counts, knownPrices[model])?.toFixed(4)])
  }
})

test.run()
