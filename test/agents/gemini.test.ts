import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { geminiRig } from '../support/agents/gemini-rig.ts'
import { answer, write, type Script } from '../support/model-endpoint/index.ts'

const test = suite('gemini')

const once = 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },'
const one = { checks: [{ name: 'one', run: ['grep', '-q', 'one', 'src/a.txt'] }] }
const refusal = (status: number, kind: string, message: string, fields: Record<string, unknown> = {}): Script => () => ({ type: 'refuse', status, kind, message, fields })
const perDay = [{ '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }]

test('an edit that passes is committed, with what each model used', async () => {
  await using rig = await geminiRig({ script: [answer('I write it.', write('src/a.txt', 'one\n')), answer('It is written.')], phase: one })
  const run = await rig.run()
  assert.is(run.exitCode, 0, run.stderr + run.stdout.slice(-3_000))
  assert.is(run.phase('edit').outcome, 'complete')
  const { usage } = run.phase('edit')
  assert.equal(usage === 'unknown' ? usage : [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.turns, usage.costEstimated], [2_700, 110, 600, 2, true])
  assert.is(await rig.project.git('show', 'autopack/p/r:src/a.txt'), 'one')
})

test('an edit that breaks the check fails, one outside the scope is refused, and one outside the worktree denied', async () => {
  await using rig = await geminiRig({ script: [answer('I write it.', write('src/a.txt', 'two\n'), write('/var/tmp/autopack-denied.txt', 'x\n')), answer('Everything passes.')], phase: one, config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'failed')
  assert.match(run.phase('edit').warnings.join(), /gemini was denied write_file \/var\/tmp/)
  await using outside = await geminiRig({ script: [answer('I write it.', write('other.txt', 'two\n')), answer('Done.')], config: once })
  assert.is((await outside.run()).phase('edit').classification?.class, 'scope_violation')
})

test('a quota that is used up, and an overload without end, are pauses', async () => {
  await using rig = await geminiRig({ script: refusal(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota, please check your plan and billing details.', { details: perDay }), config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'usage-limit', run.stdout.slice(-2_000))
  await using other = await geminiRig({ script: refusal(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'), options: "{ patience: '3s' }", config: once })
  const overloaded = await other.run()
  assert.is(overloaded.phase('edit').outcome, 'usage-limit', overloaded.stdout.slice(-2_000))
})

test('a key that is refused stops the drain; a prompt that is too long is the phase\'s', async () => {
  await using rig = await geminiRig({ script: refusal(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'), config: once })
  const run = await rig.run()
  assert.is(run.exitCode, 4)
  assert.match(run.report?.stop.detail ?? '', /API key not valid.*GEMINI_API_KEY/)
  await using other = await geminiRig({ script: refusal(400, 'INVALID_ARGUMENT', 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).'), config: once })
  assert.is((await other.run()).phase('edit').classification?.class, 'context_length')
})

test('a stop in mid-stream leaves no process, and no change on the branch', async () => {
  await using rig = await geminiRig({ script: [answer('I write it.', write('src/a.txt', 'one\n')), { type: 'hang' }] })
  const running = rig.project.startCli(['run', '--json'])
  await rig.endpoint.reached(2)
  running.signal('SIGINT')
  assert.is((await running.result).exitCode, 130)
  assert.match(await rig.file('changes.patch'), /^\+one$/m)
})

test.run()
