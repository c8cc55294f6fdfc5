import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { opencode, type OpencodeOptions } from '../../../core/builders/index.ts'
import { recorded } from '../../support/agents/replay.ts'
import { jsonLines, replaying } from './replaying.ts'

const test = suite('opencode')
const { build, hurried, refuses, available } = replaying('opencode', (options: OpencodeOptions) => opencode(options))

const run = ['run', '--format', 'json', '--print-logs', '--log-level', 'ERROR']
const counts = { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, cost: 2 * 0.0017875, turns: 2 }
const start = { type: 'step_start', sessionID: 's' }
const finish = (reason: string, more: object = {}) => ({ type: 'step_finish', sessionID: 's', part: { reason, cost: 0.5, tokens: { input: 10, output: 5, reasoning: 0, cache: { read: 0, write: 0 } }, ...more } })
const overflow = { type: 'error', sessionID: 's', error: { name: 'ContextOverflowError', data: { message: 'Your input exceeds the context window of this model.' } } }
const refused = (said: string) => `timestamp=2026-11-22T21:00:17.703Z level=ERROR run=1 message="stream error" modelID=m small=false agent=build error.error="AI_APICallError: ${said}"\n`

test('an edit: what it did, what it cost, and what names its conversation', async () => {
  const { result, progress, got, log, bench } = await build('edit')
  assert.is(result.type === 'done' && result.summary, 'It is written.')
  assert.equal(result.usage, counts)
  assert.match(progress.find((event) => event.thread !== undefined)?.thread ?? '', /^ses_/)
  assert.ok(progress.some((event) => event.line?.startsWith("turn 1 · bash cat > 'a.txt'")))
  assert.match(log, /I write it\.\n\[turn 1\] bash cat > 'a\.txt'.*\nIt is written\./)
  assert.is(got.stdin, 'Write one into a.txt\n')
  assert.is(got.cwd, bench.projectDir)
  assert.equal(got.args, [...run, '--title', 'the-run: the-phase'])
})

test('a conversation that is gone on with tells each step alone; options become arguments', async () => {
  const { result, got } = await build('resumed', { resume: true, model: 'openai/gpt-5.1', agent: 'build', variant: 'high', auto: true, args: ['--pure'] }, { thread: 'ses_1' })
  assert.equal(result.usage, { ...counts, model: 'openai/gpt-5.1' })
  assert.equal(got.args, [...run, '-m', 'openai/gpt-5.1', '--agent', 'build', '--variant', 'high', '--auto', '-s', 'ses_1', '--pure'])
})

test('what was denied ends it with exit code 0: an error, with the way to allow it', async () => {
  const { result } = await build('denied')
  assert.is(result.type, 'error')
  assert.match('message' in result ? result.message : '', /^opencode was denied bash touch \/var\/tmp\/autopack-denied: .*`permission`.*auto: true/)
  assert.is(result.warnings?.length, 1)
})

const errors: Record<string, [type: string, failureClass: string, message: RegExp]> = {
  'prompt-too-long': ['error', 'context_length', /exceeds the context window/],
  'model-missing': ['error', 'config_error', /does not exist/],
  'wrong-key': ['error', 'auth', /Incorrect API key/],
}
for (const [name, [type, failureClass, message]] of Object.entries(errors)) {
  test(`${name}: ${failureClass}`, async () => {
    const { result } = await build(name)
    assert.equal([result.type, 'class' in result && result.class], [type, failureClass])
    assert.match('message' in result ? result.message : '', message)
  })
}

test('silent retries that were recorded: a limit, credit, an overload', async () => {
  const endings: [string, string, string | undefined, RegExp][] = [
    ['usage-limit-until', 'usage-limit', undefined, /^Usage limit reached\. Try again in 7200 seconds\./], ['credit', 'error', 'auth', /exceeded your current quota/], ['overloaded', 'error', 'rate_limit', /^Overloaded/],
  ]
  for (const [name, type, expected, said] of endings) {
    const { result, slept } = await hurried({ ...recorded('opencode', name), afterwards: 'stays' })
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, expected], name)
    assert.match('message' in result ? result.message : '', said)
    assert.ok(name === 'credit' ? slept < 90_000 : slept >= 90_000, `${name}: ended after ${slept} ms`)
  }
  assert.is((await build('cut')).result.type, 'done')
})

test('no connection, in the words of its runtime, which it chooses anew each time', async () => {
  for (const said of ['Was there a typo in the url or port?', 'Unable to connect. Is the computer able to access the url?']) {
    const stream = jsonLines({ type: 'error', sessionID: 's', error: { name: 'APIError', data: { message: `Cannot connect to API: ${said}`, isRetryable: true, metadata: { url: 'https://api.example/v1/messages' } } } })
    const { result } = await build({ stream, exitCode: 1 })
    assert.equal([result.type, 'class' in result && result.class], ['error', 'network'], said)
  }
})

test('a prompt that stays too long is not shortened for ever', async () => {
  const once = await build({ stream: jsonLines(overflow, start, finish('stop'), start, { type: 'tool_use', sessionID: 's', part: { tool: 'edit', state: { input: {} } } }, finish('stop')) })
  assert.is(once.result.type, 'done')
  const { result, slept } = await hurried({ stream: jsonLines(overflow, start, finish('stop'), overflow, start, finish('stop')), afterwards: 'stays' })
  assert.is('class' in result && result.class, 'context_length', JSON.stringify(result))
  assert.ok(slept < 5_000, `ended after ${slept} ms`)
})

test('an endless retry, of which its log alone tells, ends as what it is refused for', async () => {
  const endings: [string, string, string | undefined][] = [['Rate limit reached', 'usage-limit', undefined], ['Overloaded', 'error', 'rate_limit'], ['Cannot connect to API', 'error', 'network'], ['You exceeded your current quota, please check your plan and billing details.', 'error', 'auth']]
  for (const [said, type, expected] of endings) {
    const { result } = await hurried({ stream: '', stderr: refused(said).repeat(3), afterwards: 'stays' })
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, expected], said)
    assert.match('message' in result ? result.message : '', /\(opencode tried 3 times\)$/)
  }
  const passed = await build({ stream: jsonLines(start, finish('stop')), stderr: refused('Overloaded') })
  assert.is(passed.result.type, 'done')
})

test('a price that it does not know is no cost; reasoning is output, counted once', async () => {
  const tokens = (more: object) => ({ tokens: { input: 100, output: 20, reasoning: 30, cache: { read: 1_000, write: 10 }, ...more } })
  const free = await build({ stream: jsonLines(start, finish('stop', { cost: 0, ...tokens({}) })) }, { model: 'local/own' })
  assert.equal(free.result.usage, { inputTokens: 1_110, outputTokens: 50, cachedInputTokens: 1_000, unpricedTokens: 1_160, unpricedModels: ['local/own'], turns: 1, model: 'local/own' })
  const priced = await build({ stream: jsonLines(start, finish('stop', { cost: 0, ...tokens({ total: 1_130 }) })) }, { model: 'openai/gpt-5.1' })
  assert.is(priced.result.usage === 'unknown' ? 0 : priced.result.usage.outputTokens, 20)
  assert.is(priced.result.usage === 'unknown' ? false : priced.result.usage.costEstimated, true)
})

test('sub-agents of which nothing is told are a warning', async () => {
  const { result } = await build({ stream: jsonLines(start, { type: 'tool_use', part: { tool: 'task', state: { input: { description: 'look' } } } }, finish('stop')) })
  assert.match(result.warnings?.join() ?? '', /does not tell what its sub-agents used/)
})

test('no last message, an end in the middle, success beside another exit code, nonsense: errors, or nothing', async () => {
  const silent = await build({ stream: jsonLines(start, finish('tool-calls')), exitCode: 0 })
  assert.match('message' in silent.result ? silent.result.message : '', /^opencode exited with code 0 before its last message/)
  const exited = await build({ stream: jsonLines(start, finish('stop')), exitCode: 1 })
  assert.is(exited.result.type, 'error')
  const nonsense = await build({ stream: `WARN\n{"type":"error"}\n{"type":"tool_use","part":7}\n{"type":"step_finish"}\n[]\n${jsonLines(start, finish('stop'))}` })
  assert.is(nonsense.result.type, 'done')
  for (const afterwards of ['stays', 'deaf'] as const) assert.is((await hurried({ stream: jsonLines(start, finish('stop')), afterwards })).result.type, 'done', afterwards)
})

test('options that are wrong are refused; a model that it does not know is told before any token is spent', async () => {
  refuses({ model: 'gpt-5' }, 'the provider and the model')
  refuses({ args: ['--auto'] }, 'without those that Autopack sets')
  refuses({ agents: 'x' }, 'did you mean agent?')
  const models = (output: string, exitCode = 0) => ({ version: '1.18.33', calls: { models: { output, exitCode } } })
  assert.equal(await available(models('openai/gpt-5.1\nopenai/gpt-5'), { model: 'openai/gpt-5.1' }), { ok: true, version: '1.18.33' })
  const missing = await available(models('openai/gpt-5'), { model: 'openai/gpt-9' })
  assert.match(missing.ok ? '' : `${missing.reason}: ${missing.fix}`, /^it knows no model openai\/gpt-9: `opencode models openai` lists/)
  assert.is((await available(models('Error: Provider not found: nope', 1), { model: 'nope/x' })).ok, false)
  assert.is((await available(models('something else', 1), { model: 'nope/x' })).ok, true)
  assert.is((await available({ version: '1.2.3' })).ok, false)
  assert.equal(opencode({ model: 'anthropic/claude-sonnet-5' }).passEnvironment, ['OPENCODE_*', 'ANTHROPIC_API_KEY'])
  assert.equal(opencode().passEnvironment, ['OPENCODE_*'])
})

test.run()
