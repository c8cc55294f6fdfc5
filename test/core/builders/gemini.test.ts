import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gemini, type GeminiOptions } from '../../../core/builders/index.ts'
import { geminiSessions } from '../../../core/builders/gemini-sessions.ts'
import { recorded } from '../../support/agents/replay.ts'
import { jsonLines, replaying } from './replaying.ts'
import { builderBench } from './support.ts'

const test = suite('gemini')
const { build, hurried, refuses, available } = replaying('gemini', (options: GeminiOptions) => gemini(options))

const args = ['--output-format', 'stream-json', '--skip-trust', '--approval-mode', 'auto_edit']
const init = { type: 'init', session_id: 's', model: 'auto' }
const success = { type: 'result', status: 'success', stats: { models: { 'gemini-2.5-pro': { input_tokens: 100, output_tokens: 10, total_tokens: 140, cached: 20 }, 'gemini-2.5-flash': { input_tokens: 5, output_tokens: 1, total_tokens: 6, cached: 0 }, idle: { input_tokens: 0, output_tokens: 0, total_tokens: 0 } } } }
const attempt = (status: number, message: string, at = 1) => `Attempt ${at} failed with status ${status}. Retrying with backoff... _ApiError: {"error":{"code":${status},"message":"${message}","status":"X"}}\n    at somewhere\n`

test('an edit: what it did, and what each model used', async () => {
  const { result, progress, got, log, bench } = await build('edit')
  assert.is(result.type === 'done' && result.summary, 'It is written.')
  const { usage } = result
  // One more model was asked how hard it is.
  assert.equal(usage === 'unknown' ? usage : [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.turns, usage.costEstimated], [2_700, 110, 600, 2, true])
  assert.ok(progress.some((event) => event.line?.startsWith('turn 1 · write_file ')))
  assert.match(progress.find((event) => event.thread !== undefined)?.thread ?? '', /^[0-9a-f-]{36}$/)
  assert.match(log, /I write it\.\n\[turn 1\] write_file .*a\.txt\n(?:.*\n)*It is written\./)
  assert.is(got.stdin, 'Write one into a.txt\n')
  assert.is(got.cwd, bench.projectDir)
  assert.equal(got.args, args)
})

test('models are counted by what each used, thoughts with the output; options become arguments', async () => {
  const { result, got } = await build({ stream: jsonLines(init, success) }, { model: 'gemini-2.5-pro', approvalMode: 'yolo', args: ['--include-directories', '../shared'] })
  const cost = (80 * 1.25 + 20 * 0.125 + 40 * 10 + 5 * 0.3 + 2.5) / 1e6
  const { usage } = result
  assert.equal(usage === 'unknown' ? usage : [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens, usage.model], [105, 41, 20, 'gemini-2.5-pro'])
  assert.ok(usage !== 'unknown' && Math.abs(usage.cost! - cost) < 1e-12)
  assert.equal(got.args, [...args.slice(0, 4), 'yolo', '-m', 'gemini-2.5-pro', '--include-directories', '../shared'])
})

test('a conversation that is gone on with counts only its own; one that is gone begins anew', async () => {
  const { result, got } = await build('resumed', { resume: true }, { thread: 'abc' })
  assert.equal(result.usage === 'unknown' ? result.usage : [result.usage.inputTokens, result.usage.turns], [2_700, 2])
  assert.equal(got.args, [...args, '--resume', 'abc'])
  const gone = await build('conversation-gone', { resume: true }, { thread: 'abc' })
  assert.equal(gone.got.args, args, 'it did not begin anew')
})

const answered = (id: string, input: number, more: object = {}) => ({ id, type: 'gemini', model: 'gemini-2.5-pro', tokens: { input, output: 10, cached: 5, thoughts: 20, tool: 0, total: input + 30 }, ...more })
const chat = '.gemini/tmp/p/chats/session-2026-11-22T23-05-0123abcd.jsonl'

test('what it used is known while it works, and of an attempt that was ended: by the files of its conversations', async () => {
  const { stream } = recorded('gemini', 'killed')
  const thread = /"session_id":"([^"]+)"/.exec(stream)![1]!
  const session = readFileSync(new URL('../../fixtures/builders/gemini/killed.session.jsonl', import.meta.url), 'utf8')
  const { result, progress } = await build({ stream, exitCode: 143 }, {}, {}, (bench) => bench.write(`.gemini/tmp/p/chats/session-2026-11-22T23-05-${thread.slice(0, 8)}.jsonl`, session))
  const { usage } = result
  assert.equal(usage === 'unknown' ? usage : [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens], [1_300, 50, 300])
  assert.ok(progress.some((event) => event.usage !== undefined && event.usage !== 'unknown' && event.usage.inputTokens === 1_300))
  // Its last message goes before.
  const whole = await build({ stream: jsonLines({ ...init, session_id: '0123abcd-1' }, success) }, {}, {}, (bench) => bench.write(chat, jsonLines(answered('a', 7_000))))
  assert.is(whole.result.usage === 'unknown' ? 0 : whole.result.usage.inputTokens, 105)
})

test('a message that is written again counts once, sub-agents count, and what was there before a conversation went on does not', async () => {
  const bench = builderBench()
  try {
    bench.write(chat, jsonLines({ kind: 'main' }, answered('before', 9_000)))
    bench.write('.gemini/tmp/other/chats/session-2026-11-22T23-05-ffffffff.jsonl', jsonLines(answered('other', 1)))
    const sessions = await geminiSessions(bench.path, '0123abcd-1')
    await sessions.look('0123abcd-1')
    assert.is(sessions.tally(), undefined)
    appendFileSync(join(bench.path, chat), jsonLines(answered('a', 100), { $set: {} }, { type: 'gemini', id: 'b' }, answered('a', 100, { toolCalls: [] })))
    bench.write('.gemini/tmp/p/chats/0123abcd-1/sub.jsonl', jsonLines(answered('c', 10), answered('d', 1, { model: 'gemini-2.5-flash' })))
    await sessions.look('0123abcd-1')
    assert.equal([...sessions.tally()!], [
      ['gemini-2.5-pro', { inputTokens: 110, outputTokens: 60, cachedInputTokens: 10, cacheWriteTokens: 0 }], ['gemini-2.5-flash', { inputTokens: 1, outputTokens: 30, cachedInputTokens: 5 }],
    ])
    await sessions.close()
  } finally {
    bench.remove()
  }
})

test('what was denied is a warning, with the way to allow it', async () => {
  const { result } = await build('denied')
  assert.is(result.type, 'done')
  assert.match(result.warnings?.join() ?? '', /^gemini was denied write_file .*: .*approvalMode of the builder$/)
})

const errors: Record<string, [type: string, failureClass: string | undefined, message: RegExp]> = {
  'usage-limit': ['usage-limit', undefined, /exhausted your daily quota/],
  'prompt-too-long': ['error', 'context_length', /input token count/],
  'model-missing': ['error', 'config_error', /models\/nope is not found/],
  'wrong-key': ['error', 'auth', /API key not valid/],
  'cut': ['error', 'network', /^terminated$/],
}
for (const [name, [type, failureClass, message]] of Object.entries(errors)) {
  test(`${name}: ${failureClass ?? type}`, async () => {
    const { result } = await build(name)
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, failureClass])
    assert.match('message' in result ? result.message : '', message)
  })
}

test('silent retries that were recorded: a limit with a time is none of credit, and credit is told at the second time', async () => {
  const endings: [string, string, string | undefined, RegExp][] = [
    ['endless-retry', 'usage-limit', undefined, /^You exceeded your current quota, .* Please retry in 20s\./], ['overloaded', 'error', 'rate_limit', /overloaded/], ['credit', 'error', 'auth', /credits are depleted/],
  ]
  for (const [name, type, expected, said] of endings) {
    const { result, slept } = await hurried({ ...recorded('gemini', name), afterwards: 'stays' })
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, expected], name)
    assert.match('message' in result ? result.message : '', said)
    assert.ok(name === 'credit' ? slept < 90_000 : slept >= 90_000, `${name}: ended after ${slept} ms`)
  }
})

test('an endless retry, of which its standard error alone tells, ends as what it is refused for', async () => {
  const endings: [number, string, string, string | undefined][] = [[429, 'Resource exhausted', 'usage-limit', undefined], [503, 'The model is overloaded.', 'error', 'rate_limit'], [500, 'Internal', 'error', 'network']]
  for (const [status, message, type, expected] of endings) {
    const { result, slept } = await hurried({ stream: jsonLines(init), stderr: [1, 2, 3].map((at) => attempt(status, message, at)).join(''), afterwards: 'stays' })
    assert.equal([result.type, 'class' in result ? result.class : undefined], [type, expected], message)
    assert.match('message' in result ? result.message : '', /\(gemini tried 3 times\)$/)
    assert.ok(slept >= 90_000 && slept < 100_000, `ended after ${slept} ms`)
  }
  assert.is((await build({ stream: jsonLines(init, success), stderr: attempt(503, 'overloaded') })).result.type, 'done')
})

test('one that stays alive after its last message is ended; without one, or with another exit code, it is an error', async () => {
  for (const afterwards of ['stays', 'deaf'] as const) assert.is((await hurried({ stream: jsonLines(init, success), afterwards })).result.type, 'done', afterwards)
  const silent = await build({ stream: `warning\n{"type":"tool_use"}\n{"type":"tool_result","status":"error"}\n{"type":"message","role":"assistant"}\n[]\n${jsonLines(init)}`, exitCode: 0 })
  assert.match('message' in silent.result ? silent.result.message : '', /^gemini exited with code 0 before its last message/)
  assert.is(silent.result.usage, 'unknown')
  assert.is((await build({ stream: jsonLines(success), exitCode: 1 })).result.type, 'error')
  const turns = await build({ stream: jsonLines({ type: 'result', status: 'error', error: { type: 'FatalTurnLimitedError', message: 'Reached max session turns for this session.' } }), exitCode: 53 })
  assert.is('class' in turns.result && turns.result.class, 'budget_exhausted')
})

test('options that are wrong are refused; what is missing is told before any token is spent', async () => {
  refuses({ approvalMode: 'plan' }, 'auto_edit, yolo')
  refuses({ args: ['--yolo'] }, 'without those that Autopack sets')
  const keyed = { GEMINI_API_KEY: 'x' }
  assert.equal(await available({ version: '0.61.0' }, {}, keyed), { ok: true, version: '0.61.0' })
  assert.equal(await available({ version: '0.61.0' }), { ok: false, reason: 'it is not logged in', fix: 'run `gemini` and log in, or set GEMINI_API_KEY' })
  assert.is((await available({ version: '0.1.9' }, {}, keyed)).ok, false)
  const unpriced = await available({ version: '0.61.0' }, { model: 'gemini-99' }, keyed)
  assert.match(unpriced.ok ? '' : unpriced.reason, /no price for the model gemini-99/)
  assert.is((await available({ version: '0.61.0' }, { model: 'gemini-99', cost: 'unknown' }, keyed)).ok, true)
  assert.equal(gemini().passEnvironment, ['GEMINI_*', 'GOOGLE_*'])
})

test('its temporary files go into a folder of the attempt', async () => {
  const { got, bench } = await build('edit')
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) assert.is(got.env[name], bench.request.temporaryDir)
  assert.is((await build('edit', { env: { TMPDIR: '/var/tmp' } })).got.env['TMPDIR'], '/var/tmp')
})

test.run()
