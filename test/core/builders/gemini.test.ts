import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { gemini, type GeminiOptions } from '../../../core/builders/index.ts'
import { jsonLines, replaying } from './replaying.ts'

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

test.run()
