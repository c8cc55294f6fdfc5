import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codexRig } from '../support/agents/codex-rig.ts'
import type { Script } from '../support/model-endpoint/index.ts'

const test = suite('codex refused')

const refusal = (status: number, kind: string, message: string, fields: Record<string, unknown> = {}): Script => () => ({ type: 'refuse', status, kind, message, fields })
const once = 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },'

test('a usage limit is a pause until its reset time, and charges nothing', async () => {
  // It tells the minute.
  const resetsAt = (Math.floor(Date.now() / 60_000) + 120) * 60
  await using rig = await codexRig({ script: refusal(429, 'usage_limit_reached', 'The usage limit has been reached', { plan_type: 'pro', resets_at: resetsAt }), config: once })
  const run = await rig.run()
  assert.is(run.exitCode, 3, run.stderr)
  assert.is(run.phase('edit').outcome, 'usage-limit')
  assert.is(run.report?.stop.reason, 'builder_paused')
  assert.match(run.notices.join('\n'), new RegExp(`builder codex is paused until ${new Date(resetsAt * 1_000).toISOString().slice(0, 16)}.*hit your usage limit`))
  assert.is(rig.endpoint.requests.length, 1, 'it was asked again')
})

test('a rate limit, and a service that is at its capacity, are pauses too', async () => {
  for (const script of [refusal(429, 'rate_limit_exceeded', 'Rate limit reached'), refusal(503, 'server_is_overloaded', 'Overloaded')]) {
    await using rig = await codexRig({ script, config: once })
    const run = await rig.run()
    assert.is(run.phase('edit').outcome, 'usage-limit')
    assert.is(run.report?.stop.reason, 'builder_paused')
  }
})

test('a key that is refused stops the drain at the second time, with the way to mend it', async () => {
  await using rig = await codexRig({ script: refusal(401, 'invalid_api_key', 'Incorrect API key provided'), config: once })
  const run = await rig.run()
  assert.is(run.exitCode, 4)
  assert.is(run.phase('edit').classification?.class, 'auth')
  assert.is(run.report?.stop.reason, 'auth')
  assert.match(run.report?.stop.detail ?? '', /^Codex: .*401 Unauthorized: Incorrect API key provided.*; run `codex login`, or set OPENAI_API_KEY$/)
})

test('no login is told before anything is claimed, and a model without a price too', async () => {
  await using rig = await codexRig({ login: 'none' })
  const run = await rig.run()
  assert.is(run.exitCode, 2)
  assert.match(run.stderr + run.stdout, /the builder codex cannot run here: it is not logged in.*run `codex login`, or set CODEX_API_KEY/)
  await using other = await codexRig({ options: "{ model: 'gpt-99' }" })
  const second = await other.run()
  assert.is(second.exitCode, 2)
  assert.match(second.stderr + second.stdout, /codex tells no cost, and there is no price for the model gpt-99/)
  assert.is(other.endpoint.asked.length, 0)
})

test('credit that is used up stops the drain', async () => {
  await using rig = await codexRig({ script: refusal(429, 'insufficient_quota', 'You exceeded your current quota'), config: once })
  const run = await rig.run()
  assert.is(run.report?.stop.reason, 'auth')
  assert.match(run.report?.stop.detail ?? '', /add credit to the account/)
})

test('a prompt that is too long is the phase\'s, and no retry; an unknown model is the configuration\'s', async () => {
  await using rig = await codexRig({ script: refusal(400, 'context_length_exceeded', 'Your input exceeds the context window of this model.'), config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'context_length')
  assert.is(run.phase('edit').classification?.blame, 'phase')
  await using other = await codexRig({ script: refusal(404, 'model_not_found', 'The model nope does not exist'), config: once })
  const second = await other.run()
  assert.is(second.phase('edit').classification?.class, 'config_error', second.stdout.slice(-2_000))
})

test('an endless silent retry ends as a pause, within its patience', async () => {
  await using rig = await codexRig({ script: refusal(529, 'overloaded', 'Overloaded'), options: "{ patience: '3s' }", config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'usage-limit')
  assert.match(run.phase('edit').reason ?? '', /status 529/)
  assert.ok(run.phase('edit').durationMs < 30_000, `${run.phase('edit').durationMs} ms`)
})

test('without a network it would try for ever: it ends within its patience', async () => {
  const offline = "{ patience: '3s', args: ['-c', 'model_providers.scripted.base_url=\"http://127.0.0.1:9/v1\"'] }"
  await using rig = await codexRig({ options: offline, config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'usage-limit', run.stdout.slice(-2_000))
  assert.ok(run.phase('edit').durationMs < 30_000, `${run.phase('edit').durationMs} ms`)
})

test('a connection that breaks in mid-stream is no end of it', async () => {
  await using rig = await codexRig({ script: (_request, index) => (index === 0 ? { type: 'cut', text: 'I begin to' } : undefined), config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'builder_no_change', 'it went on, and did nothing')
})

test.run()
