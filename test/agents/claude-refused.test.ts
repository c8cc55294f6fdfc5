import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Usage } from '../../core/model/usage.ts'
import { claudeRig } from '../support/agents/claude-rig.ts'
import { answer, run as command, write, type Script } from '../support/model-endpoint/index.ts'

const test = suite('claude refused')

const refusal = (status: number, kind: string, message: string, headers: Record<string, string> = {}): Script => () => ({ type: 'refuse', status, kind, message, headers })
const once = 'drain: { maxAttemptsPerPhase: 1, maxPauseMinutes: 0.01 },'

test('a usage limit is a pause until its reset time, and charges nothing', async () => {
  const resetsAt = Math.floor(Date.now() / 1_000) + 3_600
  await using rig = await claudeRig({
    login: 'subscription', config: once,
    script: refusal(429, 'rate_limit_error', 'This request would exceed the limit of your account', {
      'anthropic-ratelimit-unified-status': 'rejected', 'anthropic-ratelimit-unified-reset': String(resetsAt), 'anthropic-ratelimit-unified-representative-claim': 'five_hour',
    }),
  })
  const run = await rig.run()
  assert.is(run.exitCode, 3, run.stderr)
  assert.is(run.phase('edit').outcome, 'usage-limit')
  assert.is(run.report?.stop.reason, 'builder_paused')
  assert.match(run.notices.join('\n'), new RegExp(`builder claude is paused until ${new Date(resetsAt * 1_000).toISOString()}: You've hit your`))
  assert.is(rig.endpoint.requests.length, 1, 'it was asked again')
})

test('an overload is a pause too', async () => {
  await using rig = await claudeRig({ script: refusal(529, 'overloaded_error', 'Overloaded'), config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'usage-limit')
  assert.is(run.report?.stop.reason, 'builder_paused')
})

test('a key that is refused stops the drain, with the way to mend it', async () => {
  await using rig = await claudeRig({ script: refusal(401, 'authentication_error', 'invalid x-api-key'), config: once })
  const started = performance.now()
  const run = await rig.run()
  assert.is(run.exitCode, 4)
  assert.is(run.phase('edit').classification?.class, 'auth')
  assert.is(run.report?.stop.reason, 'auth')
  assert.match(run.report?.stop.detail ?? '', /^Claude Code: .*authentication failed.*; run `claude` and type \/login, or set ANTHROPIC_API_KEY$/)
  // By itself it tries ten times, for minutes.
  assert.ok(rig.endpoint.requests.length <= 4, `${rig.endpoint.requests.length} requests in ${performance.now() - started} ms`)
})

test('no key at all is told before anything is claimed', async () => {
  await using rig = await claudeRig({ login: 'none' })
  const run = await rig.run()
  assert.is(run.exitCode, 2)
  assert.match(run.stderr + run.stdout, /the builder claude cannot run here: it is not logged in".*run `claude` and type \/login, or set ANTHROPIC_API_KEY/)
  assert.is(rig.endpoint.asked.length, 0)
})

test('credit that is used up stops the drain', async () => {
  await using rig = await claudeRig({ script: refusal(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'), config: once })
  const run = await rig.run()
  assert.is(run.report?.stop.reason, 'auth')
  assert.match(run.report?.stop.detail ?? '', /add credit to the account/)
})

test('a prompt that is too long is the phase\'s, and no retry', async () => {
  await using rig = await claudeRig({ script: refusal(400, 'invalid_request_error', 'prompt is too long: 250000 tokens > 200000 maximum'), config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'context_length')
  assert.is(run.phase('edit').classification?.blame, 'phase')
})

test('an unknown model is the configuration\'s', async () => {
  await using rig = await claudeRig({ script: refusal(404, 'not_found_error', 'model: nope'), options: "{ model: 'nope' }", config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'config_error')
  assert.is(run.phase('edit').classification?.blame, 'project')
})

test('an endless silent retry ends as a usage limit, within its patience', async () => {
  await using rig = await claudeRig({ script: refusal(429, 'rate_limit_error', 'Rate limited'), options: "{ patience: '3s' }", config: once })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'usage-limit')
  assert.match(run.phase('edit').reason ?? '', /API Error: 429 rate limit/)
  assert.ok(run.phase('edit').durationMs < 30_000, `${run.phase('edit').durationMs} ms`)
})

test('a connection that breaks in mid-stream is no end of it', async () => {
  let cut = false
  await using rig = await claudeRig({
    script: ({ text }) => {
      if (!cut) { cut = true; return { type: 'cut', text: 'I begin to' } }
      return text.includes('I write it') ? undefined : answer('I write it.', write('src/a.txt', 'one\n'))
    },
  })
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-2_000))
})

test('a budget that is passed ends it while it works; what it did is a patch, and nothing is on the branch', async () => {
  await using rig = await claudeRig({
    // What it calls beside what it has paid too much for may not happen any more.
    script: [answer('I write it.', write('src/a.txt', 'one\n')), { type: 'answer', text: 'I look.', calls: [command('ls')], tokens: { input: 50_000 } }, { type: 'hang' }],
    config: 'drain: { maxAttemptsPerPhase: 1, maxTokens: { attempt: 40_000 } },',
  })
  const over = await rig.run()
  assert.is(over.phase('edit').classification?.class, 'budget_exhausted')
  assert.match(over.phase('edit').reason ?? '', /tokens in one attempt, more than maxTokens\.attempt 40000/)
  const { usage } = over.phase('edit')
  assert.is(usage === 'unknown' ? usage : usage.inputTokens, 1_500 + 50_500)
  assert.match(await rig.file('changes.patch'), /^\+one$/m)
  assert.is(await rig.project.git('for-each-ref', 'refs/heads/autopack'), '')
})

test('a model that never answers ends at the idle limit', async () => {
  await using rig = await claudeRig({ script: () => ({ type: 'hang' }), config: 'drain: { maxAttemptsPerPhase: 1, idleTimeoutSeconds: 4 },' })
  const run = await rig.run()
  assert.is(run.phase('edit').classification?.class, 'timeout')
  assert.match(run.phase('edit').reason ?? '', /printed nothing for too long/)
})

test('a budget in dollars ends it while it works, by an estimate', async () => {
  await using rig = await claudeRig({
    script: [{ type: 'answer', text: 'I think.', calls: [write('src/a.txt', 'one\n')], tokens: { input: 50_000 } }, { type: 'hang' }], config: 'drain: { maxAttemptsPerPhase: 1, maxCost: { attempt: 0.1 } },',
  })
  const costly = await rig.run()
  assert.is(costly.phase('edit').classification?.class, 'budget_exhausted', costly.stderr)
  assert.match(costly.phase('edit').reason ?? '', /^\$0\.20 in one attempt, more than maxCost\.attempt \$0\.10/)
})

test('a stop in mid-stream leaves no process, no change on the branch, and the phase queued', async () => {
  await using rig = await claudeRig({ script: [answer('I write it.', write('src/a.txt', 'one\n')), { type: 'hang' }] })
  const running = rig.project.startCli(['run', '--json'])
  await rig.endpoint.reached(2)
  running.signal('SIGINT')
  const { exitCode } = await running.result
  assert.is(exitCode, 130)
  assert.match(await rig.file('changes.patch'), /^\+one$/m)
  const status = JSON.parse((await rig.project.cli(['status', '--json'])).stdout) as { runs: { phases: { state: string }[] }[] }
  assert.is(status.runs[0]!.phases[0]!.state, 'QUEUED')
})

test('a supervisor that is killed in mid-stream: the next run ends what is left and goes on', async () => {
  await using rig = await claudeRig({ script: [answer('I write it.', write('src/a.txt', 'one\n')), { type: 'hang' }] })
  const running = rig.project.startCli(['run', '--json'])
  await rig.endpoint.reached(2)
  running.signal('SIGKILL')
  await running.result
  rig.endpoint.use([answer('I write it.', write('src/a.txt', 'one\n'))])
  const run = await rig.run()
  assert.is(run.phase('edit').outcome, 'complete', run.stdout.slice(-2_000))
  assert.is(run.phase('edit').attempt, 2)
  // What it had paid for until then counts.
  const shown = JSON.parse((await rig.project.cli(['show', 'r', 'edit', '--json'])).stdout) as { attempts: { number: number; usage: Usage }[] }
  const usage = shown.attempts.find((one) => one.number === 1)?.usage
  assert.is(usage === 'unknown' ? usage : usage?.inputTokens, 1_500)
})

test.run()
