import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { codexReader } from '../../../core/builders/codex-stream.ts'
import { codexSessions } from '../../../core/builders/codex-sessions.ts'
import { codex, type CodexOptions } from '../../../core/builders/index.ts'
import { recorded, replayProgram, type Replay } from '../../support/agents/replay.ts'
import { jsonLines, replaying } from './replaying.ts'
import { builderBench } from './support.ts'

const test = suite('codex')
const { build, hurried, refuses, available } = replaying('codex', (options: CodexOptions) => codex(options))

const exec = ['exec', '--json', '--skip-git-repo-check', '-s', 'workspace-write']

test('an edit: what it did, what it used, and what names its conversation', async () => {
  const { result, progress, got, log, bench } = await build('edit', { model: 'gpt-5.1' })
  assert.is(result.type === 'done' && result.summary, 'It is written.')
  assert.equal(result.usage, { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, cost: (2_000 * 1.25 + 600 * 0.125 + 100 * 10) / 1e6, costEstimated: true, turns: 2, model: 'gpt-5.1' })
  assert.match(progress.find((event) => event.thread !== undefined)?.thread ?? '', /^[0-9a-f-]{36}$/)
  assert.ok(progress.some((event) => event.line === "turn 1 · runs cat > 'a.txt' <<'END_OF_FILE'"))
  assert.match(log, /\[warning\] Model metadata for .*\nI write it\.\n\[turn 1\] runs cat > 'a\.txt'.*\nIt is written\./)
  assert.is(got.stdin, 'Write one into a.txt\n')
  assert.is(got.cwd, bench.projectDir)
  assert.equal(got.args, [...exec, '-m', 'gpt-5.1', '-c', 'sandbox_workspace_write.network_access=false', '-'])
})

test('of a model that is not known the tokens are, and no cost', async () => {
  const { result } = await build('edit')
  assert.equal(result.usage, { inputTokens: 2_600, outputTokens: 100, cachedInputTokens: 600, unpricedTokens: 2_700, turns: 2 })
})

test('a plan that it is to draft is held to its schema, strictly; where its service takes none, it is asked without', async () => {
  const schema = JSON.stringify({ type: 'object', properties: { id: { type: 'string', minLength: 1 }, goal: { type: 'string' }, $schema: { type: 'string' } }, required: ['id'], additionalProperties: false })
  const drafting = async (stream: string, exitCode: number) => {
    const bench = builderBench()
    try {
      bench.write('schema.json', schema)
      bench.write('attempt/prompt.md', 'Draft\n')
      const executable = replayProgram(bench.path, 'codex', { ...recorded('codex', 'edit'), ...(stream && { stream }), exitCode })
      // Each call is noted.
      bench.write('noted', `#!/bin/sh\necho "$*" >> '${bench.path}/calls'\nexec '${executable}' "$@"\n`, 0o755)
      const result = await codex({ executable: join(bench.path, 'noted'), model: 'gpt-5.1' }).build({ ...bench.request, env: { ...bench.request.env, AUTOPACK_PLAN_SCHEMA_FILE: join(bench.path, 'schema.json') } })
      return { result, calls: readFileSync(join(bench.path, 'calls'), 'utf8').trim().split('\n'), strict: JSON.parse(readFileSync(join(bench.attemptDir, 'output-schema.json'), 'utf8')) as object, dir: bench.attemptDir }
    } finally {
      bench.remove()
    }
  }
  const { calls, strict, dir } = await drafting('', 0)
  assert.is(calls.length, 1)
  assert.match(calls[0]!, `--output-schema ${dir}/output-schema.json -`)
  assert.equal(strict, { type: 'object', properties: { id: { type: 'string' }, goal: { type: ['string', 'null'] } }, required: ['id', 'goal'], additionalProperties: false })
  const refused = await drafting(jsonLines({ type: 'turn.failed', error: { message: "400: Unknown parameter: 'text.format'." } }), 1)
  assert.equal(refused.calls.map((call) => call.includes('--output-schema')), [true, false])
  const other = await drafting(jsonLines({ type: 'turn.failed', error: { message: '401 Unauthorized' } }), 1)
  assert.equal([other.calls.length, other.result.type], [1, 'error'])
})

test('a program that a newer model writes in the place of calling tools: each thing that it does is told', async () => {
  const { result, log } = await build('program', { model: 'gpt-6-sol' })
  assert.match(log, /I write it\.\n\[turn 1\] runs cat a\.txt\n\[turn \d\] changes \/workspace\/a\.txt\n\[turn \d\] runs exit 3\nexited with code 3\nIt is written\./)
  assert.equal([result.type, result.usage === 'unknown' ? 0 : result.usage.inputTokens], ['done', 2_600])
})

test('what one answer does one after the other counts as one, where its answers are told', async () => {
  const ran = (id: string) => ['started', 'completed'].map((when) => ({ type: `item.${when}`, item: { id, type: 'command_execution', command: 'true', exit_code: 0 } }))
  const counted = { model: 'gpt-6-sol', counts: { inputTokens: 1, outputTokens: 1 }, answers: 1 }
  const reader = codexReader({ show: () => undefined, log: () => undefined, redact: (value) => value }, { sessions: { look: async () => undefined, main: () => counted, others: () => [], before: undefined, close: async () => undefined }, resumes: undefined, model: undefined, root: '/w' })
  for (const event of [...ran('a'), ...ran('b'), ...ran('c')]) reader.event(event)
  await reader.look!()
  assert.is(reader.state().turns, 2, 'one is under way')
  reader.event({ type: 'turn.completed', usage: {} })
  await reader.look!()
  assert.is(reader.state().turns, 1)
})

test('the key of its service is made empty for its commands, unless they are to have it', async () => {
  const env = { OPENAI_API_KEY: 'fake', CODEX_HOME: '/nowhere', MY_API_KEY: 'mine' }
  const withheld = (args: readonly string[]) => args.filter((argument) => argument.startsWith('shell_environment_policy'))
  assert.equal(withheld((await build('edit', {}, { env })).got.args), ['shell_environment_policy.set.OPENAI_API_KEY=""'])
  assert.equal(withheld((await build('edit', { keyInCommands: true }, { env })).got.args), [])
  assert.equal(withheld((await build('edit', { env: { CODEX_ACCESS_TOKEN: 'fake' } })).got.args), ['shell_environment_policy.set.CODEX_ACCESS_TOKEN=""'])
})

test('options become arguments', async () => {
  const { got } = await build('edit', { sandbox: 'danger-full-access', effort: 'high', args: ['--search'] })
  assert.equal(got.args, ['exec', '--json', '--skip-git-repo-check', '-s', 'danger-full-access', '-c', 'model_reasoning_effort="high"', '--search', '-'])
  const networked = await build('edit', { network: true })
  assert.ok(networked.got.args.includes('sandbox_workspace_write.network_access=true'))
})

const errors: Record<string, { class?: string; message: RegExp; type?: 'usage-limit' }> = {
  'usage-limit': { type: 'usage-limit', message: /hit your usage limit.*try again at Jan 15th, 2027 8:00 AM/ },
  'rate-limit': { type: 'usage-limit', message: /429 Too Many Requests/ },
  'at-capacity': { class: 'rate_limit', message: /at capacity/ },
  'prompt-too-long': { class: 'context_length', message: /ran out of room in the model's context window/ },
  'credit': { class: 'auth', message: /Check your plan and billing/ },
  'model-missing': { class: 'config_error', message: /does not exist/ },
  'no-key': { class: 'auth', message: /Missing environment variable/ },
}

for (const [name, expected] of Object.entries(errors)) {
  test(`${name}: ${expected.class ?? expected.type}`, async () => {
    const { result } = await build(name)
    assert.is(result.type, expected.type ?? 'error')
    assert.match('message' in result ? result.message : '', expected.message)
    assert.is('class' in result ? result.class : undefined, expected.class)
  })
}

test('a retry that succeeds is none, and an error that is no end of its turn ends nothing', async () => {
  const { result } = await build('cut')
  assert.is(result.type, 'done')
})

test('an endless retry ends as what it is refused for, and a key at the second time', async () => {
  const retry = (why: string, times = 3) => jsonLines({ type: 'thread.started', thread_id: 't' }, { type: 'turn.started' }, ...Array.from({ length: times }, (_, at) => ({ type: 'error', message: `Reconnecting... ${at + 1}/5 (${why})` })))
  const endings: [string, string, string | undefined][] = [
    ['unexpected status 529 <unknown status code>: Overloaded', 'error', 'rate_limit'], ['unexpected status 429 Too Many Requests', 'usage-limit', undefined],
    ['stream disconnected before completion: Transport error', 'error', 'network'],
  ]
  for (const [why, type, expected] of endings) {
    const { result, slept } = await hurried({ stream: retry(why), afterwards: 'stays' })
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, expected], why)
    assert.match('message' in result ? result.message : '', /\(codex tried 3 times\)$/)
    assert.ok(slept >= 90_000 && slept < 150_000, `ended after ${slept} ms`)
  }
  const offline = await hurried({ stream: jsonLines({ type: 'turn.started' }, { type: 'error', message: 'Reconnecting... waiting for network (Connection failed: error sending request)' }), afterwards: 'stays' })
  assert.is('class' in offline.result && offline.result.class, 'network')
  const key = await hurried({ stream: retry('unexpected status 401 Unauthorized: Incorrect API key provided', 2), afterwards: 'stays' })
  assert.is('class' in key.result && key.result.class, 'auth')
  // Its clock goes on while the process starts, which takes as long as the machine wants; waited out, it would be ninety seconds.
  assert.ok(key.slept < 60_000, `ended after ${key.slept} ms`)
})

test('one that stays alive after its last message is ended, and what it said counts', async () => {
  const done = jsonLines({ type: 'turn.completed', usage: { input_tokens: 1, output_tokens: 1 } })
  for (const afterwards of ['stays', 'deaf'] as const) assert.is((await hurried({ stream: done, afterwards })).result.type, 'done', afterwards)
  assert.is((await hurried({ stream: jsonLines({ type: 'turn.failed', error: { message: 'broken' } }), afterwards: 'stays' })).result.type, 'error')
})

test('an error beside exit code 0, success beside another one, and no last message are errors', async () => {
  const failed = await build({ stream: jsonLines({ type: 'turn.failed', error: { message: 'Something broke' } }), exitCode: 0 })
  assert.equal([failed.result.type, 'message' in failed.result && failed.result.message], ['error', 'Something broke'])
  const exited = await build({ stream: jsonLines({ type: 'turn.completed', usage: {} }), exitCode: 3 })
  assert.is('message' in exited.result && exited.result.message, 'codex reported success and exited with code 3')
  const silent = await build({ stream: '', stderr: "error: unexpected argument '--nope' found\n", exitCode: 2 })
  assert.is('message' in silent.result && silent.result.message, "codex exited with code 2 before its last message: error: unexpected argument '--nope' found")
  assert.is(silent.result.usage, 'unknown')
})

test('warnings, half lines and nonsense in between change nothing', async () => {
  const stream = `WARNING: proceeding\n{"type":"item.started"}\n{"type":"item.completed","item":{"type":7}}\n{"type":"item.completed","item":null}\n{"type":"error"}\n{"type":"thread.started"}\n[]\n{"type":"turn.comp\nWARN ${JSON.stringify({ type: 'turn.completed', usage: { input_tokens: 5, cached_input_tokens: 'x', output_tokens: 2 } })}\n`
  const { result } = await build({ stream })
  assert.is(result.type, 'done')
  assert.is(result.usage === 'unknown' ? 0 : result.usage.inputTokens, 5)
})

/** A conversation on disk, as Codex keeps it. */
const record = (input: number, output: number, total: number) => ({ type: 'token_usage_record', payload: { usage: { input_tokens: input, cached_input_tokens: 1, output_tokens: output }, thread_token_usage: { input_tokens: total, cached_input_tokens: 2, output_tokens: 7 } } })
const meta = (session: string) => ({ type: 'session_meta', payload: { session_id: session } })
const context = (model: string) => ({ type: 'turn_context', payload: { model } })
const day = '.codex/sessions/2026/11/22'
const completed = (thread: string, input: number) => jsonLines({ type: 'thread.started', thread_id: thread }, { type: 'turn.completed', usage: { input_tokens: input, cached_input_tokens: 2, output_tokens: 10 } })

test('a conversation that is gone on with counts what came before: only what is new is this attempt\'s', async () => {
  const resumes = { resume: true }
  const { result, got } = await build({ stream: completed('the-thread', 140) }, resumes, { thread: 'the-thread' }, (bench) => bench.write(`${day}/rollout-1-the-thread.jsonl`, jsonLines(meta('the-thread'), context('gpt-5.1'), record(100, 7, 100))))
  assert.equal(got.args.slice(-3), ['resume', 'the-thread', '-'])
  assert.is(result.usage === 'unknown' ? 0 : result.usage.inputTokens, 40)
  assert.is(result.usage === 'unknown' ? 0 : result.usage.outputTokens, 3)
  // What came before is not known: neither is what is new.
  assert.is((await build({ stream: completed('the-thread', 140) }, resumes, { thread: 'the-thread' })).result.usage, 'unknown')
  // It did not find it, and began another one.
  const anew = await build({ stream: completed('another', 140) }, resumes, { thread: 'the-thread' })
  assert.is(anew.result.usage === 'unknown' ? 0 : anew.result.usage.inputTokens, 140)
})

test('what it tells beside its stream is followed: usage and model while it works, and its sub-agents; nobody else\'s', async () => {
  const bench = builderBench()
  try {
    const file = (name: string) => join(bench.path, day, `rollout-2026-${name}.jsonl`)
    mkdirSync(join(bench.path, day), { recursive: true })
    writeFileSync(file('before'), jsonLines(meta('main'), record(1_000, 1, 1_000)))
    const sessions = await codexSessions(join(bench.path, '.codex'), undefined)
    await sessions.look('main')
    assert.is(sessions.main(), undefined)
    writeFileSync(file('1-main'), jsonLines(meta('main'), context('gpt-5.1'), record(10, 5, 10)))
    writeFileSync(file('2-sub'), '')
    writeFileSync(file('3-other'), jsonLines(meta('somebody'), record(10_000, 1, 10_000)))
    await sessions.look('main')
    assert.equal([sessions.main()?.model, sessions.main()?.counts?.inputTokens, sessions.others().length], ['gpt-5.1', 10, 0])
    appendFileSync(file('1-main'), jsonLines(record(20, 5, 30)))
    writeFileSync(file('2-sub'), jsonLines(meta('main'), context('gpt-5-mini'), record(7, 1, 7)))
    await sessions.look('main')
    assert.equal([sessions.main()?.counts?.inputTokens, sessions.main()?.answers], [30, 2])
    assert.equal(sessions.others().map(({ model, counts }) => [model, counts?.inputTokens]), [['gpt-5-mini', 7]])
    await sessions.close()
  } finally {
    bench.remove()
  }
})

test('options that are wrong are refused, each with what to write', () => {
  refuses({ sandbox: 'read-only' }, 'workspace-write, danger-full-access')
  refuses({ modle: 'x' }, 'did you mean model?')
  refuses({ args: ['--sandbox=read-only'] }, 'without those that Autopack sets')
  refuses({ args: ['--yolo'] }, 'without those that Autopack sets')
  refuses({ args: ['resume'] }, 'without those that Autopack sets')
  refuses({ effort: 'much' }, 'minimal, low')
  refuses({ network: 'yes' }, 'true or false')
  refuses({ sandbox: 'danger-full-access', network: false }, 'the option network of the codex builder cannot be false', 'sandbox danger-full-access')
  refuses({ cost: 3 }, 'estimate, unknown')
})

test('it is there, new enough, logged in and has a price, or one line says what is wrong', async () => {
  const login = (output: string): Partial<Replay> => ({ version: 'codex-cli 0.169.0', calls: { login: { output, exitCode: 0 } } })
  assert.equal(await available(login('Logged in using ChatGPT')), { ok: true, version: '0.169.0' })
  assert.equal(await available(login('Not logged in')), { ok: false, reason: 'it is not logged in', fix: 'run `codex login`, or set CODEX_API_KEY' })
  assert.equal(await available(login('Not logged in'), {}, { CODEX_API_KEY: 'x' }), { ok: true, version: '0.169.0' })
  const unpriced = await available(login('Logged in'), { model: 'gpt-99' })
  assert.match(unpriced.ok ? '' : `${unpriced.reason}: ${unpriced.fix}`, /codex tells no cost, and there is no price for the model gpt-99: add it to `prices` in the config.*or set cost: 'unknown'/)
  assert.is((await available(login('Logged in'), { model: 'gpt-99', cost: 'unknown' })).ok, true)
  assert.is((await available(login('Logged in'), { model: 'gpt-99' }, {}, { 'gpt-99': { input: 1, output: 2 } })).ok, true)
  const old = await available({ version: 'codex-cli 0.39.0' })
  assert.match(old.ok ? '' : `${old.reason}: ${old.fix}`, /is version 0\.39\.0, and 0\.140\.0 is the least that works: update it: `npm install -g @openai\/codex@latest`$/)
})

test('it gets its own variables, and none of those by which another one knows its children', async () => {
  assert.equal(codex().passEnvironment, ['CODEX_*', 'OPENAI_*'])
  const { got } = await build('edit', { env: { CODEX_HOME: '/x' } }, { env: { CODEX_THREAD_ID: 't', CODEX_SANDBOX: 'seatbelt' } })
  assert.equal([got.env['CODEX_THREAD_ID'], got.env['CODEX_SANDBOX'], got.env['CODEX_HOME']], [undefined, undefined, '/x'])
  assert.not.ok(readFileSync(new URL('../../fixtures/builders/codex/edit.jsonl', import.meta.url), 'utf8').includes('/tmp/'))
})

test.run()
